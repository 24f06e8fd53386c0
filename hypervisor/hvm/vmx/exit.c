/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One switch over the exit reasons: decode what the processor tells and call the common handler. A
 * handler's result says whether RIP moves. Interrupts are on; the registers are in v->hvm.regs.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/vlapic.h>

#include "vmx_priv.h"

#define VAPIC_TPR    0x80
#define DR6_HIT_BITS 0x600full

/* Exit qualification of accesses to control registers */
#define CRQ_NR(q)    ((unsigned int)(q) & 15)
#define CRQ_TYPE(q)  (((unsigned int)(q) >> 4) & 3)
#define CRQ_GPR(q)   (((unsigned int)(q) >> 8) & 15)
#define CRQ_LMSW(q)  (((unsigned int)(q) >> 16) & 15)
enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/* ... of I/O instructions */
#define IOQ_SIZE(q)       ((uint8_t)(((q) & 7) + 1))
#define IOQ_IN            (1u << 3)
#define IOQ_STRING        (1u << 4)
#define IOQ_REP           (1u << 5)
#define IOQ_PORT(q)       ((uint16_t)((q) >> 16))

/* Instruction information of INS and OUTS */
#define INFO_ADDR_SIZE(i) ((uint8_t)(16u << (((i) >> 7) & 3)))
#define INFO_SEG(i)       ((uint8_t)(((i) >> 15) & 7))

static inline void finish(struct vcpu *v, enum hvm_exit_result result)
{
	if (result == HVM_DONE) {
		hvm_advance_rip(v, (unsigned int)vmread(VMCS_EXIT_INSN_LEN));
	}
}

static uint64_t read_cr(struct vcpu *v, unsigned int nr)
{
	return nr == 8 ? vlapic_get_cr8(v) : vmx_get_cr(v, nr);
}

static enum hvm_exit_result write_cr(struct vcpu *v, unsigned int nr, uint64_t val)
{
	if (vmx_get_mode(v) != 64) {
		val = (uint32_t)val;
	}
	if (nr == 8) {
		if (val > 15) {
			hvm_inject_gp0(v);
			return HVM_FAULT;
		}
		vlapic_set_tpr(v, (uint8_t)(val << 4));
		return HVM_DONE;
	}
	return hvm_handle_cr_write(v, nr, val);
}

static void handle_cr_access(struct vcpu *v)
{
	uint64_t q = vmread(VMCS_EXIT_QUALIFICATION), cr0;
	uint64_t *gpr = cpu_regs_gpr(&v->hvm.regs, CRQ_GPR(q));

	switch (CRQ_TYPE(q)) {
	case CR_MOV_TO:
		finish(v, write_cr(v, CRQ_NR(q), *gpr));
		break;
	case CR_MOV_FROM:
		*gpr = read_cr(v, CRQ_NR(q));
		finish(v, HVM_DONE);
		break;
	case CR_CLTS:
		finish(v, hvm_handle_cr_write(v, 0, vmx_get_cr(v, 0) & ~X86_CR0_TS));
		break;
	default:
		/* LMSW sets PE but cannot clear it. */
		cr0 = (vmx_get_cr(v, 0) & ~(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) | CRQ_LMSW(q);
		finish(v, hvm_handle_cr_write(v, 0, cr0));
		break;
	}
}

static void handle_io(struct vcpu *v)
{
	uint32_t q = (uint32_t)vmread(VMCS_EXIT_QUALIFICATION);
	struct hvm_pio_exit io = {
		.port = IOQ_PORT(q),
		.size = IOQ_SIZE(q),
		.in = (q & IOQ_IN) != 0,
		.string = (q & IOQ_STRING) != 0,
		.rep = (q & IOQ_REP) != 0,
		.seg = 0xff,
	};

	if (unlikely(io.string) && (vmx_caps.basic & VMX_BASIC_INS_OUTS_INFO)) {
		uint32_t info = (uint32_t)vmread(VMCS_EXIT_INSN_INFO);

		io.addr_size = INFO_ADDR_SIZE(info);
		io.seg = io.in ? (uint8_t)HVM_SEG_ES : INFO_SEG(info);
	}
	finish(v, hvm_handle_pio(v, &io));
}

static void handle_ept_violation(struct vcpu *v, uint32_t vectoring)
{
	uint64_t q = vmread(VMCS_EXIT_QUALIFICATION);

	if (unlikely(q & EPTV_NMI_UNBLOCKED) && !(vectoring & INTR_INFO_VALID)) {
		vmx_block_nmi_again(v);
	}
	(void)hvm_handle_npf(
		v, vmread(VMCS_GUEST_PHYS_ADDR), (q & EPTV_WRITE) != 0, (q & EPTV_EXEC) != 0);
}

/* NMIs and machine checks were given to the host already. */
static void handle_exception(struct vcpu *v, uint32_t vectoring)
{
	uint32_t info = (uint32_t)vmread(VMCS_EXIT_INTR_INFO);
	uint8_t vector = (uint8_t)(info & INTR_INFO_VECTOR);
	unsigned int type = (info & INTR_INFO_TYPE_MASK) >> INTR_INFO_TYPE_SHIFT;
	struct hvm_event ev = { .valid = true, .type = HVM_EVENT_EXCEPTION, .vector = vector };

	if (type == INTR_TYPE_NMI || vector == X86_EXC_MC) {
		return;
	}
	if (unlikely(info & INTR_INFO_NMI_UNBLOCKED) && !(vectoring & INTR_INFO_VALID)) {
		vmx_block_nmi_again(v);
	}
	if (type == INTR_TYPE_PRIV_SOFT_EXC || type == INTR_TYPE_SOFT_EXC) {
		/* ICEBP: a trap, behind the instruction, that leaves DR6 alone. */
		v->hvm.regs.rip += vmread(VMCS_EXIT_INSN_LEN);
	} else if (vector == X86_EXC_DB) {
		ev.cr2 = vmread(VMCS_EXIT_QUALIFICATION) & DR6_HIT_BITS;
	}
	if (info & INTR_INFO_ERROR_CODE) {
		ev.has_error_code = true;
		ev.error_code = (uint32_t)vmread(VMCS_EXIT_INTR_ERROR_CODE);
	}
	hvm_inject_event(v, &ev);
}

static void handle_cache_flush(struct vcpu *v)
{
	/* Only who owns devices can have memory that is not coherent. */
	if (is_hardware_domain(v->domain)) {
		wbinvd();
	}
	finish(v, HVM_DONE);
}

static void handle_failed_entry(struct vcpu *v, uint32_t reason)
{
	const char *why = vmcs_check_current();

	vmx_dump(v);
	switch ((uint16_t)reason) {
	case EXIT_BAD_GUEST_STATE:
		domain_crash(v->domain, "the processor refused the guest's state%s%s",
			why ? ": " : "", why ? why : "");
		break;
	case EXIT_BAD_MSR_LOAD:
		domain_crash(v->domain, "the processor could not load the guest's MSR number %lu",
			vmread(VMCS_EXIT_QUALIFICATION));
		break;
	default:
		domain_crash(v->domain,
			"entry to the guest failed with reason %#x (machine check: %s)", reason,
			(uint16_t)reason == EXIT_ENTRY_MACHINE_CHECK ? "yes" : "no");
		break;
	}
}

static void handle_rare(struct vcpu *v, uint32_t reason)
{
	if (reason == ~0u) {
		return;  /* entry_refused() has told all */
	}
	if (reason & EXIT_ENTRY_FAILED) {
		handle_failed_entry(v, reason);
		return;
	}
	switch (reason) {
	case EXIT_GETSEC:
	case EXIT_RSM:
	case EXIT_VMCLEAR ... EXIT_VMXON:
	case EXIT_INVEPT:
	case EXIT_INVVPID:
	case EXIT_VMFUNC:
	case EXIT_MWAIT:
	case EXIT_MONITOR:
		hvm_inject_ud(v);
		break;
	case EXIT_INVLPG:
		vmx_invlpg(v, vmread(VMCS_EXIT_QUALIFICATION));
		finish(v, HVM_DONE);
		break;
	case EXIT_RDPMC:
		hvm_inject_gp0(v);
		break;
	case EXIT_TRIPLE_FAULT:
		hvm_triple_fault(v);
		break;
	case EXIT_TASK_SWITCH:
		domain_crash(v->domain, "hardware task switches are not supported");
		break;
	case EXIT_EPT_MISCONFIG:
		p2m_ept_explain(v->domain, vmread(VMCS_GUEST_PHYS_ADDR));
		domain_crash(v->domain, "the nested page tables are misconfigured for %#lx",
			vmread(VMCS_GUEST_PHYS_ADDR));
		break;
	default:
		vmx_dump(v);
		domain_crash(v->domain, "unexpected exit %u (qualification %lx) at %lx", reason,
			vmread(VMCS_EXIT_QUALIFICATION), v->hvm.regs.rip);
		break;
	}
}

static void take_tpr(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint8_t tpr = vmx->vapic[VAPIC_TPR];

	vlapic_set_tpr(v, tpr);
	vmx_update_tpr(v, tpr);
}

void vmx_handle_exit(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	uint32_t reason = vmx->exit_reason, vectoring;

	v->nr_exits++;
	vectoring = (uint32_t)vmread(VMCS_IDT_VECTORING_INFO);
	if (unlikely(vectoring & INTR_INFO_VALID) && !(reason & EXIT_ENTRY_FAILED)) {
		vmx_requeue_event(v, vectoring);
	}
	if (vmx->vapic != NULL && unlikely(vmx->vapic[VAPIC_TPR] != vmx->tpr)) {
		take_tpr(v);
	}

	switch (reason) {
	case EXIT_EXTINT:
		break;  /* taken by the host when interrupts were switched on */
	case EXIT_INTR_WINDOW:
		vmx_set_intr_window(v, false);
		break;
	case EXIT_NMI_WINDOW:
		vmx_set_nmi_window(v, false);
		v->hvm.nmi_blocked = false;
		break;
	case EXIT_EPT_VIOLATION:
		handle_ept_violation(v, vectoring);
		break;
	case EXIT_VMCALL:
		finish(v, hvm_handle_hypercall(v));
		break;
	case EXIT_RDMSR:
		finish(v, hvm_handle_rdmsr(v));
		break;
	case EXIT_WRMSR:
		finish(v, hvm_handle_wrmsr(v));
		break;
	case EXIT_CPUID:
		finish(v, hvm_handle_cpuid(v));
		break;
	case EXIT_IO:
		handle_io(v);
		break;
	case EXIT_HLT:
		finish(v, hvm_handle_hlt(v));
		break;
	case EXIT_CR_ACCESS:
		handle_cr_access(v);
		break;
	case EXIT_DR_ACCESS:
		vmx_load_drs(v); /* and the instruction runs again */
		break;
	case EXIT_EXCEPTION_NMI:
		handle_exception(v, vectoring);
		break;
	case EXIT_PAUSE:
		/* Not executed again: it would find the same window full on an emulator. */
		finish(v, HVM_DONE);
		vcpu_yield_current();
		break;
	case EXIT_XSETBV:
		finish(v, hvm_handle_xsetbv(v));
		break;
	case EXIT_INVD:
	case EXIT_WBINVD:
		handle_cache_flush(v);
		break;
	case EXIT_PREEMPTION_TIMER:
	case EXIT_TPR_BELOW:
	case EXIT_INIT:
	case EXIT_SIPI:
		break;
	default:
		handle_rare(v, reason);
		break;
	}
}
