/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making a control block and reading and writing the registers in it. What a vCPU's block intercepts
 * is decided here, as little as isolation and emulation need: paging and CR3 are the guest's own
 * under nested paging, CR0 is watched for more than TS and MP, debug registers until first use.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>

#include "svm_priv.h"

#define PAT_RESET      0x0007040600070406ull
#define DR6_RESET      0xffff0ff0ull
#define DR7_RESET      0x400ull

#define CR0_FLUSH_BITS (X86_CR0_PG | X86_CR0_WP | X86_CR0_CD)
#define CR4_FLUSH_BITS                                                                           \
	(X86_CR4_PGE | X86_CR4_PAE | X86_CR4_PSE | X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_SMAP | \
		X86_CR4_PKE | X86_CR4_LA57)
#define EFER_FLUSH_BITS        (EFER_LME | EFER_LMA | EFER_NX)

#define PAUSE_FILTER_COUNT     3000
#define PAUSE_FILTER_THRESHOLD 128

/* Reading a control register is never intercepted: QEMU reports each as a read of CR0. */
#define CR_INTERCEPTS          CR_INTERCEPT_WRITE(4)
/*
 * #AC and #DB can be raised again by their own delivery, for ever and without another exit (XSA-156).
 * #MC is the host's business.
 */
#define EXCEPTION_INTERCEPTS   ((1u << X86_EXC_DB) | (1u << X86_EXC_AC) | (1u << X86_EXC_MC))
#define INTERCEPTS_1                                                                           \
	(INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SMI | INTERCEPT_INIT |                     \
		INTERCEPT_CR0_SEL_WRITE | INTERCEPT_RDPMC | INTERCEPT_CPUID | INTERCEPT_INVD | \
		INTERCEPT_HLT | INTERCEPT_INVLPGA | INTERCEPT_IOIO | INTERCEPT_MSR |           \
		INTERCEPT_TASK_SWITCH | INTERCEPT_FERR_FREEZE | INTERCEPT_SHUTDOWN)
#define INTERCEPTS_2                                                                        \
	(INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL | INTERCEPT2_VMLOAD | INTERCEPT2_VMSAVE |    \
		INTERCEPT2_STGI | INTERCEPT2_CLGI | INTERCEPT2_SKINIT | INTERCEPT2_WBINVD | \
		INTERCEPT2_MONITOR | INTERCEPT2_MWAIT | INTERCEPT2_XSETBV | INTERCEPT2_RDPRU)

int svm_vmcb_create(struct vcpu *v)
{
	struct svm_vcpu *svm = xzalloc(struct svm_vcpu);
	struct vmcb *c;

	if (svm == NULL) {
		return -ENOMEM;
	}
	c = alloc_hv_pages(0);
	if (c == NULL) {
		xfree(svm);
		return -ENOMEM;
	}
	svm->vmcb = c;
	svm->vmcb_pa = virt_to_maddr(c);
	v->hvm.svm = svm;

	c->cr_intercepts = CR_INTERCEPTS;
	c->dr_intercepts = DR_INTERCEPT_ALL;
	c->exception_intercepts = EXCEPTION_INTERCEPTS;
	c->intercepts1 = INTERCEPTS_1;
	c->intercepts2 = INTERCEPTS_2;
	if (svm_has_pause_filter) {
		c->intercepts1 |= INTERCEPT_PAUSE;
		c->pause_filter_count = PAUSE_FILTER_COUNT;
		c->pause_filter_threshold = PAUSE_FILTER_THRESHOLD;
	}
	c->iopm_base_pa = virt_to_maddr(v->domain->hvm.io_bitmap);
	c->msrpm_base_pa = svm_msrpm_default_pa();
	c->tsc_offset = v->hvm.tsc_offset;
	c->int_ctl = V_INTR_MASKING;
	c->np_enable = 1;
	c->n_cr3 = mfn_to_maddr(v->domain->p2m.root);

	c->efer = EFER_SVME;
	c->g_pat = PAT_RESET;
	c->dr6 = DR6_RESET;
	c->dr7 = DR7_RESET;
	v->hvm.pat = PAT_RESET;
	return 0;
}

void svm_vmcb_destroy(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;

	if (svm == NULL) {
		return;
	}
	svm_msrpm_destroy(v);
	free_hv_pages(svm->vmcb, 0);
	xfree(svm);
	v->hvm.svm = NULL;
}

uint64_t svm_get_cr(struct vcpu *v, unsigned int nr)
{
	const struct vmcb *c = svm_vmcb(v);

	switch (nr) {
	case 0:
		return c->cr0;
	case 2:
		return c->cr2;
	case 3:
		return c->cr3;
	case 4:
		return c->cr4;
	default:
		return 0;
	}
}

void svm_set_cr(struct vcpu *v, unsigned int nr, uint64_t val)
{
	struct vmcb *c = svm_vmcb(v);

	switch (nr) {
	case 0:
		if ((c->cr0 ^ val) & CR0_FLUSH_BITS) {
			svm_flush_guest_tlb(v);
		}
		c->cr0 = val | X86_CR0_ET;
		break;
	case 2:
		c->cr2 = val;
		c->clean &= ~VMCB_CLEAN_CR2;
		return;
	case 3:
		c->cr3 = val;
		svm_flush_guest_tlb(v);
		break;
	case 4:
		if ((c->cr4 ^ val) & CR4_FLUSH_BITS) {
			svm_flush_guest_tlb(v);
		}
		c->cr4 = val;
		break;
	}
	c->clean &= ~VMCB_CLEAN_CR;
}

uint64_t svm_get_efer(struct vcpu *v)
{
	return svm_vmcb(v)->efer & ~EFER_SVME;
}

void svm_set_efer(struct vcpu *v, uint64_t val)
{
	struct vmcb *c = svm_vmcb(v);

	val |= EFER_SVME;
	if ((c->efer ^ val) & EFER_FLUSH_BITS) {
		svm_flush_guest_tlb(v);
	}
	c->efer = val;
	c->clean &= ~VMCB_CLEAN_CR;
}

/* The member that holds an MSR, NULL when it is none of those. */
static uint64_t *msr_member(struct vmcb *c, uint32_t msr)
{
	switch (msr) {
	case MSR_STAR:
		return &c->star;
	case MSR_LSTAR:
		return &c->lstar;
	case MSR_CSTAR:
		return &c->cstar;
	case MSR_SFMASK:
		return &c->sfmask;
	case MSR_FS_BASE:
		return &c->fs.base;
	case MSR_GS_BASE:
		return &c->gs.base;
	case MSR_KERNEL_GS_BASE:
		return &c->kernel_gs_base;
	case MSR_SYSENTER_CS:
		return &c->sysenter_cs;
	case MSR_SYSENTER_ESP:
		return &c->sysenter_esp;
	case MSR_SYSENTER_EIP:
		return &c->sysenter_eip;
	case MSR_PAT:
		return &c->g_pat;
	case MSR_DEBUGCTL:
		return &c->debugctl;
	default:
		return NULL;
	}
}

int svm_get_msr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	const uint64_t *m = msr_member(svm_vmcb(v), msr);

	if (m == NULL) {
		return -ENOENT;
	}
	*val = *m;
	return 0;
}

int svm_set_msr(struct vcpu *v, uint32_t msr, uint64_t val)
{
	struct vmcb *c = svm_vmcb(v);
	uint64_t *m = msr_member(c, msr);

	if (m == NULL) {
		return -ENOENT;
	}
	*m = val;
	if (msr == MSR_DEBUGCTL && svm_has_lbrv) {
		c->lbr_control = (val & 1) ? 1 : 0;
		c->clean &= ~VMCB_CLEAN_LBR;
	}
	c->clean &= ~(VMCB_CLEAN_NP | VMCB_CLEAN_SEG);
	return 0;
}

void svm_set_tsc_offset(struct vcpu *v, uint64_t offset)
{
	struct vmcb *c = svm_vmcb(v);

	c->tsc_offset = offset;
	c->clean &= ~VMCB_CLEAN_INTERCEPTS;
}

void svm_set_dr_intercept(struct vcpu *v, bool on)
{
	struct vmcb *c = svm_vmcb(v);

	c->dr_intercepts = on ? DR_INTERCEPT_ALL : 0;
	c->clean &= ~VMCB_CLEAN_INTERCEPTS;
}

void svm_get_walk_state(struct vcpu *v, struct walk_state *ws)
{
	const struct vmcb *c = svm_vmcb(v);

	ws->cr0 = c->cr0;
	ws->cr3 = c->cr3;
	ws->cr4 = c->cr4;
	ws->efer = c->efer;
	ws->rflags = v->hvm.regs.rflags;
	ws->cpl = c->cpl & 3;
	ws->nxe = (c->efer & EFER_NX) != 0;
	ws->pkru = 0;
	if ((c->cr4 & X86_CR4_PKE) && v == current) {
		uint32_t hi;

		/* Our own CR4.PKE is set where the processor has it; the guest's value is in the CPU. */
		__asm__ __volatile__("rdpkru" : "=a"(ws->pkru), "=d"(hi) : "c"(0));
	}
}

static const struct {
	uint32_t msr;
	uint16_t offset;
} state_msrs[] = {
	{ MSR_STAR, offsetof(struct hvm_cpu_state, star) },
	{ MSR_LSTAR, offsetof(struct hvm_cpu_state, lstar) },
	{ MSR_CSTAR, offsetof(struct hvm_cpu_state, cstar) },
	{ MSR_SFMASK, offsetof(struct hvm_cpu_state, sfmask) },
	{ MSR_KERNEL_GS_BASE, offsetof(struct hvm_cpu_state, kernel_gs_base) },
	{ MSR_SYSENTER_CS, offsetof(struct hvm_cpu_state, sysenter_cs) },
	{ MSR_SYSENTER_ESP, offsetof(struct hvm_cpu_state, sysenter_esp) },
	{ MSR_SYSENTER_EIP, offsetof(struct hvm_cpu_state, sysenter_eip) },
};

void svm_get_cpu_state(struct vcpu *v, struct hvm_cpu_state *s)
{
	struct vmcb *c = svm_vmcb(v);

	*s = (struct hvm_cpu_state){
		.regs = v->hvm.regs,
		.cr0 = c->cr0,
		.cr2 = c->cr2,
		.cr3 = c->cr3,
		.cr4 = c->cr4,
		.efer = svm_get_efer(v),
		.dr6 = c->dr6,
		.dr7 = c->dr7,
		.tsc_aux = v->hvm.tsc_aux,
	};
	if (v->hvm.dr_loaded) {
		s->dr[0] = read_dr0();
		s->dr[1] = read_dr1();
		s->dr[2] = read_dr2();
		s->dr[3] = read_dr3();
	} else {
		for (unsigned int i = 0; i < 4; i++) {
			s->dr[i] = v->hvm.dr[i];
		}
	}
	for (unsigned int i = 0; i < HVM_NR_SEGS; i++) {
		svm_get_segment(v, (enum hvm_seg)i, &s->seg[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(state_msrs); i++) {
		*(uint64_t *)((char *)s + state_msrs[i].offset) = *msr_member(c, state_msrs[i].msr);
	}
}

void svm_set_cpu_state(struct vcpu *v, const struct hvm_cpu_state *s)
{
	struct vmcb *c = svm_vmcb(v);

	v->hvm.regs = s->regs;
	v->hvm.regs.rflags |= X86_EFLAGS_MBS;
	c->cr0 = s->cr0 | X86_CR0_ET;
	c->cr2 = s->cr2;
	c->cr3 = s->cr3;
	c->cr4 = s->cr4;
	c->efer = s->efer | EFER_SVME;
	if ((s->efer & EFER_LME) && (s->cr0 & X86_CR0_PG)) {
		c->efer |= EFER_LMA;
	} else {
		c->efer &= ~EFER_LMA;
	}
	c->dr6 = (s->dr6 & 0xffffffffu) | 0xffff0ff0u;
	c->dr7 = (s->dr7 & 0xffff2fffu) | DR7_RESET;
	for (unsigned int i = 0; i < 4; i++) {
		v->hvm.dr[i] = s->dr[i];
	}
	/* They go in with the next access. */
	v->hvm.dr_loaded = false;
	svm_set_dr_intercept(v, true);
	for (unsigned int i = 0; i < HVM_NR_SEGS; i++) {
		svm_set_segment(v, (enum hvm_seg)i, &s->seg[i]);
	}
	if (!(s->cr0 & X86_CR0_PE)) {
		c->cpl = 0;
	} else if (s->regs.rflags & X86_EFLAGS_VM) {
		c->cpl = 3;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(state_msrs); i++) {
		*msr_member(c, state_msrs[i].msr) =
			*(const uint64_t *)((const char *)s + state_msrs[i].offset);
	}
	v->hvm.tsc_aux = s->tsc_aux;
	c->int_state = 0;
	c->eventinj = 0;
	c->clean = 0;
	svm_flush_guest_tlb(v);
}
