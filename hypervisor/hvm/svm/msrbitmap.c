/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MSR permission map (APM 2, 15.11): two bits a register, read and write. All guests share a
 * default map that intercepts everything but what VMLOAD and VMSAVE switch; a vCPU that needs a
 * different one gets a copy of its own. The I/O map is the domain's (hv/hvm_vcpu.h).
 */
#include <asm/msr_index.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/string.h>

#include "svm_priv.h"

#define MSRPM_ORDER 1
#define MSRPM_BYTES (PAGE_SIZE << MSRPM_ORDER)

static uint8_t *default_msrpm __ro_after_init;

/* Switched with the guest and harmless to it. */
static const uint32_t passed_through[] = {
	MSR_SYSENTER_CS,
	MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP,
	MSR_STAR,
	MSR_LSTAR,
	MSR_CSTAR,
	MSR_SFMASK,
	MSR_FS_BASE,
	MSR_GS_BASE,
	MSR_KERNEL_GS_BASE,
};

/* Number of the register's read bit, -1 when the map does not cover it (then always intercepted). */
static int msrpm_bit(uint32_t msr)
{
	if (msr <= 0x1fff) {
		return (int)(msr * 2);
	}
	if (msr >= 0xc0000000u && msr <= 0xc0001fffu) {
		return (int)(0x4000 + (msr & 0x1fff) * 2);
	}
	if (msr >= 0xc0010000u && msr <= 0xc0011fffu) {
		return (int)(0x8000 + (msr & 0x1fff) * 2);
	}
	return -1;
}

static void msrpm_set(uint8_t *map, uint32_t msr, bool read, bool write)
{
	int bit = msrpm_bit(msr);
	uint8_t mask;

	if (bit < 0) {
		return;
	}
	mask = (uint8_t)(3u << (bit & 7));
	map[bit >> 3] = (uint8_t)((map[bit >> 3] & ~mask) |
		(((read ? 1u : 0) | (write ? 2u : 0)) << (bit & 7)));
}

int svm_msrpm_init(void)
{
	default_msrpm = alloc_hv_pages(MSRPM_ORDER);
	if (default_msrpm == NULL) {
		return -ENOMEM;
	}
	memset(default_msrpm, 0xff, MSRPM_BYTES);
	for (unsigned int i = 0; i < ARRAY_SIZE(passed_through); i++) {
		msrpm_set(default_msrpm, passed_through[i], false, false);
	}
	return 0;
}

uint64_t svm_msrpm_default_pa(void)
{
	return virt_to_maddr(default_msrpm);
}

void svm_set_msr_intercept(struct vcpu *v, uint32_t msr, bool read, bool write)
{
	struct svm_vcpu *svm = v->hvm.svm;

	if (svm->msrpm == NULL) {
		svm->msrpm = alloc_hv_pages(MSRPM_ORDER);
		if (svm->msrpm == NULL) {
			return;
		}
		memcpy(svm->msrpm, default_msrpm, MSRPM_BYTES);
		svm->vmcb->msrpm_base_pa = virt_to_maddr(svm->msrpm);
	}
	msrpm_set(svm->msrpm, msr, read, write);
	svm->vmcb->clean &= ~VMCB_CLEAN_PERM_MAP;
}

void svm_msrpm_destroy(struct vcpu *v)
{
	free_hv_pages(v->hvm.svm->msrpm, MSRPM_ORDER);
	v->hvm.svm->msrpm = NULL;
}
