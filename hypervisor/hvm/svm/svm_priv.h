/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of hvm/svm share. The control block of a vCPU is touched only by the CPU that runs
 * it, or while the vCPU is off every CPU; nothing here is locked.
 */
#ifndef HVM_SVM_SVM_PRIV_H
#define HVM_SVM_SVM_PRIV_H

#include <hv/cpu.h>
#include <hv/hvm.h>

#include "vmcb.h"

struct svm_vcpu {
	struct vmcb *vmcb; /* [I] a hypervisor page */
	uint64_t vmcb_pa; /* [I] */
	uint64_t asid_gen; /* [c] generation of the CPU that the ASID belongs to, 0 none */
	bool intr_window; /* [c] V_IRQ is set to learn when interrupts can be taken */
	bool nmi_step;  /* [c] single-stepping over IRET to learn when NMIs can be taken */
	bool nmi_step_had_tf; /* [c] the guest's own TF while nmi_step */
	bool checked;  /* [c] vmcb_check() was run before the first entry */
	uint8_t *msrpm;  /* [c] own MSR bitmap, NULL: the default one */
};

#define DR6_HIT_BITS 0xe00full /* B0-B3, BD, BS, BT */

/* What this machine's processors report (CPUID 8000000A EDX) and we use. */
extern bool svm_has_nrips, svm_has_decode_assists, svm_has_pause_filter, svm_has_lbrv;
/* VMCB_CLEAN_ALL when the CPU caches parts of the block, else 0. */
extern uint32_t svm_clean_mask;

static inline struct vmcb *svm_vmcb(const struct vcpu *v)
{
	return v->hvm.svm->vmcb;
}

/* entry.S: run the guest until an exit. Interrupts off at entry, on at return. */
void svm_enter(uint64_t vmcb_pa, struct cpu_regs *regs, uint64_t host_vmcb_pa);

/* asid.c */
DECLARE_PER_CPU(uint64_t, svm_asid_gen);
/* Each CPU, once. */
void svm_asid_cpu_init(unsigned int nr_asids);
/* Give v an ASID of this CPU with an empty TLB, and note that v has seen its domain's flushes. */
void svm_asid_refresh(struct vcpu *v);
/* Forget the guest's translations at the next entry. */
void svm_flush_guest_tlb(struct vcpu *v);
void svm_invlpg(struct vcpu *v, uint64_t gva);

/* vmcb.c */
/* 0 or -ENOMEM. The block is complete, but for registers, after it. */
int __must_check svm_vmcb_create(struct vcpu *v);
void svm_vmcb_destroy(struct vcpu *v);
void svm_get_cpu_state(struct vcpu *v, struct hvm_cpu_state *s);
void svm_set_cpu_state(struct vcpu *v, const struct hvm_cpu_state *s);
uint64_t svm_get_cr(struct vcpu *v, unsigned int nr);
void svm_set_cr(struct vcpu *v, unsigned int nr, uint64_t val);
uint64_t svm_get_efer(struct vcpu *v);
void svm_set_efer(struct vcpu *v, uint64_t val);
int svm_get_msr(struct vcpu *v, uint32_t msr, uint64_t *val);
int svm_set_msr(struct vcpu *v, uint32_t msr, uint64_t val);
void svm_set_tsc_offset(struct vcpu *v, uint64_t offset);
/* Put v's DR0-3 into this CPU and stop intercepting its accesses to them. */
void svm_load_drs(struct vcpu *v);
void svm_set_dr_intercept(struct vcpu *v, bool on);
void svm_get_walk_state(struct vcpu *v, struct walk_state *ws);

/* seg.c */
void svm_get_segment(struct vcpu *v, enum hvm_seg seg, struct hvm_segment *out);
void svm_set_segment(struct vcpu *v, enum hvm_seg seg, const struct hvm_segment *in);
unsigned int svm_get_cpl(struct vcpu *v);
unsigned int svm_get_mode(struct vcpu *v);
unsigned int svm_get_caller(struct vcpu *v);

/* msrbitmap.c */
/* Boot: the default bitmap. 0 or -ENOMEM. */
int __must_check svm_msrpm_init(void);
uint64_t svm_msrpm_default_pa(void);
/* Falls back to intercepting when there is no memory for a bitmap of v's own. */
void svm_set_msr_intercept(struct vcpu *v, uint32_t msr, bool read, bool write);
void svm_msrpm_destroy(struct vcpu *v);

/* intr.c */
void svm_inject(struct vcpu *v, const struct hvm_event *ev);
bool svm_injecting(struct vcpu *v);
unsigned int svm_interrupt_shadow(struct vcpu *v);
void svm_set_interrupt_shadow(struct vcpu *v, unsigned int shadow);
void svm_set_intr_window(struct vcpu *v, bool on);
void svm_set_nmi_window(struct vcpu *v, bool on);
void svm_update_tpr(struct vcpu *v, uint8_t tpr);
/* The exit interrupted the delivery of an event: queue it again. */
void svm_requeue_event(struct vcpu *v);
/* IRET is about to be executed in an NMI handler. */
void svm_handle_iret(struct vcpu *v);
/* A #DB that belongs to the stepping over IRET? Then all is done. */
bool svm_end_nmi_step(struct vcpu *v);

/* exit.c, dump.c */
void svm_handle_exit(struct vcpu *v);
void svm_dump(struct vcpu *v);

#endif
