/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One switch over the exit codes: decode what the processor tells and call the common handler. A
 * handler's result says whether RIP moves. Interrupts are on; the registers are in v->hvm.regs.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/vlapic.h>

#include "svm_priv.h"

#define CR_INSN_IS_MOV (1ull << 63)

static noinline unsigned int insn_len_decode(struct vcpu *v, enum hvm_insn insn)
{
	unsigned int len = hvm_insn_len(v, insn);

	if (unlikely(len == 0)) {
		hvm_inject_ud(v);
	}
	return len;
}

/* Length of the intercepted instruction; 0: it is not there any more (#UD has been queued). */
static inline unsigned int insn_len(struct vcpu *v, enum hvm_insn insn)
{
	if (likely(svm_has_nrips)) {
		unsigned int len = (unsigned int)(svm_vmcb(v)->nrip - v->hvm.regs.rip);

		if (likely(len - 1 < 15)) {
			return len;
		}
	}
	return insn_len_decode(v, insn);
}

/* hvm_advance_rip() where its rare cases need no more than one test. */
static inline void advance(struct vcpu *v, unsigned int len)
{
	uint64_t rip = v->hvm.regs.rip + len;

	if (unlikely((rip ^ v->hvm.regs.rip) >> 32 | (v->hvm.regs.rflags & X86_EFLAGS_TF) |
		    (svm_vmcb(v)->int_state & 1))) {
		hvm_advance_rip(v, len);
		return;
	}
	v->hvm.regs.rip = rip;
}

static inline void finish(struct vcpu *v, enum hvm_exit_result result, unsigned int len)
{
	if (likely(result == HVM_DONE)) {
		advance(v, len);
	}
}

void svm_load_drs(struct vcpu *v)
{
	write_dr0(v->hvm.dr[0]);
	write_dr1(v->hvm.dr[1]);
	write_dr2(v->hvm.dr[2]);
	write_dr3(v->hvm.dr[3]);
	v->hvm.dr_loaded = true;
	svm_set_dr_intercept(v, false);
}

static uint64_t read_cr(struct vcpu *v, unsigned int nr)
{
	return nr == 8 ? vlapic_get_cr8(v) : svm_get_cr(v, nr);
}

static enum hvm_exit_result write_cr(struct vcpu *v, unsigned int nr, uint64_t val)
{
	if (svm_get_mode(v) != 64) {
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

/* MOV to or from a control register, CLTS, LMSW. */
static noinline void handle_cr_access(struct vcpu *v, unsigned int nr, bool write)
{
	struct vmcb *c = svm_vmcb(v);
	struct hvm_crdr_insn insn;
	uint64_t *gpr, cr0;

	if (svm_has_decode_assists && (c->exitinfo1 & CR_INSN_IS_MOV) && write) {
		gpr = cpu_regs_gpr(&v->hvm.regs, c->exitinfo1 & 15);
		finish(v, write_cr(v, nr, *gpr), (unsigned int)(c->nrip - v->hvm.regs.rip));
		return;
	}
	if (c->exitcode == VMEXIT_CR0_SEL_WRITE) {
		/* Bochs has changed EFER.LMA before it looks at this intercept. */
		c->efer &= ~EFER_LMA;
		c->efer |= (c->efer & EFER_LME) && (c->cr0 & X86_CR0_PG) ? EFER_LMA : 0;
	}
	if (!hvm_decode_crdr(v, &insn)) {
		return;
	}
	if (insn.is_dr) {
		hvm_inject_ud(v);
		return;
	}
	cr0 = c->cr0;
	if (insn.is_clts) {
		finish(v, hvm_handle_cr_write(v, 0, cr0 & ~X86_CR0_TS), insn.len);
	} else if (insn.is_lmsw) {
		/* LMSW sets PE but cannot clear it. */
		cr0 = (cr0 & ~(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) | (insn.lmsw_val & 0xf);
		finish(v, hvm_handle_cr_write(v, 0, cr0), insn.len);
	} else {
		gpr = cpu_regs_gpr(&v->hvm.regs, insn.gpr);
		if (insn.to_reg) {
			*gpr = read_cr(v, insn.nr);
			hvm_advance_rip(v, insn.len);
		} else {
			finish(v, write_cr(v, insn.nr, *gpr), insn.len);
		}
	}
}

static noinline void handle_ioio(struct vcpu *v)
{
	struct vmcb *c = svm_vmcb(v);
	uint32_t info = (uint32_t)c->exitinfo1;
	struct hvm_pio_exit io = {
		.port = IOIO_PORT(info),
		.size = IOIO_SIZE(info),
		.in = (info & IOIO_IN) != 0,
		.string = (info & IOIO_STRING) != 0,
		.rep = (info & IOIO_REP) != 0,
		.addr_size = (uint8_t)(IOIO_ADDR_SIZE(info) * 16),
		.seg = svm_has_decode_assists ? (uint8_t)IOIO_SEG(info) : 0xff,
	};

	finish(v, hvm_handle_pio(v, &io), (unsigned int)(c->exitinfo2 - v->hvm.regs.rip));
}

static void handle_db(struct vcpu *v)
{
	if (svm_end_nmi_step(v)) {
		return;
	}
	if ((v->hvm.regs.rflags & X86_EFLAGS_TF) && !(svm_vmcb(v)->dr6 & DR6_HIT_BITS)) {
		/* Bochs does not write DR6 when #DB is intercepted. */
		hvm_inject_single_step(v);
	} else {
		hvm_inject_exception(v, X86_EXC_DB, -1);
	}
}

static noinline void handle_cache_flush(struct vcpu *v, enum hvm_insn insn)
{
	unsigned int len = 0;

	if (!svm_has_nrips && insn == HVM_INSN_WBINVD) {
		len = hvm_insn_len(v, HVM_INSN_INVD); /* QEMU reports INVD so too */
	}
	if (len == 0) {
		len = insn_len(v, insn);
	}
	if (len != 0) {
		/* Only who owns devices can have memory that is not coherent. */
		if (is_hardware_domain(v->domain)) {
			wbinvd();
		}
		hvm_advance_rip(v, len);
	}
}

static noinline void handle_rare(struct vcpu *v, uint64_t code)
{
	struct vmcb *c = svm_vmcb(v);

	if ((uint32_t)code == VMEXIT_INVALID) {
		const char *why = vmcb_check(c, boot_cpu_info.phys_bits);

		/* On QEMU also after a guest's MOV of reserved bits to CR3. */
		svm_dump(v);
		domain_crash(v->domain, "the processor refused the guest's state%s%s",
			why ? ": " : "", why ? why : "");
		return;
	}
	if (code <= VMEXIT_CR15_READ) {
		handle_cr_access(v, (unsigned int)code, false);
	} else if (code <= VMEXIT_CR15_WRITE) {
		handle_cr_access(v, (unsigned int)code - VMEXIT_CR0_WRITE, true);
	} else if (code <= VMEXIT_DR15_WRITE) {
		svm_load_drs(v);  /* and the instruction runs again */
	} else {
		svm_dump(v);
		domain_crash(v->domain, "unexpected exit %#lx at %lx", code, v->hvm.regs.rip);
	}
}

void svm_handle_exit(struct vcpu *v)
{
	struct vmcb *c = svm_vmcb(v);
	uint64_t code = c->exitcode;
	unsigned int len;

	v->nr_exits++;
	if (unlikely(c->exitintinfo & VMCB_EVENT_V)) {
		svm_requeue_event(v);
	}
	if (unlikely((c->int_ctl & V_TPR_MASK) != (v->hvm.vlapic.tpr >> 4))) {
		vlapic_set_tpr(v, (uint8_t)(c->int_ctl << 4));
		svm_update_tpr(v, v->hvm.vlapic.tpr);
	}

	switch (code) {
	case VMEXIT_INTR:
	case VMEXIT_NMI:
	case VMEXIT_SMI:
	case VMEXIT_INIT:
		break;  /* taken by the host when GIF was set */
	case VMEXIT_VINTR:
		svm_set_intr_window(v, false);
		break;
	case VMEXIT_NPF:
		(void)hvm_handle_npf(v, c->exitinfo2, (c->exitinfo1 & NPF_WRITE) != 0,
			(c->exitinfo1 & NPF_EXEC) != 0);
		break;
	case VMEXIT_VMMCALL:
		if ((len = insn_len(v, HVM_INSN_VMMCALL)) != 0) {
			finish(v, hvm_handle_hypercall(v), len);
		}
		break;
	case VMEXIT_MSR:
		if (c->exitinfo1 & 1) {
			if ((len = insn_len(v, HVM_INSN_WRMSR)) != 0) {
				finish(v, hvm_handle_wrmsr(v), len);
			}
		} else if ((len = insn_len(v, HVM_INSN_RDMSR)) != 0) {
			finish(v, hvm_handle_rdmsr(v), len);
		}
		break;
	case VMEXIT_CPUID:
		if ((len = insn_len(v, HVM_INSN_CPUID)) != 0) {
			finish(v, hvm_handle_cpuid(v), len);
		}
		break;
	case VMEXIT_IOIO:
		handle_ioio(v);
		break;
	case VMEXIT_HLT:
		if ((len = insn_len(v, HVM_INSN_HLT)) != 0) {
			finish(v, hvm_handle_hlt(v), len);
		}
		break;
	case VMEXIT_PAUSE:
		vcpu_yield_current(); /* it runs again with a new count */
		break;
	case VMEXIT_CR0_SEL_WRITE:
		handle_cr_access(v, 0, true);
		break;
	case VMEXIT_IRET:
		svm_handle_iret(v);
		break;
	case VMEXIT_XSETBV:
		if ((len = insn_len(v, HVM_INSN_XSETBV)) != 0) {
			finish(v, hvm_handle_xsetbv(v), len);
		}
		break;
	case VMEXIT_INVD:
		handle_cache_flush(v, HVM_INSN_INVD);
		break;
	case VMEXIT_WBINVD:
		handle_cache_flush(v, HVM_INSN_WBINVD);
		break;
	case VMEXIT_RDPMC:
		hvm_inject_gp0(v);
		break;
	case VMEXIT_MONITOR:
	case VMEXIT_MWAIT:
	case VMEXIT_MWAIT_ARMED:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD:
	case VMEXIT_VMSAVE:
	case VMEXIT_STGI:
	case VMEXIT_CLGI:
	case VMEXIT_SKINIT:
	case VMEXIT_INVLPGA:
	case VMEXIT_RDPRU:
		hvm_inject_ud(v);
		break;
	case VMEXIT_EXCEPTION_DB:
		handle_db(v);
		break;
	case VMEXIT_EXCEPTION_AC:
		hvm_inject_exception(v, X86_EXC_AC, 0);
		break;
	case VMEXIT_EXCEPTION_MC:
		__asm__ __volatile__("int $18"); /* our own handler judges it */
		break;
	case VMEXIT_FERR_FREEZE:
		break;
	case VMEXIT_SHUTDOWN:
		hvm_triple_fault(v);
		break;
	case VMEXIT_TASK_SWITCH:
		domain_crash(v->domain, "hardware task switches are not supported");
		break;
	default:
		handle_rare(v, code);
		break;
	}
}
