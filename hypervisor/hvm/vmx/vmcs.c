/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control structures: making one, which CPU has it, and the host's half of it. The structure of a
 * vCPU stays active on the CPU that ran it last and is cleared there, by an interrupt, when another
 * one wants it (SDM 3C, 25.11.1). What a guest's accesses are intercepted for is decided here, as
 * little as isolation and emulation need.
 */
#include <asm/asm_defs.h>
#include <asm/cr.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/time.h>

#include "vmx_priv.h"

#define PAT_RESET      0x0007040600070406ull
#define DR6_RESET      0xffff0ff0ull
#define DR7_RESET      0x400ull

/*
 * #AC and #DB can be raised again by their own delivery, for ever and without another exit (XSA-156).
 * #MC is the host's business.
 */
#define EXCEPTIONS     ((1u << X86_EXC_DB) | (1u << X86_EXC_AC) | (1u << X86_EXC_MC))

/* Two PAUSEs of one loop are at most this far apart, and a loop of this length spins in vain. */
#define PLE_GAP        128
#define PLE_WINDOW     4096

#define LONGEST_RUN_MS 5

DEFINE_PER_CPU(struct vmx_vcpu *, vmcs_current);

void vmx_access_failed(const char *what, uint32_t field)
{
	static unsigned int said;

	if (said < 10) {
		said++;
		printk(XENLOG_ERR "VT-x: %s the control structure's field %#x failed\n", what,
			field);
	}
}

/* ---- which CPU has it --------------------------------------------------------------------------- */

static void vmclear(uint64_t pa)
{
	__asm__ goto volatile("vmclear %0; jbe %l[failed]" : : "m"(pa) : "cc", "memory" : failed);
	return;
failed:
	vmx_access_failed("clearing", 0);
}

static void vmptrld(uint64_t pa)
{
	__asm__ goto volatile("vmptrld %0; jbe %l[failed]" : : "m"(pa) : "cc", "memory" : failed);
	return;
failed:
	vmx_access_failed("loading", 0);
}

/* On the CPU that has it, interrupts off. */
static void clear_here(void *arg)
{
	struct vmx_vcpu *vmx = arg;

	if (vmx->cpu != smp_processor_id()) {
		return;
	}
	vmclear(vmx->vmcs_pa);
	if (this_cpu(vmcs_current) == vmx) {
		this_cpu(vmcs_current) = NULL;
	}
	vmx->launched = false;
	smp_mb();
	WRITE_ONCE(vmx->cpu, VMX_NO_CPU);
}

/* Nowhere active any more, and all of it is in memory. */
static void vmcs_release(struct vmx_vcpu *vmx)
{
	unsigned int cpu = READ_ONCE(vmx->cpu);
	unsigned long flags;
	cpumask_t mask;

	if (cpu == VMX_NO_CPU) {
		return;
	}
	if (cpu == smp_processor_id()) {
		flags = local_irq_save();
		clear_here(vmx);
		local_irq_restore(flags);
		return;
	}
	mask = cpumask_of_cpu(cpu);
	on_selected_cpus(&mask, clear_here, vmx, true);
}

static uint64_t tss_base(const struct desc_ptr *gdt)
{
	const uint64_t *d = (const uint64_t *)(uintptr_t)(gdt->base + HV_TSS);

	return ((d[0] >> 16) & 0xffffff) | ((d[0] >> 56) << 24) | (d[1] << 32);
}

/* What an exit on this CPU loads. */
static void write_host_state(void)
{
	struct desc_ptr gdt, idt;

	__asm__ __volatile__("sgdt %0" : "=m"(gdt));
	__asm__ __volatile__("sidt %0" : "=m"(idt));
	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
	vmwrite(VMCS_HOST_CS_SEL, HV_CS);
	vmwrite(VMCS_HOST_SS_SEL, HV_DS);
	vmwrite(VMCS_HOST_DS_SEL, HV_DS);
	vmwrite(VMCS_HOST_ES_SEL, HV_DS);
	vmwrite(VMCS_HOST_FS_SEL, 0);
	vmwrite(VMCS_HOST_GS_SEL, 0);
	vmwrite(VMCS_HOST_TR_SEL, HV_TSS);
	vmwrite(VMCS_HOST_FS_BASE, 0);
	vmwrite(VMCS_HOST_GS_BASE, rdmsr(MSR_GS_BASE));
	vmwrite(VMCS_HOST_TR_BASE, tss_base(&gdt));
	vmwrite(VMCS_HOST_GDTR_BASE, gdt.base);
	vmwrite(VMCS_HOST_IDTR_BASE, idt.base);
	vmwrite(VMCS_HOST_RIP, (uint64_t)(uintptr_t)vmx_exit_point);
	vmwrite(VMCS_HOST_EFER, rdmsr(MSR_EFER));
	vmwrite(VMCS_HOST_PAT, rdmsr(MSR_PAT));
	vmwrite(VMCS_HOST_SYSENTER_CS, 0);
	vmwrite(VMCS_HOST_SYSENTER_ESP, 0);
	vmwrite(VMCS_HOST_SYSENTER_EIP, 0);
}

void vmx_vmcs_load(struct vmx_vcpu *vmx)
{
	unsigned int cpu = smp_processor_id();
	unsigned long flags;

	if (this_cpu(vmcs_current) == vmx) {
		return;
	}
	if (READ_ONCE(vmx->cpu) != cpu) {
		vmcs_release(vmx);
	}
	/* Together: an interrupt in between may ask for this structure. */
	flags = local_irq_save();
	vmptrld(vmx->vmcs_pa);
	this_cpu(vmcs_current) = vmx;
	WRITE_ONCE(vmx->cpu, cpu);
	local_irq_restore(flags);
	if (vmx->host_cpu != cpu) {
		vmx->host_cpu = cpu;
		vmx->host_rsp = 0;
		write_host_state();
	}
}

void vmx_open_slow(struct vcpu *v)
{
	vmx_vmcs_load(v->hvm.vmx);
}

void vmx_close_slow(void)
{
	struct vcpu *v = current;

	/* Whoever runs next makes its own current; the vCPU that called goes on at once. */
	if (!v->is_idle && v->hvm.vmx != NULL && v->hvm.vmx->loaded) {
		vmx_vmcs_load(v->hvm.vmx);
	}
}

/* ---- making one --------------------------------------------------------------------------------- */

void vmx_set_proc_controls(struct vcpu *v, uint32_t bits, bool on)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint32_t proc = on ? vmx->proc | bits : vmx->proc & ~bits;
	bool opened;

	if (proc == vmx->proc) {
		return;
	}
	vmx->proc = proc;
	opened = vmx_open(v);
	vmwrite(VMCS_PROC_CONTROLS, proc);
	vmx_close(opened);
}

/*
 * Each entry loads the timer anew, so a guest is never away for longer. On a processor that is a margin for
 * mistakes; on Bochs 3.0 it is needed: external interrupts do not end the run of a guest that was
 * entered with RFLAGS.IF clear until it executes STI, CLI or POPF.
 */
static uint32_t preemption_timer(void)
{
	uint64_t ticks = ((uint64_t)time_scale.tsc_khz * LONGEST_RUN_MS) >>
		VMX_MISC_TIMER_SHIFT(vmx_caps.misc);

	return (uint32_t)MIN(ticks, (uint64_t)UINT32_MAX);
}

static void write_controls(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint64_t iobm = virt_to_maddr(v->domain->hvm.io_bitmap);

	vmwrite(VMCS_PIN_CONTROLS, vmx->pin);
	vmwrite(VMCS_PROC_CONTROLS, vmx->proc);
	vmwrite(VMCS_PROC2_CONTROLS, vmx->proc2);
	vmwrite(VMCS_EXIT_CONTROLS, vmx_caps.exit);
	vmwrite(VMCS_ENTRY_CONTROLS, vmx->entry);
	vmwrite(VMCS_EXCEPTION_BITMAP, EXCEPTIONS);
	vmwrite(VMCS_PF_ERROR_MASK, 0);
	vmwrite(VMCS_PF_ERROR_MATCH, 0);
	vmwrite(VMCS_CR3_TARGET_COUNT, 0);
	vmwrite(VMCS_EXIT_MSR_STORE_COUNT, 0);
	vmwrite(VMCS_EXIT_MSR_LOAD_COUNT, 0);
	vmwrite(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	vmwrite(VMCS_ENTRY_INTR_INFO, 0);
	vmwrite(VMCS_IO_BITMAP_A, iobm);
	vmwrite(VMCS_IO_BITMAP_B, iobm + PAGE_SIZE);
	vmwrite(VMCS_MSR_BITMAP, vmx_msrpm_default_pa());
	vmwrite(VMCS_TSC_OFFSET, v->hvm.tsc_offset);
	vmwrite(VMCS_EPTP, mfn_to_maddr(v->domain->p2m.root) | EPTP_WB | EPTP_4_LEVELS);
	if (vmx->vapic != NULL) {
		vmwrite(VMCS_VIRTUAL_APIC_ADDR, virt_to_maddr(vmx->vapic));
		vmwrite(VMCS_TPR_THRESHOLD, 0);
	}
	if (vmx->proc2 & PROC2_PLE) {
		vmwrite(VMCS_PLE_GAP, PLE_GAP);
		vmwrite(VMCS_PLE_WINDOW, PLE_WINDOW);
	}
	if (vmx->pin & PIN_PREEMPTION_TIMER) {
		vmwrite(VMCS_PREEMPTION_TIMER, preemption_timer());
	}
	if (vmx->proc2 & PROC2_XSAVES) {
		vmwrite(VMCS_XSS_EXIT_BITMAP, 0);
	}
}

static void write_guest_defaults(void)
{
	vmwrite(VMCS_LINK_POINTER, ~0ull);
	vmwrite(VMCS_GUEST_DEBUGCTL, 0);
	vmwrite(VMCS_GUEST_PAT, PAT_RESET);
	vmwrite(VMCS_GUEST_EFER, 0);
	vmwrite(VMCS_GUEST_DR7, DR7_RESET);
	vmwrite(VMCS_GUEST_ACTIVITY, 0);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite(VMCS_GUEST_SYSENTER_CS, 0);
	vmwrite(VMCS_GUEST_SYSENTER_ESP, 0);
	vmwrite(VMCS_GUEST_SYSENTER_EIP, 0);
	vmwrite(VMCS_GUEST_CR3, 0);
	vmwrite(VMCS_GUEST_RIP, 0);
	vmwrite(VMCS_GUEST_RSP, 0);
	vmwrite(VMCS_GUEST_RFLAGS, X86_EFLAGS_MBS);
	for (unsigned int i = 0; i < 4; i++) {
		vmwrite(VMCS_GUEST_PDPTE0 + 2 * i, 0);
	}
	vmwrite(VMCS_CR0_MASK, ~(X86_CR0_TS | X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | X86_CR0_AM));
	vmwrite(VMCS_CR4_MASK, ~0ull);
	vmwrite(VMCS_CR0_SHADOW, 0);
	vmwrite(VMCS_CR4_SHADOW, 0);
}

int vmx_vmcs_create(struct vcpu *v)
{
	struct vmx_vcpu *vmx = xzalloc(struct vmx_vcpu);
	bool opened;

	if (vmx == NULL) {
		return -ENOMEM;
	}
	vmx->vmcs = alloc_hv_pages(0);
	vmx->vapic = vmx_has_tpr_shadow() ? alloc_hv_pages(0) : NULL;
	if (vmx->vmcs == NULL || (vmx_has_tpr_shadow() && vmx->vapic == NULL)) {
		free_hv_pages(vmx->vmcs, 0);
		free_hv_pages(vmx->vapic, 0);
		xfree(vmx);
		return -ENOMEM;
	}
	*(uint32_t *)vmx->vmcs = (uint32_t)vmx_caps.basic & 0x7fffffffu;
	vmx->vmcs_pa = virt_to_maddr(vmx->vmcs);
	vmx->cpu = vmx->host_cpu = vmx->msr_cpu = vmx->ept_cpu = VMX_NO_CPU;
	vmx->dr6 = DR6_RESET;
	vmx->pin = vmx_caps.pin;
	vmx->proc = vmx_caps.proc;
	vmx->proc2 = vmx_caps.proc2;
	vmx->entry = vmx_caps.entry;
	vmx->rflags = X86_EFLAGS_MBS;
	v->hvm.vmx = vmx;
	v->hvm.pat = PAT_RESET;

	vmclear(vmx->vmcs_pa);
	opened = vmx_open(v);
	write_controls(v);
	write_guest_defaults();
	vmx_close(opened);
	return 0;
}

void vmx_vmcs_destroy(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;

	if (vmx == NULL) {
		return;
	}
	vmcs_release(vmx);
	vmx_msrpm_destroy(v);
	free_hv_pages(vmx->vapic, 0);
	free_hv_pages(vmx->vmcs, 0);
	xfree(vmx);
	v->hvm.vmx = NULL;
}

/* ---- check -------------------------------------------------------------------------------------- */

static uint64_t read_current(const void *arg, uint32_t field)
{
	(void)arg;
	return vmread(field);
}

const char *vmcs_check_current(void)
{
	const char *why = vmcs_check_controls(&vmx_caps, read_current, NULL);

	if (why == NULL) {
		why = vmcs_check_host(&vmx_caps, read_current, NULL);
	}
	return why != NULL ? why : vmcs_check_guest(&vmx_caps, read_current, NULL);
}
