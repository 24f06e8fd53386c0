/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MSR bitmap (SDM 3C, 25.6.9): a bit for each read and each write. All guests share a default map that
 * intercepts everything but what an entry and an exit switch, and reads of what changes hands with the
 * vCPU; a vCPU that needs a different one gets a copy. The I/O bitmaps are the domain's.
 */
#include <asm/msr_index.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/string.h>

#include "vmx_priv.h"

#define READ_MAP  0u
#define WRITE_MAP 2048u
#define HIGH_MAP  1024u

static uint8_t *default_msrpm __ro_after_init;

/* Switched with the guest and harmless to it. Writes of STAR and its like are seen, so that a copy is always at hand. */
static const struct {
	uint32_t msr;
	bool write_intercept;
} passed_through[] = {
	{ MSR_SYSENTER_CS, false },
	{ MSR_SYSENTER_ESP, false },
	{ MSR_SYSENTER_EIP, false },
	{ MSR_FS_BASE, false },
	{ MSR_GS_BASE, false },
	{ MSR_KERNEL_GS_BASE, false },
	{ MSR_STAR, true },
	{ MSR_LSTAR, true },
	{ MSR_CSTAR, true },
	{ MSR_SFMASK, true },
};

static void set_bit_of(uint8_t *map, unsigned int byte, uint32_t msr, bool on)
{
	uint8_t mask = (uint8_t)(1u << (msr & 7));

	byte += (msr & 0x1fff) >> 3;
	map[byte] = (uint8_t)(on ? map[byte] | mask : map[byte] & ~mask);
}

static void msrpm_set(uint8_t *map, uint32_t msr, bool read, bool write)
{
	unsigned int half;

	if (msr <= 0x1fff) {
		half = 0;
	} else if (msr >= 0xc0000000u && msr <= 0xc0001fffu) {
		half = HIGH_MAP;
	} else {
		return; /* not covered: always intercepted */
	}
	set_bit_of(map, READ_MAP + half, msr, read);
	set_bit_of(map, WRITE_MAP + half, msr, write);
}

int vmx_msrpm_init(void)
{
	default_msrpm = alloc_hv_pages(0);
	if (default_msrpm == NULL) {
		return -ENOMEM;
	}
	memset(default_msrpm, 0xff, PAGE_SIZE);
	for (unsigned int i = 0; i < ARRAY_SIZE(passed_through); i++) {
		msrpm_set(default_msrpm, passed_through[i].msr, false,
			passed_through[i].write_intercept);
	}
	return 0;
}

uint64_t vmx_msrpm_default_pa(void)
{
	return virt_to_maddr(default_msrpm);
}

void vmx_set_msr_intercept(struct vcpu *v, uint32_t msr, bool read, bool write)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened;

	if (vmx->msrpm == NULL) {
		vmx->msrpm = alloc_hv_pages(0);
		if (vmx->msrpm == NULL) {
			return;
		}
		memcpy(vmx->msrpm, default_msrpm, PAGE_SIZE);
		opened = vmx_open(v);
		vmwrite(VMCS_MSR_BITMAP, virt_to_maddr(vmx->msrpm));
		vmx_close(opened);
	}
	msrpm_set(vmx->msrpm, msr, read, write);
}

void vmx_msrpm_destroy(struct vcpu *v)
{
	free_hv_pages(v->hvm.vmx->msrpm, 0);
	v->hvm.vmx->msrpm = NULL;
}
