/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/*
 * The per-vCPU and per-domain state of hardware-virtualized guests that common code sees. Everything the exit path touches lies together at the front.
 * Vendor state hides behind svm_/vmx_ pointers that only hvm/svm and hvm/vmx dereference.
 */
#ifndef HV_HVM_VCPU_H
#define HV_HVM_VCPU_H

#include <hv/types.h>
#include <hv/spinlock.h>
#include <hv/timer.h>
#include <hv/list.h>
#include <hv/vlapic.h>
#include <asm/regs.h>

struct svm_vcpu;
struct vmx_vcpu;
struct svm_domain;
struct vioapic;
struct vpci_domain;
struct xsave_area;

/* An event to inject (hvm/event.c). type uses the encoding shared by VMCB EVENTINJ and VMCS: 0 ext. interrupt, 2 NMI, 3 exception, 4 software int. */
struct hvm_event {
	bool valid;
	uint8_t type;
	uint8_t vector;
	bool has_error_code;
	uint32_t error_code;
	uint64_t cr2; /* #PF: the address; #DB: bits to set in DR6 */
	uint8_t insn_len; /* software events */
};
#define HVM_EVENT_EXTINT    0
#define HVM_EVENT_NMI       2
#define HVM_EVENT_EXCEPTION 3
#define HVM_EVENT_SOFTINT   4

struct hvm_vcpu {
	struct cpu_regs
		regs; /* [c] guest GPRs, rip, rsp, rflags: valid between exits; copied to/from the control block by the vendor code */
	struct svm_vcpu *svm; /* [I] */
	struct vmx_vcpu *vmx; /* [I] */
	uint64_t tlb_gen_seen; /* [c] domain's tlb_gen at the last entry */
	struct hvm_event
		pending; /* [c] exception or re-injected event, goes in before interrupts */
	bool nmi_pending; /* [a] */
	bool nmi_blocked; /* [c] until IRET */
	bool halted; /* [a] down because of HLT with interrupts off: an NMI ends that */
	bool work_pending; /* [a] something for hvm_prepare_entry besides interrupts: ioreq, crash, map flush */
	bool callback_pending; /* [a] HVM callback vector of type 2 asserted (level: vcpu_info.upcall_pending) */
	bool single_step;
	uint8_t upcall_vector; /* [d] HVMOP_set_evtchn_upcall_vector, 0 none */

	struct vlapic vlapic;

	/* control registers as the guest sees them: kept in the control block; caches for common code */
	uint64_t cr2_shadow;
	uint64_t xcr0; /* [c] */
	uint64_t xss;
	uint64_t pat, mtrr_def_type, mtrr_fixed[11], mtrr_var[16], mtrr_cap;
	uint64_t tsc_offset; /* [d] guest TSC = host TSC + offset */
	uint64_t tsc_adjust;
	uint64_t tsc_aux;
	uint64_t apic_base; /* lives in vlapic too; MSR 0x1b */
	uint64_t dr[4]; /* [c] valid when !dr_loaded; DR6 and DR7 are in the control block */
	bool dr_loaded; /* [c] guest DRs are in the CPU */
	struct xsave_area *xsave; /* [I] 64-byte aligned FPU/XSAVE image while off the CPU */
	uint64_t misc_enable;
	uint64_t spec_ctrl;

	/* instruction emulation: result of a device access that is being retried */
	struct {
		bool active;
	} io;
};

struct hvm_domain {
	struct svm_domain *svm; /* [I] */
	struct vioapic **vioapic; /* [I] array; dom0: one per physical IO-APIC; PVH domU: none */
	unsigned int nr_vioapics;
	spinlock_t irq_lock; /* vioapic and line state; irq-safe */
	struct vpci_domain *vpci; /* [I] dom0 only */
	unsigned long *
		io_bitmap; /* [I] 12 KiB intercept map, vendor-shared layout: bit set = intercept */
	uint8_t callback_type; /* HVM_PARAM_CALLBACK_IRQ: 0 none, 1 gsi, 2 pci intx, 3 vector */
	uint8_t callback_vector;
	struct list_head
		mmio_ranges; /* extra trapped MMIO (MSI-X tables, MCFG), sorted by address */
	bool is_mtrr_uc_possible;
	struct hvm_save_hdr {
		uint32_t gtsc_khz;
	} saved;
};

#endif
