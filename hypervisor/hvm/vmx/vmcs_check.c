/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that an entry checks (SDM 3C, 27.2 and 27.3), one sentence each, so that a mistake of ours is
 * named before, or after, the processor answers it with a bare number. Fields come through a reader:
 * pure functions, host-testable.
 */
#include <asm/cr.h>
#include <hv/lib.h>

#include "vmx_priv.h"

#define RD(field)       rd(arg, (field))
#define RD32(field)     ((uint32_t)rd(arg, (field)))

#define EFER_KNOWN      (EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)
#define DEBUGCTL_KNOWN  0xffc3ull
#define RFLAGS_RESERVED 0xffffffffffc08028ull

static bool controls_allowed(uint32_t val, uint64_t allowed)
{
	return ((uint32_t)allowed & ~val) == 0 && (val & ~(uint32_t)(allowed >> 32)) == 0;
}

static bool is_canonical(const struct vmx_caps *caps, uint64_t va)
{
	unsigned int unused = 64 - (caps->virt_bits != 0 ? caps->virt_bits : 48);

	return (uint64_t)((int64_t)(va << unused) >> unused) == va;
}

static bool is_page(const struct vmx_caps *caps, uint64_t pa)
{
	return (pa & 0xfff) == 0 && pa >> caps->phys_bits == 0;
}

static bool pat_is_legal(uint64_t pat)
{
	for (unsigned int i = 0; i < 8; i++, pat >>= 8) {
		uint8_t type = (uint8_t)pat;

		if (type > 7 || type == 2 || type == 3) {
			return false;
		}
	}
	return true;
}

/* ---- controls ----------------------------------------------------------------------------------- */

static const char *check_event(vmcs_reader rd, const void *arg)
{
	static const uint32_t with_error_code = (1u << X86_EXC_DF) | (1u << X86_EXC_TS) |
		(1u << X86_EXC_NP) | (1u << X86_EXC_SS) | (1u << X86_EXC_GP) | (1u << X86_EXC_PF) |
		(1u << X86_EXC_AC);
	uint32_t info = RD32(VMCS_ENTRY_INTR_INFO);
	unsigned int type = (info & INTR_INFO_TYPE_MASK) >> INTR_INFO_TYPE_SHIFT;
	unsigned int vector = info & INTR_INFO_VECTOR;
	bool pushes;

	if (!(info & INTR_INFO_VALID)) {
		return NULL;
	}
	if (type == 1 || type == INTR_TYPE_OTHER) {
		return "injected event of a reserved type";
	}
	if (info & 0x7ffff000u) {
		return "injected event: reserved bits";
	}
	if (type == INTR_TYPE_NMI && vector != X86_EXC_NMI) {
		return "injected NMI with another vector than 2";
	}
	if (type == INTR_TYPE_EXCEPTION && vector > 31) {
		return "injected exception with a vector that is none";
	}
	pushes = type == INTR_TYPE_EXCEPTION && ((with_error_code >> (vector & 31)) & 1) &&
		(RD(VMCS_GUEST_CR0) & X86_CR0_PE);
	if (((info & INTR_INFO_ERROR_CODE) != 0) != pushes) {
		return pushes ? "injected exception without the error code that it has" :
				"injected event with an error code that it does not have";
	}
	if (pushes && RD32(VMCS_ENTRY_ERROR_CODE) >> 16) {
		return "injected error code with bits above 15";
	}
	if (type >= INTR_TYPE_SOFTINT && type <= INTR_TYPE_SOFT_EXC &&
		(RD32(VMCS_ENTRY_INSN_LEN) == 0 || RD32(VMCS_ENTRY_INSN_LEN) > 15)) {
		return "injected software event without an instruction length";
	}
	return NULL;
}

static const char *check_apic(const struct vmx_caps *caps, uint32_t pin, uint32_t proc,
	uint32_t proc2, vmcs_reader rd, const void *arg)
{
	if (proc & PROC_TPR_SHADOW) {
		if (!is_page(caps, RD(VMCS_VIRTUAL_APIC_ADDR))) {
			return "virtual-APIC address";
		}
		if (!(proc2 & PROC2_VIRTUAL_INTR) && (RD32(VMCS_TPR_THRESHOLD) >> 4) != 0) {
			return "TPR threshold above 15";
		}
	} else if (proc2 & (PROC2_X2APIC | PROC2_APIC_REGS | PROC2_VIRTUAL_INTR)) {
		return "APIC virtualization without TPR shadow";
	}
	if ((proc2 & PROC2_APIC_ACCESS) && !is_page(caps, RD(VMCS_APIC_ACCESS_ADDR))) {
		return "APIC-access address";
	}
	if ((proc2 & PROC2_APIC_ACCESS) && (proc2 & PROC2_X2APIC)) {
		return "virtualized APIC accesses and x2APIC mode together";
	}
	if ((proc2 & PROC2_VIRTUAL_INTR) && !(pin & PIN_EXTINT_EXIT)) {
		return "virtual-interrupt delivery without exits on external interrupts";
	}
	return NULL;
}

static const char *check_ept(
	const struct vmx_caps *caps, uint32_t proc2, vmcs_reader rd, const void *arg)
{
	uint64_t eptp = RD(VMCS_EPTP);

	if (!(proc2 & PROC2_EPT)) {
		return (proc2 & PROC2_UNRESTRICTED) ? "unrestricted guest without EPT" : NULL;
	}
	if ((eptp & 7) != EPTP_WB && (eptp & 7) != 0) {
		return "memory type of the EPT pointer";
	}
	if ((eptp & (7ull << 3)) != EPTP_4_LEVELS) {
		return "EPT pointer without 4 levels";
	}
	if ((eptp & 0xf80) != 0 || eptp >> caps->phys_bits != 0) {
		return "reserved bits in the EPT pointer";
	}
	return NULL;
}

const char *vmcs_check_controls(const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	uint32_t pin = RD32(VMCS_PIN_CONTROLS), proc = RD32(VMCS_PROC_CONTROLS);
	uint32_t proc2 = (proc & PROC_SECONDARY) ? RD32(VMCS_PROC2_CONTROLS) : 0;
	const char *why;

	if (!controls_allowed(pin, caps->pin_allowed)) {
		return "pin-based controls that the processor does not have";
	}
	if (!controls_allowed(proc, caps->proc_allowed)) {
		return "primary processor-based controls that the processor does not have";
	}
	if (proc2 & ~(uint32_t)(caps->proc2_allowed >> 32)) {
		return "secondary processor-based controls that the processor does not have";
	}
	if (!controls_allowed(RD32(VMCS_EXIT_CONTROLS), caps->exit_allowed)) {
		return "exit controls that the processor does not have";
	}
	if (!controls_allowed(RD32(VMCS_ENTRY_CONTROLS), caps->entry_allowed)) {
		return "entry controls that the processor does not have";
	}
	if (RD32(VMCS_CR3_TARGET_COUNT) > 4) {
		return "more than 4 CR3 targets";
	}
	if ((proc & PROC_IO_BITMAPS) &&
		(!is_page(caps, RD(VMCS_IO_BITMAP_A)) || !is_page(caps, RD(VMCS_IO_BITMAP_B)))) {
		return "I/O bitmap addresses";
	}
	if ((proc & PROC_MSR_BITMAPS) && !is_page(caps, RD(VMCS_MSR_BITMAP))) {
		return "MSR bitmap address";
	}
	if (!(pin & PIN_NMI_EXIT) && (pin & PIN_VIRTUAL_NMI)) {
		return "virtual NMIs without exits on NMIs";
	}
	if (!(pin & PIN_VIRTUAL_NMI) && (proc & PROC_NMI_WINDOW)) {
		return "NMI window without virtual NMIs";
	}
	why = check_apic(caps, pin, proc, proc2, rd, arg);
	if (why == NULL) {
		why = check_ept(caps, proc2, rd, arg);
	}
	if (why != NULL) {
		return why;
	}
	if ((proc2 & PROC2_VPID) && RD(VMCS_VPID) == 0) {
		return "VPID 0";
	}
	if (RD32(VMCS_EXIT_MSR_STORE_COUNT) != 0 && (RD(VMCS_EXIT_MSR_STORE_ADDR) & 15)) {
		return "address of the area of MSRs to store at exits";
	}
	if (RD32(VMCS_EXIT_MSR_LOAD_COUNT) != 0 && (RD(VMCS_EXIT_MSR_LOAD_ADDR) & 15)) {
		return "address of the area of MSRs to load at exits";
	}
	if (RD32(VMCS_ENTRY_MSR_LOAD_COUNT) != 0 && (RD(VMCS_ENTRY_MSR_LOAD_ADDR) & 15)) {
		return "address of the area of MSRs to load at entries";
	}
	if (RD32(VMCS_ENTRY_CONTROLS) & (ENTRYCTL_SMM | ENTRYCTL_DUAL_MONITOR)) {
		return "entry to system management mode";
	}
	return check_event(rd, arg);
}

/* ---- host --------------------------------------------------------------------------------------- */

const char *vmcs_check_host(const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	static const uint32_t bases[] = { VMCS_HOST_FS_BASE, VMCS_HOST_GS_BASE, VMCS_HOST_TR_BASE,
		VMCS_HOST_GDTR_BASE, VMCS_HOST_IDTR_BASE, VMCS_HOST_SYSENTER_ESP, VMCS_HOST_RIP,
		VMCS_HOST_SYSENTER_EIP };
	uint64_t cr0 = RD(VMCS_HOST_CR0), cr4 = RD(VMCS_HOST_CR4), efer = RD(VMCS_HOST_EFER);

	if ((cr0 & caps->cr0_fixed0) != caps->cr0_fixed0 || (cr0 & ~caps->cr0_fixed1)) {
		return "host CR0";
	}
	if ((cr4 & caps->cr4_fixed0) != caps->cr4_fixed0 || (cr4 & ~caps->cr4_fixed1)) {
		return "host CR4";
	}
	if (RD(VMCS_HOST_CR3) >> caps->phys_bits) {
		return "host CR3";
	}
	if (!(RD32(VMCS_EXIT_CONTROLS) & EXITCTL_HOST_64) || !(cr4 & X86_CR4_PAE)) {
		return "host that is not in 64-bit mode";
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bases); i++) {
		if (!is_canonical(caps, RD(bases[i]))) {
			return "host base address or RIP that is not canonical";
		}
	}
	for (uint32_t f = VMCS_HOST_ES_SEL; f <= VMCS_HOST_TR_SEL; f += 2) {
		if (RD(f) & 7) {
			return "host selector with RPL or TI";
		}
	}
	if (RD(VMCS_HOST_CS_SEL) == 0 || RD(VMCS_HOST_TR_SEL) == 0) {
		return "host CS or TR is null";
	}
	if ((RD32(VMCS_EXIT_CONTROLS) & EXITCTL_LOAD_PAT) && !pat_is_legal(RD(VMCS_HOST_PAT))) {
		return "host PAT";
	}
	if ((RD32(VMCS_EXIT_CONTROLS) & EXITCTL_LOAD_EFER) &&
		((efer & ~EFER_KNOWN) || (efer & (EFER_LME | EFER_LMA)) != (EFER_LME | EFER_LMA))) {
		return "host EFER";
	}
	return NULL;
}

/* ---- guest -------------------------------------------------------------------------------------- */

static const char *check_registers(const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	uint64_t cr0 = RD(VMCS_GUEST_CR0), cr4 = RD(VMCS_GUEST_CR4), efer = RD(VMCS_GUEST_EFER);
	bool ug = (RD32(VMCS_PROC2_CONTROLS) & PROC2_UNRESTRICTED) != 0;
	bool ia32e = (RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_IA32E) != 0;
	uint64_t fixed0 = caps->cr0_fixed0 & ~(ug ? X86_CR0_PE | X86_CR0_PG : 0);

	if ((cr0 & fixed0) != fixed0 || (cr0 & ~caps->cr0_fixed1 & ~(X86_CR0_CD | X86_CR0_NW))) {
		return "CR0: bits that the processor fixes";
	}
	if ((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE)) {
		return "CR0: PG without PE";
	}
	if ((cr4 & caps->cr4_fixed0) != caps->cr4_fixed0 || (cr4 & ~caps->cr4_fixed1)) {
		return "CR4: bits that the processor fixes or does not have";
	}
	if ((RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_LOAD_DEBUG) &&
		(RD(VMCS_GUEST_DEBUGCTL) & ~DEBUGCTL_KNOWN)) {
		return "DEBUGCTL: reserved bits";
	}
	if (ia32e && (!(cr0 & X86_CR0_PG) || !(cr4 & X86_CR4_PAE))) {
		return "long mode without CR0.PG or CR4.PAE";
	}
	if (!ia32e && (cr4 & X86_CR4_PCIDE)) {
		return "CR4: PCIDE outside long mode";
	}
	if (RD(VMCS_GUEST_CR3) >> caps->phys_bits) {
		return "CR3: reserved bits";
	}
	if (RD(VMCS_GUEST_DR7) >> 32) {
		return "DR7[63:32] not zero";
	}
	if (!is_canonical(caps, RD(VMCS_GUEST_SYSENTER_ESP)) ||
		!is_canonical(caps, RD(VMCS_GUEST_SYSENTER_EIP))) {
		return "SYSENTER_ESP or _EIP is not canonical";
	}
	if ((RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_LOAD_PAT) && !pat_is_legal(RD(VMCS_GUEST_PAT))) {
		return "PAT";
	}
	if (RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_LOAD_EFER) {
		if (efer & ~EFER_KNOWN) {
			return "EFER: reserved bits";
		}
		if (((efer & EFER_LMA) != 0) != ia32e) {
			return "EFER.LMA differs from the entry control";
		}
		if ((cr0 & X86_CR0_PG) && ((efer & EFER_LMA) != 0) != ((efer & EFER_LME) != 0)) {
			return "EFER.LMA differs from LME with paging on";
		}
	}
	return NULL;
}

static const char *check_data_seg(
	uint32_t ar, unsigned int type, bool ug, unsigned int dpl, unsigned int rpl)
{
	if (!(type & 1)) {
		return "DS, ES, FS or GS: not accessed";
	}
	if ((type & 8) && !(type & 2)) {
		return "DS, ES, FS or GS: code that cannot be read";
	}
	if (!ug && type < 12 && dpl < rpl) {
		return "DS, ES, FS or GS: DPL below RPL";
	}
	(void)ar;
	return NULL;
}

static const char *check_code_or_data(unsigned int i, uint32_t ar, uint32_t limit, bool ug, bool pe,
	unsigned int rpl, unsigned int ss_dpl, bool ia32e)
{
	unsigned int type = ar & 15, dpl = (ar >> 5) & 3;
	const char *why;

	if (i == 1) { /* CS */
		if (!(type == 9 || type == 11 || type == 13 || type == 15 || (ug && type == 3))) {
			return "CS: type";
		}
		if (type == 3 && dpl != 0) {
			return "CS: data with a DPL that is not 0";
		}
		if ((type == 9 || type == 11) && dpl != ss_dpl) {
			return "CS: DPL differs from that of SS";
		}
		if (type >= 13 && dpl > ss_dpl) {
			return "CS: conforming, DPL above that of SS";
		}
		if (ia32e && (ar & (1u << 13)) && (ar & (1u << 14))) {
			return "CS: L and D both set in long mode";
		}
	} else if (i == 2) { /* SS */
		if (type != 3 && type != 7) {
			return "SS: type";
		}
		if (!ug && dpl != rpl) {
			return "SS: DPL differs from RPL";
		}
		if (!pe && dpl != 0) {
			return "SS: DPL in real mode";
		}
	} else if ((why = check_data_seg(ar, type, ug, dpl, rpl)) != NULL) {
		return why;
	}
	if (!(ar & (1u << 4))) {
		return "a segment of code or data that is a system segment";
	}
	if (!(ar & (1u << 7))) {
		return "a usable segment that is not present";
	}
	if (ar & 0xfffe0f00u) {
		return "reserved attribute bits of a segment";
	}
	if (((limit & 0xfff) != 0xfff && (ar & (1u << 15))) ||
		((limit >> 20) != 0 && !(ar & (1u << 15)))) {
		return "limit and granularity of a segment do not agree";
	}
	return NULL;
}

static const char *check_tr(uint32_t ar, uint32_t limit, uint64_t sel, bool ia32e)
{
	unsigned int type = ar & 15;

	if (sel & 4) {
		return "TR: selector in the LDT";
	}
	if (type != 11 && (type != 3 || ia32e)) {
		return "TR: not a busy task segment";
	}
	if ((ar & (1u << 4)) || !(ar & (1u << 7)) || (ar & (SEG_AR_UNUSABLE | 0xfffe0f00u))) {
		return "TR: attributes";
	}
	if (((limit & 0xfff) != 0xfff && (ar & (1u << 15))) ||
		((limit >> 20) != 0 && !(ar & (1u << 15)))) {
		return "TR: limit and granularity do not agree";
	}
	return NULL;
}

static const char *check_ldtr(uint32_t ar, uint32_t limit, uint64_t sel)
{
	if (ar & SEG_AR_UNUSABLE) {
		return NULL;
	}
	if (sel & 4) {
		return "LDTR: selector in the LDT";
	}
	if ((ar & 0x1f) != 2 || !(ar & (1u << 7)) || (ar & 0xfffe0f00u)) {
		return "LDTR: attributes";
	}
	if (((limit & 0xfff) != 0xfff && (ar & (1u << 15))) ||
		((limit >> 20) != 0 && !(ar & (1u << 15)))) {
		return "LDTR: limit and granularity do not agree";
	}
	return NULL;
}

static const char *check_v86(vmcs_reader rd, const void *arg)
{
	for (unsigned int i = 0; i < 12; i += 2) {
		if (RD(VMCS_GUEST_ES_BASE + i) != RD(VMCS_GUEST_ES_SEL + i) << 4) {
			return "virtual-8086 mode: base is not 16 times the selector";
		}
		if (RD(VMCS_GUEST_ES_LIMIT + i) != 0xffff) {
			return "virtual-8086 mode: limit is not FFFF";
		}
		if (RD(VMCS_GUEST_ES_AR + i) != 0xf3) {
			return "virtual-8086 mode: attributes are not F3";
		}
	}
	return NULL;
}

static const char *check_segments(const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	bool ug = (RD32(VMCS_PROC2_CONTROLS) & PROC2_UNRESTRICTED) != 0;
	bool ia32e = (RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_IA32E) != 0;
	bool pe = (RD(VMCS_GUEST_CR0) & X86_CR0_PE) != 0,
	     v86 = (RD(VMCS_GUEST_RFLAGS) & X86_EFLAGS_VM) != 0;
	unsigned int ss_dpl = (RD32(VMCS_GUEST_SS_AR) >> 5) & 3;
	const char *why;

	for (unsigned int i = 0; i < 6 && !v86; i++) {
		uint32_t ar = RD32(VMCS_GUEST_ES_AR + 2 * i);

		if (ar & SEG_AR_UNUSABLE) {
			if (i == 1) {
				return "CS: unusable";
			}
			continue;
		}
		why = check_code_or_data(i, ar, RD32(VMCS_GUEST_ES_LIMIT + 2 * i), ug, pe,
			(unsigned int)RD(VMCS_GUEST_ES_SEL + 2 * i) & 3, ss_dpl, ia32e);
		if (why != NULL) {
			return why;
		}
		if (i <= 3 && RD(VMCS_GUEST_ES_BASE + 2 * i) >> 32) {
			return "ES, CS, SS or DS: base above 4 GiB";
		}
	}
	if (v86 && (why = check_v86(rd, arg)) != NULL) {
		return why;
	}
	if (!is_canonical(caps, RD(VMCS_GUEST_FS_BASE)) ||
		!is_canonical(caps, RD(VMCS_GUEST_GS_BASE)) ||
		!is_canonical(caps, RD(VMCS_GUEST_TR_BASE)) ||
		!is_canonical(caps, RD(VMCS_GUEST_GDTR_BASE)) ||
		!is_canonical(caps, RD(VMCS_GUEST_IDTR_BASE))) {
		return "FS, GS, TR, GDTR or IDTR: base is not canonical";
	}
	if (RD32(VMCS_GUEST_GDTR_LIMIT) >> 16 || RD32(VMCS_GUEST_IDTR_LIMIT) >> 16) {
		return "GDTR or IDTR: limit above FFFF";
	}
	why = check_tr(
		RD32(VMCS_GUEST_TR_AR), RD32(VMCS_GUEST_TR_LIMIT), RD(VMCS_GUEST_TR_SEL), ia32e);
	return why != NULL ? why :
			     check_ldtr(RD32(VMCS_GUEST_LDTR_AR), RD32(VMCS_GUEST_LDTR_LIMIT),
				     RD(VMCS_GUEST_LDTR_SEL));
}

static const char *check_rip_and_rflags(
	const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	uint64_t rip = RD(VMCS_GUEST_RIP), rflags = RD(VMCS_GUEST_RFLAGS);
	uint32_t info = RD32(VMCS_ENTRY_INTR_INFO);
	bool ia32e = (RD32(VMCS_ENTRY_CONTROLS) & ENTRYCTL_IA32E) != 0;

	if (ia32e && (RD32(VMCS_GUEST_CS_AR) & (1u << 13))) {
		if (!is_canonical(caps, rip)) {
			return "RIP is not canonical";
		}
	} else if (rip >> 32) {
		return "RIP above 4 GiB outside 64-bit mode";
	}
	if ((rflags & RFLAGS_RESERVED) || !(rflags & X86_EFLAGS_MBS)) {
		return "RFLAGS: reserved bits";
	}
	if ((rflags & X86_EFLAGS_VM) && (ia32e || !(RD(VMCS_GUEST_CR0) & X86_CR0_PE))) {
		return "RFLAGS: VM in long or real mode";
	}
	if ((info & INTR_INFO_VALID) && (info & INTR_INFO_TYPE_MASK) == 0 &&
		!(rflags & X86_EFLAGS_IF)) {
		return "RFLAGS: IF clear, yet an interrupt is injected";
	}
	return NULL;
}

static const char *check_activity(vmcs_reader rd, const void *arg)
{
	uint32_t activity = RD32(VMCS_GUEST_ACTIVITY), block = RD32(VMCS_GUEST_INTERRUPTIBILITY);
	uint32_t info = RD32(VMCS_ENTRY_INTR_INFO);
	unsigned int type = (info & INTR_INFO_TYPE_MASK) >> INTR_INFO_TYPE_SHIFT;
	uint64_t rflags = RD(VMCS_GUEST_RFLAGS), pending = RD(VMCS_GUEST_PENDING_DEBUG);

	if (activity > 3) {
		return "activity state";
	}
	if (activity != 0 && (block & (BLOCK_STI | BLOCK_MOV_SS))) {
		return "not active, yet in a shadow";
	}
	if (block & ~(BLOCK_STI | BLOCK_MOV_SS | BLOCK_SMI | BLOCK_NMI)) {
		return "interruptibility: reserved bits";
	}
	if ((block & BLOCK_STI) && (block & BLOCK_MOV_SS)) {
		return "interruptibility: both STI and MOV SS";
	}
	if ((block & BLOCK_STI) && !(rflags & X86_EFLAGS_IF)) {
		return "interruptibility: STI, yet IF is clear";
	}
	if ((info & INTR_INFO_VALID) && type == INTR_TYPE_EXTINT &&
		(block & (BLOCK_STI | BLOCK_MOV_SS))) {
		return "an interrupt is injected into a shadow";
	}
	if ((info & INTR_INFO_VALID) && type == INTR_TYPE_NMI &&
		(block & (BLOCK_MOV_SS | BLOCK_NMI))) {
		return "an NMI is injected while NMIs are blocked";
	}
	if (pending & ~0x1500full) {
		return "pending debug exceptions: reserved bits";
	}
	if (block & (BLOCK_STI | BLOCK_MOV_SS)) {
		bool step = (rflags & X86_EFLAGS_TF) && !(RD(VMCS_GUEST_DEBUGCTL) & 2);

		if (((pending >> 14) & 1) != step) {
			return "pending debug exceptions: BS does not agree with RFLAGS.TF in a shadow";
		}
	}
	return NULL;
}

const char *vmcs_check_guest(const struct vmx_caps *caps, vmcs_reader rd, const void *arg)
{
	const char *why = check_registers(caps, rd, arg);

	if (why == NULL) {
		why = check_segments(caps, rd, arg);
	}
	if (why == NULL) {
		why = check_rip_and_rflags(caps, rd, arg);
	}
	if (why == NULL) {
		why = check_activity(rd, arg);
	}
	if (why == NULL && RD(VMCS_LINK_POINTER) != ~0ull) {
		why = "link pointer";
	}
	return why;
}
