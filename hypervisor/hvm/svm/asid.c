/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address-space ids: each CPU hands its own out in order, and starts a new generation with an empty
 * TLB when they are used up. A vCPU whose id is of another generation (or another CPU's, which is the
 * same, since the CPU number is part of the generation) gets a new one before it enters. A new id
 * has no translations, so that is also how a guest's TLB is flushed.
 */
#include <hv/domain.h>
#include <hv/lib.h>

#include "svm_priv.h"

#define GEN_STEP 256u
_Static_assert(NR_CPUS <= GEN_STEP, "CPU number in the low bits of the generation");

DEFINE_PER_CPU(uint64_t, svm_asid_gen);
static DEFINE_PER_CPU(unsigned int, next_asid);
static DEFINE_PER_CPU(unsigned int, nr_cpu_asids);

void svm_asid_cpu_init(unsigned int nr_asids)
{
	this_cpu(svm_asid_gen) = GEN_STEP | smp_processor_id();
	this_cpu(nr_cpu_asids) = nr_asids;
	/* Whoever ran here before us may have left translations: start with a flush. */
	this_cpu(next_asid) = nr_asids;
}

void svm_asid_refresh(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;
	struct vmcb *vmcb = svm->vmcb;

	/* Before the flush: a request after this read is seen at the next entry. */
	v->hvm.tlb_gen_seen = __atomic_load_n(&v->domain->tlb_gen, __ATOMIC_SEQ_CST);
	if (this_cpu(next_asid) >= this_cpu(nr_cpu_asids)) {
		this_cpu(svm_asid_gen) += GEN_STEP;
		this_cpu(next_asid) = 1; /* 0 is the host's */
		vmcb->tlb_control = TLB_CONTROL_FLUSH_ALL;
	}
	vmcb->asid = this_cpu(next_asid)++;
	vmcb->clean = 0;
	svm->asid_gen = this_cpu(svm_asid_gen);
}

void svm_flush_guest_tlb(struct vcpu *v)
{
	v->hvm.svm->asid_gen = 0;
}

void svm_invlpg(struct vcpu *v, uint64_t gva)
{
	/* An id of an older generation or another CPU is renewed at the next entry anyway. */
	if (v->hvm.svm->asid_gen == this_cpu(svm_asid_gen)) {
		__asm__ __volatile__("invlpga %%rax, %%ecx"
			:
			: "a"(gva), "c"(svm_vmcb(v)->asid)
			: "memory");
	}
}
