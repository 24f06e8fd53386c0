/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-V: detection, switching it on for each CPU, the way into the guest, and the table of hooks that
 * common code calls. Host state that VMRUN does not keep (FS, GS, TR, LDTR) is in one block a CPU.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>

#include "svm_priv.h"

bool svm_has_nrips __ro_after_init;
bool svm_has_decode_assists __ro_after_init;
bool svm_has_pause_filter __ro_after_init;
bool svm_has_lbrv __ro_after_init;
uint32_t svm_clean_mask __ro_after_init;

static DEFINE_PER_CPU(uint64_t, host_vmcb_pa);
static DEFINE_PER_CPU(uint64_t, hsave_pa);

extern const struct p2m_fmt p2m_npt_fmt;

static const char *svm_probe(void)
{
	uint32_t f = boot_cpu_info.svm_features;
	uint64_t vm_cr;

	if (!cpu_has_svm) {
		return "this processor has no AMD-V (SVM)";
	}
	if (rdmsr_safe(MSR_VM_CR, &vm_cr) == 0 && (vm_cr & VM_CR_SVMDIS) &&
		((f & SVM_FEATURE_SVML) == 0 || (vm_cr & VM_CR_LOCK))) {
		return "AMD-V is switched off in the firmware; switch on \"SVM\" or \"virtualization\" "
		       "in the firmware's set-up";
	}
	if (!(f & SVM_FEATURE_NPT)) {
		return "this processor's AMD-V has no nested paging (NPT)";
	}
	if (boot_cpu_info.svm_nasid < 2) {
		return "this processor's AMD-V reports no address-space ids";
	}
	svm_has_nrips = (f & SVM_FEATURE_NRIPS) != 0;
	svm_has_decode_assists = svm_has_nrips && (f & SVM_FEATURE_DECODEASSISTS);
	svm_has_pause_filter = (f & SVM_FEATURE_PAUSEFILTER) != 0;
	svm_has_lbrv = (f & SVM_FEATURE_LBRV) != 0;
	svm_clean_mask = (f & SVM_FEATURE_VMCBCLEAN) ? VMCB_CLEAN_ALL : 0;
	svm_hvm_ops.has_2m_pages = true;
	svm_hvm_ops.has_1g_pages = cpu_has_page1gb;
	if (svm_msrpm_init() != 0) {
		return "there is not enough memory";
	}
	printk(XENLOG_INFO "AMD-V: %u ASIDs, nested paging%s%s%s%s%s\n", boot_cpu_info.svm_nasid,
		svm_has_nrips ? ", next RIP" : "", svm_has_decode_assists ? ", decode assists" : "",
		svm_has_pause_filter ? ", pause filter" : "", svm_clean_mask ? ", clean bits" : "",
		svm_hvm_ops.has_1g_pages ? ", 1 GiB pages" : "");
	return NULL;
}

static int svm_cpu_up(unsigned int cpu)
{
	uint64_t vm_cr;

	if (per_cpu(host_vmcb_pa, cpu) == 0) {
		void *host = alloc_hv_pages(0), *hsave = alloc_hv_pages(0);

		if (host == NULL || hsave == NULL) {
			free_hv_pages(host, 0);
			free_hv_pages(hsave, 0);
			return -ENOMEM;
		}
		per_cpu(host_vmcb_pa, cpu) = virt_to_maddr(host);
		per_cpu(hsave_pa, cpu) = virt_to_maddr(hsave);
	}
	if (rdmsr_safe(MSR_VM_CR, &vm_cr) == 0 && (vm_cr & VM_CR_SVMDIS) &&
		(vm_cr & VM_CR_LOCK) == 0 && wrmsr_safe(MSR_VM_CR, vm_cr & ~VM_CR_SVMDIS) != 0) {
		return -ENODEV;
	}
	if (wrmsr_safe(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME) != 0) {
		return -ENODEV;
	}
	wrmsr(MSR_VM_HSAVE_PA, this_cpu(hsave_pa));
	__asm__ __volatile__("vmsave %%rax" : : "a"(this_cpu(host_vmcb_pa)) : "memory");
	svm_asid_cpu_init(boot_cpu_info.svm_nasid);
	return 0;
}

static void svm_cpu_down(void)
{
	wrmsr(MSR_VM_HSAVE_PA, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SVME);
}

static int svm_domain_init(struct domain *d)
{
	(void)d;
	return 0;
}

static void svm_domain_fini(struct domain *d)
{
	(void)d;
}

static void svm_ctxt_from(struct vcpu *v)
{
	if (unlikely(v->hvm.dr_loaded)) {
		v->hvm.dr[0] = read_dr0();
		v->hvm.dr[1] = read_dr1();
		v->hvm.dr[2] = read_dr2();
		v->hvm.dr[3] = read_dr3();
		v->hvm.dr_loaded = false;
		svm_set_dr_intercept(v, true);
	}
}

static void svm_ctxt_to(struct vcpu *v)
{
	if (unlikely((svm_vmcb(v)->dr7 & 0xff) != 0)) {
		svm_load_drs(v); /* its breakpoints are armed */
	}
	if (cpu_has_rdtscp) {
		wrmsr(MSR_TSC_AUX, v->hvm.tsc_aux);
	}
}

static void svm_first_entry(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;
	const char *why = vmcb_check(svm->vmcb, boot_cpu_info.phys_bits);

	svm->checked = true;
	if (why != NULL) {
		printk(XENLOG_ERR "d%uv%u: the control block is not valid: %s\n",
			v->domain->domain_id, v->vcpu_id, why);
		svm_dump(v);
	}
}

static void svm_run(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;
	struct vmcb *c = svm->vmcb;
	struct cpu_regs *r = &v->hvm.regs;

	if (unlikely(svm->asid_gen != this_cpu(svm_asid_gen) ||
		    v->hvm.tlb_gen_seen != READ_ONCE(v->domain->tlb_gen))) {
		svm_asid_refresh(v);
	}
	if (unlikely((v->hvm.vlapic.tpr >> 4) != (c->int_ctl & V_TPR_MASK))) {
		svm_update_tpr(v, v->hvm.vlapic.tpr);
	}
	c->rip = r->rip;
	c->rsp = r->rsp;
	c->rflags = r->rflags;
	c->rax = r->rax;
	if (unlikely(!svm->checked)) {
		svm_first_entry(v);
	}
	if (unlikely(v->hvm.spec_ctrl != 0)) {
		wrmsr(MSR_SPEC_CTRL, v->hvm.spec_ctrl);
		svm_enter(svm->vmcb_pa, r, this_cpu(host_vmcb_pa));
		wrmsr(MSR_SPEC_CTRL, 0);
	} else {
		svm_enter(svm->vmcb_pa, r, this_cpu(host_vmcb_pa));
	}
	r->rip = c->rip;
	r->rsp = c->rsp;
	r->rflags = c->rflags;
	r->rax = c->rax;
	c->eventinj = 0;
	c->tlb_control = 0;
	c->clean = svm_clean_mask;
}

static void svm_xcr0_changed(struct vcpu *v)
{
	(void)v; /* XSETBV is intercepted; the value itself is switched by common code */
}

static unsigned int svm_insn_bytes(struct vcpu *v, const uint8_t **bytes)
{
	const struct vmcb *c = svm_vmcb(v);

	if (!svm_has_decode_assists || c->exitcode != VMEXIT_NPF) {
		return 0;
	}
	*bytes = c->insn_bytes;
	return c->insn_len <= sizeof(c->insn_bytes) ? c->insn_len : 0;
}

struct hvm_ops svm_hvm_ops __ro_after_init = {
	.name = "AMD-V",
	.cpu_feature = CPUFEAT_SVM,
	.probe = svm_probe,
	.cpu_up = svm_cpu_up,
	.cpu_down = svm_cpu_down,
	.domain_init = svm_domain_init,
	.domain_fini = svm_domain_fini,
	.vcpu_init = svm_vmcb_create,
	.vcpu_fini = svm_vmcb_destroy,
	.ctxt_from = svm_ctxt_from,
	.ctxt_to = svm_ctxt_to,
	.run = svm_run,
	.handle_exit = svm_handle_exit,
	.get_cpu_state = svm_get_cpu_state,
	.set_cpu_state = svm_set_cpu_state,
	.get_segment = svm_get_segment,
	.set_segment = svm_set_segment,
	.get_cr = svm_get_cr,
	.set_cr = svm_set_cr,
	.get_efer = svm_get_efer,
	.set_efer = svm_set_efer,
	.get_walk_state = svm_get_walk_state,
	.get_cpl = svm_get_cpl,
	.get_mode = svm_get_mode,
	.get_caller = svm_get_caller,
	.get_msr = svm_get_msr,
	.set_msr = svm_set_msr,
	.set_tsc_offset = svm_set_tsc_offset,
	.set_msr_intercept = svm_set_msr_intercept,
	.set_dr_intercept = svm_set_dr_intercept,
	.xcr0_changed = svm_xcr0_changed,
	.inject = svm_inject,
	.injecting = svm_injecting,
	.interrupt_shadow = svm_interrupt_shadow,
	.set_interrupt_shadow = svm_set_interrupt_shadow,
	.set_intr_window = svm_set_intr_window,
	.set_nmi_window = svm_set_nmi_window,
	.update_tpr = svm_update_tpr,
	.insn_bytes = svm_insn_bytes,
	.invlpg = svm_invlpg,
	.flush_guest_tlb = svm_flush_guest_tlb,
	.dump = svm_dump,
	.hypercall_insn = { 0x0f, 0x01, 0xd9 },  /* VMMCALL */
	.p2m_fmt = &p2m_npt_fmt,
};
