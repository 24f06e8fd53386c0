/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's virtualization chosen and switched on; domains and vCPUs set up for it; the register
 * states that a vCPU can start from (INIT, SIPI, PVH entry); what is switched besides the control
 * block when a CPU changes vCPUs; HLT.
 */
#include <asm/cr.h>
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/vlapic.h>

#include <xen/sched.h>

#define PAT_RESET       0x0007040600070406ull
#define DR6_RESET       0xffff0ff0ull
#define DR7_RESET       0x400ull
#define CPUID_RESET_EDX 0x600ull /* family in DX after INIT */

#define SEG_CODE_RM     0x09b
#define SEG_DATA_RM     0x093
#define SEG_CODE_32     0xc9b
#define SEG_DATA_32     0xc93
#define SEG_LDT         0x082
#define SEG_TSS_BUSY    0x08b

const struct hvm_ops *hvm_ops __ro_after_init;

static const struct hvm_ops *const vendors[] = { &svm_hvm_ops, &vmx_hvm_ops };

void hvm_init(void)
{
	const char *why = "this processor has no AMD-V (SVM) and no VT-x (VMX)";
	int rc;

	xstate_init();
	xstate_cpu_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(vendors) && hvm_ops == NULL; i++) {
		if (!cpu_has(vendors[i]->cpu_feature)) {
			continue; /* its reasons are about another processor */
		}
		why = vendors[i]->probe();
		if (why == NULL) {
			hvm_ops = vendors[i];
		}
	}
	if (hvm_ops == NULL) {
		panic("Undercroft cannot run virtual machines on this computer: %s.", why);
	}
	rc = hvm_ops->cpu_up(smp_processor_id());
	if (rc != 0) {
		panic("Undercroft cannot switch on %s on this computer (error %d).", hvm_ops->name,
			rc);
	}
}

int hvm_cpu_up(unsigned int cpu)
{
	xstate_cpu_init();
	return hvm_ops->cpu_up(cpu);
}

int hvm_domain_init(struct domain *d)
{
	int rc;

	INIT_LIST_HEAD(&d->hvm.mmio_ranges);
	spin_lock_init(&d->hvm.irq_lock, LOCK_HVM_IRQ);
	d->params[HVM_PARAM_TRIPLE_FAULT_REASON] = SHUTDOWN_reboot;
	rc = cpu_policy_domain_init(d);
	if (rc != 0) {
		return rc;
	}
	rc = hvm_platform_domain_init(d);
	if (rc != 0) {
		goto out_policy;
	}
	rc = hvm_ops->domain_init(d);
	if (rc != 0) {
		goto out_platform;
	}
	return 0;

out_platform:
	hvm_platform_domain_fini(d);
out_policy:
	cpu_policy_domain_fini(d);
	return rc;
}

void hvm_domain_fini(struct domain *d)
{
	hvm_ops->domain_fini(d);
	hvm_platform_domain_fini(d);
	cpu_policy_domain_fini(d);
}

int hvm_vcpu_init(struct vcpu *v)
{
	int rc;

	v->hvm.pat = PAT_RESET;
	v->hvm.xcr0 = XSTATE_FP;
	rc = xstate_vcpu_init(v);
	if (rc != 0) {
		return rc;
	}
	rc = hvm_ops->vcpu_init(v);
	if (rc != 0) {
		xstate_vcpu_fini(v);
		return rc;
	}
	vlapic_init(v);
	hvm_mtrr_init(v);
	hvm_vcpu_reset(v);
	return 0;
}

void hvm_vcpu_fini(struct vcpu *v)
{
	if (v->hvm.xsave == NULL) {
		return;
	}
	vlapic_destroy(v);
	hvm_ops->vcpu_fini(v);
	xstate_vcpu_fini(v);
}

static struct hvm_segment segment(uint16_t sel, uint16_t attr, uint32_t limit, uint64_t base)
{
	return (struct hvm_segment){ .sel = sel, .attr = attr, .limit = limit, .base = base };
}

static void forget_events(struct vcpu *v)
{
	v->hvm.pending.valid = false;
	v->hvm.nmi_pending = false;
	v->hvm.nmi_blocked = false;
	v->hvm.halted = false;
	hvm_ops->set_intr_window(v, false);
	hvm_ops->set_nmi_window(v, false);
}

/* The state after INIT (SDM 3A, table 10-1; APM 2, 14.1). FPU, MTRRs and most MSRs keep their contents. */
static void init_state(struct vcpu *v, struct hvm_cpu_state *s)
{
	hvm_ops->get_cpu_state(v, s);
	s->regs = (struct cpu_regs){
		.rip = 0xfff0,
		.rflags = X86_EFLAGS_MBS,
		.rdx = CPUID_RESET_EDX,
	};
	s->cr0 = X86_CR0_ET | X86_CR0_CD | X86_CR0_NW;
	s->cr2 = s->cr3 = s->cr4 = 0;
	s->efer = 0;
	for (unsigned int i = 0; i < 4; i++) {
		s->dr[i] = 0;
	}
	s->dr6 = DR6_RESET;
	s->dr7 = DR7_RESET;
	s->seg[HVM_SEG_CS] = segment(0xf000, SEG_CODE_RM, 0xffff, 0xffff0000u);
	for (unsigned int i = HVM_SEG_ES; i <= HVM_SEG_GS; i++) {
		if (i != HVM_SEG_CS) {
			s->seg[i] = segment(0, SEG_DATA_RM, 0xffff, 0);
		}
	}
	s->seg[HVM_SEG_GDTR] = s->seg[HVM_SEG_IDTR] = segment(0, 0, 0xffff, 0);
	s->seg[HVM_SEG_LDTR] = segment(0, SEG_LDT, 0xffff, 0);
	s->seg[HVM_SEG_TR] = segment(0, SEG_TSS_BUSY, 0xffff, 0);
}

void hvm_vcpu_reset(struct vcpu *v)
{
	struct hvm_cpu_state s;

	init_state(v, &s);
	hvm_ops->set_cpu_state(v, &s);
	forget_events(v);
}

void hvm_vcpu_sipi(struct vcpu *v, uint8_t vector)
{
	struct hvm_cpu_state s;

	init_state(v, &s);
	s.regs.rip = 0;
	s.seg[HVM_SEG_CS] =
		segment((uint16_t)(vector << 8), SEG_CODE_RM, 0xffff, (uint64_t)vector << 12);
	hvm_ops->set_cpu_state(v, &s);
	forget_events(v);
	v->is_initialised = true;
	vcpu_up(v);
}

void hvm_vcpu_set_pvh_entry(struct vcpu *v, uint32_t eip, uint32_t ebx)
{
	struct hvm_cpu_state s;

	init_state(v, &s);
	s.regs.rip = eip;
	s.regs.rbx = ebx;
	s.regs.rdx = 0;
	s.cr0 = X86_CR0_PE | X86_CR0_ET;
	s.seg[HVM_SEG_CS] = segment(0, SEG_CODE_32, ~0u, 0);
	for (unsigned int i = HVM_SEG_ES; i <= HVM_SEG_GS; i++) {
		if (i != HVM_SEG_CS) {
			s.seg[i] = segment(0, SEG_DATA_32, ~0u, 0);
		}
	}
	s.seg[HVM_SEG_TR] = segment(0, SEG_TSS_BUSY, 0x67, 0);
	hvm_ops->set_cpu_state(v, &s);
	forget_events(v);
	v->is_initialised = true;
}

int xstate_vcpu_init(struct vcpu *v)
{
	v->hvm.xsave = xstate_area_alloc();
	return v->hvm.xsave != NULL ? 0 : -ENOMEM;
}

void xstate_vcpu_fini(struct vcpu *v)
{
	xstate_area_free(v->hvm.xsave);
	v->hvm.xsave = NULL;
}

void xstate_save(struct vcpu *v)
{
	xstate_area_save(v->hvm.xsave, v->hvm.xcr0);
}

void xstate_restore(struct vcpu *v)
{
	xstate_area_restore(v->hvm.xsave, v->hvm.xcr0);
}

void hvm_ctxt_switch(struct vcpu *prev, struct vcpu *next)
{
	if (!prev->is_idle) {
		hvm_ops->ctxt_from(prev);
		xstate_save(prev);
	}
	if (!next->is_idle) {
		xstate_restore(next);
		hvm_ops->ctxt_to(next);
	}
}

void hvm_sync_vcpu(struct vcpu *v)
{
	/* All of v is in memory as soon as the scheduler has taken it off its CPU. */
	(void)v;
}

void hvm_end_halt(struct vcpu *v)
{
	if (xchg(&v->hvm.halted, false)) {
		vcpu_up(v);
	}
}

/* HLT with interrupts off: only an NMI ends it, or INIT. The vCPU is down; when it was the last one, so is the domain. */
static void halt_for_good(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *o;

	WRITE_ONCE(v->hvm.halted, true);
	vcpu_down(v);
	smp_mb();
	if (READ_ONCE(v->hvm.nmi_pending) && !v->hvm.nmi_blocked) {
		hvm_end_halt(v);
		return;
	}
	for_each_vcpu(d, o) {
		if (!test_bit(VPF_DOWN, &o->pause_flags)) {
			return;
		}
	}
	gprintk(XENLOG_INFO, "all vCPUs are halted with interrupts off: shutting down\n");
	domain_shutdown(d, SHUTDOWN_poweroff);
}

enum hvm_exit_result hvm_handle_hlt(struct vcpu *v)
{
	if (hvm_interrupt_pending(v)) {
		return HVM_DONE;
	}
	if (unlikely(!(v->hvm.regs.rflags & X86_EFLAGS_IF))) {
		halt_for_good(v);
		return HVM_DONE;
	}
	vcpu_block_current();
	return HVM_DONE;
}
