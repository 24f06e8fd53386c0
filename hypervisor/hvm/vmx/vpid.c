/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual-processor ids and the invalidation of translations. Each CPU hands its ids out in order and
 * starts a new generation with an empty TLB when they are used up; a new id has no linear translations, so that is
 * also how a guest's TLB is flushed. What EPT adds is not tagged by the id: INVEPT drops it when the domain's
 * tables have changed since the vCPU's last entry, or when the vCPU comes to a CPU that may
 * know the domain from earlier (SDM 3C, 29.4).
 */
#include <hv/domain.h>
#include <hv/lib.h>

#include "vmx_priv.h"

#define NR_VPIDS 65536u
#define GEN_STEP 256u
_Static_assert(NR_CPUS <= GEN_STEP, "CPU number in the low bits of the generation");

#define INVVPID_ADDRESS 0ull
#define INVVPID_ALL     2ull
#define INVEPT_SINGLE   1ull
#define INVEPT_ALL      2ull

DEFINE_PER_CPU(uint64_t, vmx_vpid_gen);
static DEFINE_PER_CPU(unsigned int, next_vpid);

static void invvpid(uint64_t type, uint64_t vpid, uint64_t gva)
{
	const uint64_t desc[2] = { vpid, gva };

	__asm__ goto volatile("invvpid %0, %1; jbe %l[failed]"
		:
		: "m"(desc), "r"(type)
		: "cc", "memory"
		: failed);
	return;
failed:
	vmx_access_failed("INVVPID of", (uint32_t)type);
}

static void invept(uint64_t type, uint64_t eptp)
{
	const uint64_t desc[2] = { eptp, 0 };

	__asm__ goto volatile("invept %0, %1; jbe %l[failed]"
		:
		: "m"(desc), "r"(type)
		: "cc", "memory"
		: failed);
	return;
failed:
	vmx_access_failed("INVEPT of", (uint32_t)type);
}

static void flush_ept(uint64_t eptp)
{
	if (vmx_caps.ept_vpid & EPT_CAP_INVEPT_SINGLE) {
		invept(INVEPT_SINGLE, eptp);
	} else {
		invept(INVEPT_ALL, 0);
	}
}

void vmx_vpid_cpu_init(void)
{
	this_cpu(vmx_vpid_gen) = GEN_STEP | smp_processor_id();
	/* Whoever ran here before us may have left translations: start with a flush. */
	this_cpu(next_vpid) = NR_VPIDS;
	if (vmx_caps.ept_vpid & EPT_CAP_INVEPT_ALL) {
		invept(INVEPT_ALL, 0);
	}
}

void vmx_vpid_refresh(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint64_t seen = v->hvm.tlb_gen_seen;

	/* Before the flush: a request after this read is seen at the next entry. */
	v->hvm.tlb_gen_seen = __atomic_load_n(&v->domain->tlb_gen, __ATOMIC_SEQ_CST);
	if (seen != v->hvm.tlb_gen_seen || vmx->ept_cpu != smp_processor_id()) {
		vmx->ept_cpu = smp_processor_id();
		flush_ept(mfn_to_maddr(v->domain->p2m.root) | EPTP_WB | EPTP_4_LEVELS);
	}
	if (vmx->vpid_gen == this_cpu(vmx_vpid_gen)) {
		return;  /* INVEPT has dropped combined translations of every id */
	}
	if (vmx->proc2 & PROC2_VPID) {
		if (this_cpu(next_vpid) >= NR_VPIDS) {
			this_cpu(vmx_vpid_gen) += GEN_STEP;
			this_cpu(next_vpid) = 1; /* 0 is the host's */
			invvpid(INVVPID_ALL, 0, 0);
		}
		vmx->vpid = (uint16_t)this_cpu(next_vpid)++;
		vmwrite(VMCS_VPID, vmx->vpid);
	}
	vmx->vpid_gen = this_cpu(vmx_vpid_gen);
}

void vmx_flush_guest_tlb(struct vcpu *v)
{
	v->hvm.vmx->vpid_gen = 0;
}

void vmx_invlpg(struct vcpu *v, uint64_t gva)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;

	/* An id of an older generation or another CPU is renewed at the next entry anyway. */
	if (vmx->vpid_gen != this_cpu(vmx_vpid_gen) || !(vmx->proc2 & PROC2_VPID)) {
		return;
	}
	if (vmx_caps.ept_vpid & VPID_CAP_ADDRESS) {
		invvpid(INVVPID_ADDRESS, vmx->vpid, gva);
	} else {
		vmx_flush_guest_tlb(v);
	}
}
