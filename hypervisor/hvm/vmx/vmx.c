/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-x: detection, switching it on for each CPU, the way into the guest, what changes in a CPU with
 * the vCPU besides the control structure, and the table of hooks that common code calls.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>

#include "vmx_priv.h"

#define PIN_MUST (PIN_EXTINT_EXIT | PIN_NMI_EXIT | PIN_VIRTUAL_NMI)
#define PROC_MUST                                                                                 \
	(PROC_TSC_OFFSET | PROC_HLT_EXIT | PROC_MWAIT_EXIT | PROC_RDPMC_EXIT | PROC_MOV_DR_EXIT | \
		PROC_IO_BITMAPS | PROC_MSR_BITMAPS | PROC_MONITOR_EXIT | PROC_SECONDARY)
#define PROC_SOMETIMES (PROC_INTR_WINDOW | PROC_NMI_WINDOW)
#define PROC2_WANTED \
	(PROC2_RDTSCP | PROC2_VPID | PROC2_WBINVD_EXIT | PROC2_PLE | PROC2_INVPCID | PROC2_XSAVES)
#define EXIT_MUST                                                                     \
	(EXITCTL_SAVE_DEBUG | EXITCTL_HOST_64 | EXITCTL_SAVE_PAT | EXITCTL_LOAD_PAT | \
		EXITCTL_LOAD_EFER)
#define ENTRY_MUST (ENTRYCTL_LOAD_DEBUG | ENTRYCTL_LOAD_PAT | ENTRYCTL_LOAD_EFER)

struct vmx_caps vmx_caps __ro_after_init;

static DEFINE_PER_CPU(uint64_t, vmxon_pa);
/* Whose MSRs the CPU's registers hold. */
static DEFINE_PER_CPU(struct vmx_vcpu *, msrs_of);

/* ---- detection ---------------------------------------------------------------------------------- */

/* Bits that must be set are in the low half, those that may be in the high half. */
static bool choose(uint64_t allowed, uint32_t must, uint32_t wanted, uint32_t *out)
{
	*out = ((must | wanted) & (uint32_t)(allowed >> 32)) | (uint32_t)allowed;
	return (must & ~(uint32_t)(allowed >> 32)) == 0;
}

static const char *read_caps(struct vmx_caps *c)
{
	bool true_controls;

	c->basic = rdmsr(MSR_VMX_BASIC);
	c->misc = rdmsr(MSR_VMX_MISC);
	true_controls = (c->basic & VMX_BASIC_TRUE_CONTROLS) != 0;
	c->cr0_fixed0 = rdmsr(MSR_VMX_CR0_FIXED0);
	c->cr0_fixed1 = rdmsr(MSR_VMX_CR0_FIXED1);
	c->cr4_fixed0 = rdmsr(MSR_VMX_CR4_FIXED0);
	c->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
	c->pin_allowed = rdmsr(true_controls ? MSR_VMX_TRUE_PIN : MSR_VMX_PIN);
	c->proc_allowed = rdmsr(true_controls ? MSR_VMX_TRUE_PROC : MSR_VMX_PROC);
	c->exit_allowed = rdmsr(true_controls ? MSR_VMX_TRUE_EXIT : MSR_VMX_EXIT);
	c->entry_allowed = rdmsr(true_controls ? MSR_VMX_TRUE_ENTRY : MSR_VMX_ENTRY);
	c->phys_bits = boot_cpu_info.phys_bits;
	c->virt_bits = boot_cpu_info.virt_bits;
	if (!((c->proc_allowed >> 32) & PROC_SECONDARY)) {
		return "this processor's VT-x has no extended page tables (EPT)";
	}
	c->proc2_allowed = rdmsr(MSR_VMX_PROC2);
	if (!((c->proc2_allowed >> 32) & PROC2_EPT)) {
		return "this processor's VT-x has no extended page tables (EPT)";
	}
	if (!((c->proc2_allowed >> 32) & PROC2_UNRESTRICTED)) {
		return "this processor's VT-x cannot run guests without paging (no \"unrestricted guest\")";
	}
	c->ept_vpid = rdmsr(MSR_VMX_EPT_VPID);
	if ((c->ept_vpid & (EPT_CAP_4_LEVELS | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_INVEPT)) !=
		(EPT_CAP_4_LEVELS | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_INVEPT)) {
		return "this processor's extended page tables (EPT) lack 4 levels, write-back, 2 MiB pages or INVEPT";
	}
	return NULL;
}

static const char *choose_controls(struct vmx_caps *c)
{
	uint32_t proc2 = PROC2_WANTED;
	bool ok;

	if (!(c->ept_vpid & VPID_CAP_INVVPID) || !(c->ept_vpid & VPID_CAP_ALL)) {
		proc2 &= ~PROC2_VPID;
	}
	ok = choose(c->pin_allowed, PIN_MUST, PIN_PREEMPTION_TIMER, &c->pin);
	ok &= choose(c->proc_allowed, PROC_MUST | PROC_SOMETIMES, PROC_TPR_SHADOW, &c->proc);
	c->proc &= ~PROC_SOMETIMES | (uint32_t)c->proc_allowed;
	if (!(c->proc & PROC_TPR_SHADOW)) {
		ok &= choose(c->proc_allowed,
			(c->proc & ~PROC_SOMETIMES) | PROC_CR8_LOAD_EXIT | PROC_CR8_STORE_EXIT, 0,
			&c->proc);
	}
	ok &= choose(c->proc2_allowed, PROC2_EPT | PROC2_UNRESTRICTED, proc2, &c->proc2);
	ok &= choose(c->exit_allowed, EXIT_MUST, 0, &c->exit);
	ok &= choose(c->entry_allowed, ENTRY_MUST, 0, &c->entry);
	if (!ok) {
		printk(XENLOG_ERR "VT-x: pin %lx processor %lx %lx exit %lx entry %lx\n",
			c->pin_allowed, c->proc_allowed, c->proc2_allowed, c->exit_allowed,
			c->entry_allowed);
		return "this processor's VT-x lacks controls that every one with \"unrestricted guest\" should have";
	}
	return NULL;
}

static const char *vmx_probe(void)
{
	uint64_t fc;
	const char *why;

	if (!cpu_has_vmx) {
		return "this processor has no VT-x (VMX)";
	}
	if (rdmsr_safe(MSR_FEATURE_CONTROL, &fc) == 0 && (fc & FEATURE_CONTROL_LOCK) &&
		!(fc & FEATURE_CONTROL_VMX)) {
		return "VT-x is switched off in the firmware; switch on \"VT-x\" or \"Intel virtualization "
		       "technology\" in the firmware's set-up";
	}
	why = read_caps(&vmx_caps);
	if (why == NULL) {
		why = choose_controls(&vmx_caps);
	}
	if (why != NULL) {
		return why;
	}
	vmx_hvm_ops.has_2m_pages = true;
	vmx_hvm_ops.has_1g_pages = (vmx_caps.ept_vpid & EPT_CAP_1G) != 0;
	if (vmx_msrpm_init() != 0) {
		return "there is not enough memory";
	}
	printk(XENLOG_INFO "VT-x: extended page tables, unrestricted guest%s%s%s%s%s%s%s\n",
		vmx_has_proc2(PROC2_VPID) ? ", VPID" : "",
		vmx_has_tpr_shadow() ? ", TPR shadow" : "",
		vmx_has_proc2(PROC2_PLE) ? ", PAUSE-loop exiting" : "",
		vmx_has_proc2(PROC2_RDTSCP) ? ", RDTSCP" : "",
		vmx_has_proc2(PROC2_INVPCID) ? ", INVPCID" : "",
		vmx_has_proc2(PROC2_XSAVES) ? ", XSAVES" : "",
		vmx_hvm_ops.has_1g_pages ? ", 1 GiB pages" : "");
	return NULL;
}

/* ---- CPUs --------------------------------------------------------------------------------------- */

static int vmxon(uint64_t pa)
{
	int rc = -EBUSY;

	__asm__ __volatile__("1: vmxon %1; jbe 2f; xorl %0, %0\n2:\n" ASM_EXTABLE(1b, 2b)
		: "+r"(rc)
		: "m"(pa)
		: "cc", "memory");
	return rc;
}

static int vmx_cpu_up(unsigned int cpu)
{
	uint64_t fc;
	void *page;
	int rc;

	if (per_cpu(vmxon_pa, cpu) == 0) {
		page = alloc_hv_pages(0);
		if (page == NULL) {
			return -ENOMEM;
		}
		*(uint32_t *)page = (uint32_t)vmx_caps.basic & 0x7fffffffu;
		per_cpu(vmxon_pa, cpu) = virt_to_maddr(page);
	}
	if (rdmsr_safe(MSR_FEATURE_CONTROL, &fc) == 0) {
		if (!(fc & FEATURE_CONTROL_LOCK) &&
			wrmsr_safe(MSR_FEATURE_CONTROL,
				fc | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX) == 0) {
			fc |= FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX;
		}
		if (!(fc & FEATURE_CONTROL_VMX)) {
			return -ENODEV;
		}
	}
	write_cr4(read_cr4() | X86_CR4_VMXE);
	rc = vmxon(this_cpu(vmxon_pa));
	if (rc != 0) {
		write_cr4(read_cr4() & ~X86_CR4_VMXE);
		return rc;
	}
	vmx_vpid_cpu_init();
	return 0;
}

static void vmx_cpu_down(void)
{
	__asm__ __volatile__("vmxoff" : : : "cc", "memory");
	write_cr4(read_cr4() & ~X86_CR4_VMXE);
	this_cpu(vmcs_current) = NULL;
}

static int vmx_domain_init(struct domain *d)
{
	(void)d;
	return 0;
}

static void vmx_domain_fini(struct domain *d)
{
	(void)d;
}

/* ---- switching vCPUs ---------------------------------------------------------------------------- */

static void vmx_ctxt_from(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;

	vmx->kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE);
	v->hvm.cr2_shadow = read_cr2();
	if (unlikely(v->hvm.dr_loaded)) {
		v->hvm.dr[0] = read_dr0();
		v->hvm.dr[1] = read_dr1();
		v->hvm.dr[2] = read_dr2();
		v->hvm.dr[3] = read_dr3();
		vmx->dr6 = read_dr6();
		v->hvm.dr_loaded = false;
		vmx_set_dr_intercept(v, true);
	}
	vmx->loaded = false;
}

static void vmx_ctxt_to(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	unsigned int cpu = smp_processor_id();

	vmx_vmcs_load(vmx);
	vmx->loaded = true;
	if (vmx->msr_cpu != cpu || this_cpu(msrs_of) != vmx) {
		vmx->msr_cpu = cpu;
		this_cpu(msrs_of) = vmx;
		wrmsr(MSR_STAR, vmx->star);
		wrmsr(MSR_LSTAR, vmx->lstar);
		wrmsr(MSR_CSTAR, vmx->cstar);
		wrmsr(MSR_SFMASK, vmx->sfmask);
		wrmsr(MSR_KERNEL_GS_BASE, vmx->kernel_gs_base);
	}
	if (cpu_has_rdtscp) {
		wrmsr(MSR_TSC_AUX, v->hvm.tsc_aux);
	}
	write_cr2(v->hvm.cr2_shadow);
	if (unlikely((vmread(VMCS_GUEST_DR7) & 0xff) != 0)) {
		vmx_load_drs(v); /* its breakpoints are armed */
	}
}

/* ---- running ------------------------------------------------------------------------------------ */

static void vmx_first_entry(struct vcpu *v)
{
	const char *why = vmcs_check_current();

	v->hvm.vmx->checked = true;
	if (why != NULL) {
		printk(XENLOG_ERR "d%uv%u: the control structure is not valid: %s\n",
			v->domain->domain_id, v->vcpu_id, why);
		vmx_dump(v);
	}
}

/* The processor took no guest: nothing of it has changed. */
static void entry_refused(struct vcpu *v, unsigned int rc)
{
	uint32_t nr = rc == 2 ? (uint32_t)vmread(VMCS_INSN_ERROR) : 0;
	const char *why = rc == 2 ? vmcs_check_current() : "no control structure is current";

	v->hvm.vmx->exit_reason = ~0u;
	local_irq_enable();
	vmx_dump(v);
	domain_crash(v->domain, "the processor refused the control structure (error %u, %s)%s%s",
		nr, vmx_insn_error(nr), why ? ": " : "", why ? why : "");
}

/* An NMI or a machine check ended the guest's run: our handlers see it before anything else does. */
static void take_host_exception(void)
{
	uint32_t info = (uint32_t)vmread(VMCS_EXIT_INTR_INFO);

	if ((info & INTR_INFO_TYPE_MASK) >> INTR_INFO_TYPE_SHIFT == INTR_TYPE_NMI) {
		__asm__ __volatile__("int $2" : : : "memory");
	} else if ((info & (INTR_INFO_VALID | INTR_INFO_VECTOR)) ==
		(INTR_INFO_VALID | X86_EXC_MC)) {
		__asm__ __volatile__("int $18" : : : "memory");
	}
}

static void vmx_run(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	struct cpu_regs *r = &v->hvm.regs;
	unsigned int rc;

	if (unlikely(vmx->vpid_gen != this_cpu(vmx_vpid_gen) ||
		    v->hvm.tlb_gen_seen != READ_ONCE(v->domain->tlb_gen))) {
		vmx_vpid_refresh(v);
	}
	if (unlikely(vmx->tpr != v->hvm.vlapic.tpr) && vmx->vapic != NULL) {
		vmx_update_tpr(v, v->hvm.vlapic.tpr);
	}
	if (likely(r->rip != vmx->rip)) {
		vmwrite(VMCS_GUEST_RIP, r->rip);
	}
	if (unlikely(r->rsp != vmx->rsp)) {
		vmwrite(VMCS_GUEST_RSP, r->rsp);
	}
	if (unlikely(r->rflags != vmx->rflags)) {
		vmwrite(VMCS_GUEST_RFLAGS, r->rflags);
	}
	if (unlikely(!vmx->checked)) {
		vmx_update_cr4_mask(v);
		vmx_first_entry(v);
	}
	if (unlikely(v->hvm.spec_ctrl != 0)) {
		wrmsr(MSR_SPEC_CTRL, v->hvm.spec_ctrl);
		rc = vmx_enter(r, vmx->launched, &vmx->host_rsp);
		wrmsr(MSR_SPEC_CTRL, 0);
	} else {
		rc = vmx_enter(r, vmx->launched, &vmx->host_rsp);
	}
	if (unlikely(rc != 0)) {
		entry_refused(v, rc);
		return;
	}
	vmx->launched = true;
	vmx->shadow_known = false;
	vmx->exit_reason = (uint32_t)vmread(VMCS_EXIT_REASON);
	r->rip = vmx->rip = vmread(VMCS_GUEST_RIP);
	r->rsp = vmx->rsp = vmread(VMCS_GUEST_RSP);
	r->rflags = vmx->rflags = vmread(VMCS_GUEST_RFLAGS);
	if (unlikely(vmx->exit_reason == EXIT_EXCEPTION_NMI)) {
		take_host_exception();
	}
	local_irq_enable();
}

static void vmx_xcr0_changed(struct vcpu *v)
{
	(void)v; /* XSETBV always exits; the value itself is switched by common code */
}

static unsigned int vmx_insn_bytes(struct vcpu *v, const uint8_t **bytes)
{
	(void)v;
	(void)bytes;
	return 0;
}

struct hvm_ops vmx_hvm_ops __ro_after_init = {
	.name = "VT-x",
	.cpu_feature = CPUFEAT_VMX,
	.probe = vmx_probe,
	.cpu_up = vmx_cpu_up,
	.cpu_down = vmx_cpu_down,
	.domain_init = vmx_domain_init,
	.domain_fini = vmx_domain_fini,
	.vcpu_init = vmx_vmcs_create,
	.vcpu_fini = vmx_vmcs_destroy,
	.ctxt_from = vmx_ctxt_from,
	.ctxt_to = vmx_ctxt_to,
	.run = vmx_run,
	.handle_exit = vmx_handle_exit,
	.get_cpu_state = vmx_get_cpu_state,
	.set_cpu_state = vmx_set_cpu_state,
	.get_segment = vmx_get_segment,
	.set_segment = vmx_set_segment,
	.get_cr = vmx_get_cr,
	.set_cr = vmx_set_cr,
	.get_efer = vmx_get_efer,
	.set_efer = vmx_set_efer,
	.get_walk_state = vmx_get_walk_state,
	.get_cpl = vmx_get_cpl,
	.get_mode = vmx_get_mode,
	.get_caller = vmx_get_caller,
	.get_msr = vmx_get_msr,
	.set_msr = vmx_set_msr,
	.set_tsc_offset = vmx_set_tsc_offset,
	.set_msr_intercept = vmx_set_msr_intercept,
	.set_dr_intercept = vmx_set_dr_intercept,
	.xcr0_changed = vmx_xcr0_changed,
	.inject = vmx_inject,
	.injecting = vmx_injecting,
	.interrupt_shadow = vmx_interrupt_shadow,
	.set_interrupt_shadow = vmx_set_interrupt_shadow,
	.set_intr_window = vmx_set_intr_window,
	.set_nmi_window = vmx_set_nmi_window,
	.update_tpr = vmx_update_tpr,
	.insn_bytes = vmx_insn_bytes,
	.invlpg = vmx_invlpg,
	.flush_guest_tlb = vmx_flush_guest_tlb,
	.dump = vmx_dump,
	.hypercall_insn = { 0x0f, 0x01, 0xc1 }, /* VMCALL */
	.p2m_fmt = &p2m_ept_fmt,
};
