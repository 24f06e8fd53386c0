/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing a guest's registers. Of CR0 and CR4 some bits are the guest's own; the others
 * are ours, with what the guest sees in the read shadow, so that long mode, paging and machine checks
 * stay under control. STAR and its like, CR2 and debug registers are not in the control structure:
 * they are in the CPU while the vCPU is loaded, else in struct vmx_vcpu or struct hvm_vcpu.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/sched.h>

#include "vmx_priv.h"

#define DR7_RESET      0x400ull
#define RFLAGS_KNOWN   0x003f7fd7ull

#define CR0_GUEST_BITS (X86_CR0_TS | X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | X86_CR0_AM)
#define CR0_FLUSH_BITS (X86_CR0_PG | X86_CR0_WP | X86_CR0_CD)
/* Bits that have no consequences but the processor's own; the rest is checked by common code. */
#define CR4_GUEST_BITS                                                                         \
	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PGE | X86_CR4_OSFXSR | \
		X86_CR4_OSXMMEXCPT)
#define CR4_FLUSH_BITS                                                                           \
	(X86_CR4_PGE | X86_CR4_PAE | X86_CR4_PSE | X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_SMAP | \
		X86_CR4_PKE | X86_CR4_LA57)
#define EFER_FLUSH_BITS (EFER_LME | EFER_LMA | EFER_NX)

/* ---- control registers -------------------------------------------------------------------------- */

static uint64_t read_cr0_of(const struct vmx_vcpu *vmx)
{
	return (vmread(VMCS_GUEST_CR0) & CR0_GUEST_BITS) | (vmx->cr0 & ~CR0_GUEST_BITS);
}

static uint64_t read_cr4_of(const struct vmx_vcpu *vmx)
{
	return (vmread(VMCS_GUEST_CR4) & vmx->cr4_guest_bits) | (vmx->cr4 & ~vmx->cr4_guest_bits);
}

/* PE and PG are free under unrestricted guest; CD and NW are not loaded by an entry at all. */
static void write_cr0_of(struct vmx_vcpu *vmx, uint64_t val)
{
	uint64_t fixed0 = vmx_caps.cr0_fixed0 & ~(X86_CR0_PE | X86_CR0_PG);

	vmx->cr0 = val | X86_CR0_ET;
	vmwrite(VMCS_CR0_SHADOW, vmx->cr0);
	vmwrite(VMCS_GUEST_CR0,
		((vmx->cr0 & vmx_caps.cr0_fixed1) | fixed0) & ~(X86_CR0_CD | X86_CR0_NW));
}

/* With machine checks on whatever the guest says: the machine would shut down otherwise. */
static void write_cr4_of(struct vmx_vcpu *vmx, uint64_t val)
{
	vmx->cr4 = val;
	vmwrite(VMCS_CR4_SHADOW, val);
	vmwrite(VMCS_GUEST_CR4, val | vmx_caps.cr4_fixed0 | X86_CR4_MCE);
}

/* Paging with PAE outside long mode: an entry takes the top level from the control structure. */
static void load_pdptes(struct vcpu *v, uint64_t cr0, uint64_t cr3, uint64_t cr4)
{
	uint64_t pdpte[4] = { 0 }, bad = 0x1e6ull | ~((1ull << vmx_caps.phys_bits) - 1);

	if (!(cr0 & X86_CR0_PG) || !(cr4 & X86_CR4_PAE) || (v->hvm.vmx->efer & EFER_LMA)) {
		return;
	}
	if (copy_from_gpa(v->domain, pdpte, cr3 & 0xffffffe0u, sizeof(pdpte)) != 0) {
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		/* The guest's MOV should have faulted on reserved bits; nothing is mapped there instead. */
		if ((pdpte[i] & 1) && (pdpte[i] & bad)) {
			pdpte[i] = 0;
		}
		vmwrite(VMCS_GUEST_PDPTE0 + 2 * i, pdpte[i]);
	}
}

void vmx_update_cr4_mask(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint64_t cr4 = read_cr4_of(vmx);

	vmx->cr4_guest_bits = CR4_GUEST_BITS & v->domain->policy->cr4_valid;
	vmwrite(VMCS_CR4_MASK, ~vmx->cr4_guest_bits);
	write_cr4_of(vmx, cr4);
}

uint64_t vmx_get_cr(struct vcpu *v, unsigned int nr)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint64_t val = 0;
	bool opened;

	if (nr == 2) {
		return vmx->loaded ? read_cr2() : v->hvm.cr2_shadow;
	}
	opened = vmx_open(v);
	switch (nr) {
	case 0:
		val = read_cr0_of(vmx);
		break;
	case 3:
		val = vmread(VMCS_GUEST_CR3);
		break;
	case 4:
		val = read_cr4_of(vmx);
		break;
	}
	vmx_close(opened);
	return val;
}

void vmx_set_cr(struct vcpu *v, unsigned int nr, uint64_t val)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened;

	if (nr == 2) {
		v->hvm.cr2_shadow = val;
		if (vmx->loaded) {
			write_cr2(val);
		}
		return;
	}
	opened = vmx_open(v);
	switch (nr) {
	case 0:
		if ((read_cr0_of(vmx) ^ val) & CR0_FLUSH_BITS) {
			vmx_flush_guest_tlb(v);
		}
		write_cr0_of(vmx, val);
		break;
	case 3:
		vmwrite(VMCS_GUEST_CR3, val);
		vmx_flush_guest_tlb(v);
		break;
	case 4:
		if ((read_cr4_of(vmx) ^ val) & CR4_FLUSH_BITS) {
			vmx_flush_guest_tlb(v);
		}
		write_cr4_of(vmx, val);
		break;
	}
	load_pdptes(v, read_cr0_of(vmx), vmread(VMCS_GUEST_CR3), read_cr4_of(vmx));
	vmx_close(opened);
}

uint64_t vmx_get_efer(struct vcpu *v)
{
	return v->hvm.vmx->efer;
}

/* v is open. */
static void write_efer(struct vmx_vcpu *vmx, uint64_t val)
{
	vmx->efer = val;
	vmx->entry = (val & EFER_LMA) ? vmx->entry | ENTRYCTL_IA32E : vmx->entry & ~ENTRYCTL_IA32E;
	vmwrite(VMCS_GUEST_EFER, val);
	vmwrite(VMCS_ENTRY_CONTROLS, vmx->entry);
}

void vmx_set_efer(struct vcpu *v, uint64_t val)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened = vmx_open(v);

	if ((vmx->efer ^ val) & EFER_FLUSH_BITS) {
		vmx_flush_guest_tlb(v);
	}
	write_efer(vmx, val);
	vmx_close(opened);
}

void vmx_get_walk_state(struct vcpu *v, struct walk_state *ws)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened = vmx_open(v);

	ws->cr0 = read_cr0_of(vmx);
	ws->cr3 = vmread(VMCS_GUEST_CR3);
	ws->cr4 = read_cr4_of(vmx);
	ws->efer = vmx->efer;
	ws->rflags = v->hvm.regs.rflags;
	ws->cpl = vmx_get_cpl(v);
	ws->nxe = (vmx->efer & EFER_NX) != 0;
	ws->pkru = 0;
	if ((ws->cr4 & X86_CR4_PKE) && v == current) {
		uint32_t hi;

		/* Our own CR4.PKE is set where the processor has it; the guest's value is in the CPU. */
		__asm__ __volatile__("rdpkru" : "=a"(ws->pkru), "=d"(hi) : "c"(0));
	}
	vmx_close(opened);
}

/* ---- MSRs --------------------------------------------------------------------------------------- */

/* The VMCS field of an MSR, 0 when it has none. */
static uint32_t msr_field(uint32_t msr)
{
	switch (msr) {
	case MSR_FS_BASE:
		return VMCS_GUEST_FS_BASE;
	case MSR_GS_BASE:
		return VMCS_GUEST_GS_BASE;
	case MSR_SYSENTER_CS:
		return VMCS_GUEST_SYSENTER_CS;
	case MSR_SYSENTER_ESP:
		return VMCS_GUEST_SYSENTER_ESP;
	case MSR_SYSENTER_EIP:
		return VMCS_GUEST_SYSENTER_EIP;
	case MSR_PAT:
		return VMCS_GUEST_PAT;
	case MSR_DEBUGCTL:
		return VMCS_GUEST_DEBUGCTL;
	default:
		return 0;
	}
}

/* The member for an MSR that is switched with the vCPU, NULL when it is none of those. */
static uint64_t *msr_member(struct vmx_vcpu *vmx, uint32_t msr)
{
	switch (msr) {
	case MSR_STAR:
		return &vmx->star;
	case MSR_LSTAR:
		return &vmx->lstar;
	case MSR_CSTAR:
		return &vmx->cstar;
	case MSR_SFMASK:
		return &vmx->sfmask;
	case MSR_KERNEL_GS_BASE:
		return &vmx->kernel_gs_base;
	default:
		return NULL;
	}
}

int vmx_get_msr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	const uint64_t *m = msr_member(vmx, msr);
	uint32_t field = msr_field(msr);

	if (m != NULL) {
		*val = msr == MSR_KERNEL_GS_BASE && vmx->loaded ? rdmsr(msr) : *m;
		return 0;
	}
	if (field != 0) {
		bool opened = vmx_open(v);

		*val = vmread(field);
		vmx_close(opened);
		return 0;
	}
	return -ENOENT;
}

int vmx_set_msr(struct vcpu *v, uint32_t msr, uint64_t val)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint64_t *m = msr_member(vmx, msr);
	uint32_t field = msr_field(msr);

	if (m != NULL) {
		*m = val;
		if (vmx->loaded) {
			wrmsr(msr, val);
		} else {
			vmx->msr_cpu = VMX_NO_CPU;
		}
		return 0;
	}
	if (field != 0) {
		bool opened = vmx_open(v);

		vmwrite(field, val);
		vmx_close(opened);
		return 0;
	}
	return -ENOENT;
}

void vmx_set_tsc_offset(struct vcpu *v, uint64_t offset)
{
	bool opened = vmx_open(v);

	vmwrite(VMCS_TSC_OFFSET, offset);
	vmx_close(opened);
}

/* ---- debug registers ---------------------------------------------------------------------------- */

void vmx_set_dr_intercept(struct vcpu *v, bool on)
{
	vmx_set_proc_controls(v, PROC_MOV_DR_EXIT, on);
}

void vmx_load_drs(struct vcpu *v)
{
	write_dr0(v->hvm.dr[0]);
	write_dr1(v->hvm.dr[1]);
	write_dr2(v->hvm.dr[2]);
	write_dr3(v->hvm.dr[3]);
	write_dr6(v->hvm.vmx->dr6);
	v->hvm.dr_loaded = true;
	vmx_set_dr_intercept(v, false);
}

/* ---- all of it ---------------------------------------------------------------------------------- */

void vmx_get_cpu_state(struct vcpu *v, struct hvm_cpu_state *s)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened = vmx_open(v);

	*s = (struct hvm_cpu_state){
		.regs = v->hvm.regs,
		.cr0 = read_cr0_of(vmx),
		.cr2 = vmx_get_cr(v, 2),
		.cr3 = vmread(VMCS_GUEST_CR3),
		.cr4 = read_cr4_of(vmx),
		.efer = vmx->efer,
		.dr6 = v->hvm.dr_loaded ? read_dr6() : vmx->dr6,
		.dr7 = vmread(VMCS_GUEST_DR7),
		.star = vmx->star,
		.lstar = vmx->lstar,
		.cstar = vmx->cstar,
		.sfmask = vmx->sfmask,
		.kernel_gs_base = vmx->loaded ? rdmsr(MSR_KERNEL_GS_BASE) : vmx->kernel_gs_base,
		.sysenter_cs = vmread(VMCS_GUEST_SYSENTER_CS),
		.sysenter_esp = vmread(VMCS_GUEST_SYSENTER_ESP),
		.sysenter_eip = vmread(VMCS_GUEST_SYSENTER_EIP),
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
		vmx_get_segment(v, (enum hvm_seg)i, &s->seg[i]);
	}
	vmx_close(opened);
}

void vmx_set_cpu_state(struct vcpu *v, const struct hvm_cpu_state *s)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened = vmx_open(v), long_mode = (s->efer & EFER_LME) && (s->cr0 & X86_CR0_PG);

	v->hvm.regs = s->regs;
	v->hvm.regs.rflags = (s->regs.rflags & RFLAGS_KNOWN) | X86_EFLAGS_MBS;
	write_efer(vmx, long_mode ? s->efer | EFER_LMA : s->efer & ~EFER_LMA);
	write_cr0_of(vmx, s->cr0);
	write_cr4_of(vmx, s->cr4);
	vmwrite(VMCS_GUEST_CR3, s->cr3);
	load_pdptes(v, s->cr0, s->cr3, s->cr4);
	vmx_set_cr(v, 2, s->cr2);
	vmx->dr6 = (s->dr6 & 0xffffffffu) | 0xffff0ff0u;
	vmwrite(VMCS_GUEST_DR7, (s->dr7 & 0xffff2fffu) | DR7_RESET);
	for (unsigned int i = 0; i < 4; i++) {
		v->hvm.dr[i] = s->dr[i];
	}
	/* They go in with the next access. */
	v->hvm.dr_loaded = false;
	vmx_set_dr_intercept(v, true);
	for (unsigned int i = 0; i < HVM_NR_SEGS; i++) {
		vmx_set_segment(v, (enum hvm_seg)i, &s->seg[i]);
	}
	(void)vmx_set_msr(v, MSR_STAR, s->star);
	(void)vmx_set_msr(v, MSR_LSTAR, s->lstar);
	(void)vmx_set_msr(v, MSR_CSTAR, s->cstar);
	(void)vmx_set_msr(v, MSR_SFMASK, s->sfmask);
	(void)vmx_set_msr(v, MSR_KERNEL_GS_BASE, s->kernel_gs_base);
	vmwrite(VMCS_GUEST_SYSENTER_CS, (uint32_t)s->sysenter_cs);
	vmwrite(VMCS_GUEST_SYSENTER_ESP, s->sysenter_esp);
	vmwrite(VMCS_GUEST_SYSENTER_EIP, s->sysenter_eip);
	v->hvm.tsc_aux = s->tsc_aux;
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite(VMCS_GUEST_ACTIVITY, 0);
	vmwrite(VMCS_ENTRY_INTR_INFO, 0);
	vmx->blocking = 0;
	vmx->shadow_known = true;
	if (vmx->loaded && unlikely((s->dr7 & 0xff) != 0)) {
		vmx_load_drs(v);
	}
	vmx_flush_guest_tlb(v);
	vmx_close(opened);
}
