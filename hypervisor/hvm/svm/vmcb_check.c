/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consistency rules of VMRUN as a pure function, so that a mistake of ours is named before the
 * processor answers it with a bare "invalid" (APM 2, 15.5.1, 15.20 and 15.25.3). Host-testable.
 */
#include "vmcb.h"

#include <asm/cr.h>
#include <hv/lib.h>

#define CR4_KNOWN                                                                                  \
	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PSE | X86_CR4_PAE |        \
		X86_CR4_MCE | X86_CR4_PGE | X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT |    \
		X86_CR4_UMIP | X86_CR4_LA57 | X86_CR4_FSGSBASE | X86_CR4_PCIDE | X86_CR4_OSXSAVE | \
		X86_CR4_SMEP | X86_CR4_SMAP | X86_CR4_PKE | X86_CR4_CET)
#define EFER_KNOWN                                                                        \
	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_SVME | EFER_LMSLE | EFER_FFXSE | \
		(1ul << 15) | (1ul << 17) | (1ul << 18) | EFER_AIBRSE)

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

static const char *check_event(uint64_t inj)
{
	unsigned int type = (inj & VMCB_EVENT_TYPE_MASK) >> VMCB_EVENT_TYPE_SHIFT;
	unsigned int vector = inj & VMCB_EVENT_VECTOR;

	if (!(inj & VMCB_EVENT_V)) {
		return NULL;
	}
	if (type == 1 || type > 4) {
		return "injected event of a reserved type";
	}
	if (type == 3 && (vector == X86_EXC_NMI || vector > 31)) {
		return "injected exception with a vector that is none";
	}
	return NULL;
}

static const char *check_long_mode(const struct vmcb *c)
{
	if (!(c->efer & EFER_LME) || !(c->cr0 & X86_CR0_PG)) {
		return NULL;
	}
	if (!(c->cr4 & X86_CR4_PAE)) {
		return "long mode with paging, but CR4.PAE = 0";
	}
	if (!(c->cr0 & X86_CR0_PE)) {
		return "long mode with paging, but CR0.PE = 0";
	}
	if ((c->cs.attr & 0x200) && (c->cs.attr & 0x400)) {
		return "long mode, and both CS.L and CS.D set";
	}
	return NULL;
}

const char *vmcb_check(const struct vmcb *c, unsigned int phys_bits)
{
	uint64_t addr_mask = phys_bits < 64 ? (1ull << phys_bits) - 1 : ~0ull;
	const char *why;

	if (!(c->efer & EFER_SVME)) {
		return "EFER.SVME = 0";
	}
	if (c->efer & ~EFER_KNOWN) {
		return "reserved bits in EFER";
	}
	if (!(c->cr0 & X86_CR0_CD) && (c->cr0 & X86_CR0_NW)) {
		return "CR0.NW = 1 with CD = 0";
	}
	if (c->cr0 >> 32) {
		return "CR0[63:32] not zero";
	}
	if ((c->cr3 & ~addr_mask) && (c->efer & EFER_LMA)) {
		return "reserved bits in CR3";
	}
	if (c->cr4 & ~CR4_KNOWN) {
		return "reserved bits in CR4";
	}
	if ((c->dr6 >> 32) || (c->dr7 >> 32)) {
		return "DR6 or DR7[63:32] not zero";
	}
	if ((why = check_long_mode(c)) != NULL) {
		return why;
	}
	if (!(c->intercepts2 & INTERCEPT2_VMRUN)) {
		return "VMRUN is not intercepted";
	}
	if (c->iopm_base_pa > addr_mask - 0x3000 || c->msrpm_base_pa > addr_mask - 0x2000) {
		return "permission map beyond the physical address space";
	}
	if ((why = check_event(c->eventinj)) != NULL) {
		return why;
	}
	if (c->asid == 0) {
		return "ASID 0";
	}
	if (c->np_enable & 1) {
		if (!pat_is_legal(c->g_pat)) {
			return "illegal G_PAT";
		}
		if ((c->n_cr3 & ~addr_mask) || (c->n_cr3 & 0xfff)) {
			return "illegal nested CR3";
		}
	}
	return NULL;
}
