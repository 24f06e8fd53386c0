/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of hvm/vmx share. A control structure (VMCS) is reached only on the CPU that it is
 * active on, while it is that CPU's current one. The CPU that runs a vCPU keeps it there; another CPU
 * that needs it (the vCPU is paused) takes it away by an interrupt to the first: vmx_open(). Nothing
 * here is locked: a vCPU's registers are its own CPU's, or those of whoever has paused it.
 */
#ifndef HVM_VMX_VMX_PRIV_H
#define HVM_VMX_VMX_PRIV_H

#include <hv/cpu.h>
#include <hv/hvm.h>
#include <hv/percpu.h>

#include "vmcs.h"

#define VMX_NO_CPU (~0u)

struct vmx_vcpu {
	uint64_t vmcs_pa; /* [I] */
	void *vmcs;  /* [I] a hypervisor page, never read or written but for its revision */
	unsigned int cpu; /* [a] CPU that the VMCS is active on, VMX_NO_CPU none */
	unsigned int host_cpu; /* [c] CPU whose host state it holds */
	bool launched;  /* [c] VMRESUME, no VMLAUNCH */
	bool loaded;  /* [c] this vCPU's MSRs, CR2 and debug registers are in its CPU */
	bool checked;  /* [c] vmcs_check() was run before the first entry */
	bool shadow_known; /* [c] blocking is up to date */
	uint32_t blocking; /* [c] interruptibility state, when shadow_known */
	uint32_t exit_reason; /* [c] of the last exit */
	uint64_t host_rsp; /* [c] what the VMCS holds; entry.S */
	uint64_t rip, rsp, rflags; /* [c] what the VMCS holds */
	uint64_t cr0, cr4; /* [c] bits that we own, as the guest sees them */
	uint64_t cr4_guest_bits; /* [c] bits of CR4 that the guest may change without an exit */
	uint64_t efer;  /* [c] */
	uint32_t pin, proc, proc2, entry; /* [c] controls as in the VMCS */
	uint64_t vpid_gen; /* [c] generation of the CPU that the VPID belongs to, 0 none */
	unsigned int ept_cpu; /* [c] CPU that ran it last: it knows no older translations there */
	uint16_t vpid;  /* [c] */
	uint64_t star, lstar, cstar, sfmask,
		kernel_gs_base; /* [c] the last one only while !loaded */
	unsigned int msr_cpu; /* [c] CPU that has these in its registers, if that one agrees */
	uint64_t dr6;  /* [c] while debug registers are not loaded */
	uint8_t *msrpm;  /* [c] own MSR bitmap, NULL: the default one */
	uint8_t *vapic;  /* [I] virtual-APIC page, NULL: no TPR shadow */
	uint8_t tpr;  /* [c] what the virtual-APIC page holds */
};

/* What this machine's processors have, and the controls that are used (vmx.c). */
struct vmx_caps {
	uint64_t basic, ept_vpid, misc;
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	uint32_t pin, proc, proc2, exit, entry;
	/* Low: bits that must be set, high: bits that may be set. */
	uint64_t pin_allowed, proc_allowed, proc2_allowed, exit_allowed, entry_allowed;
	unsigned int phys_bits, virt_bits;
};
extern struct vmx_caps vmx_caps;

static inline bool vmx_has_proc2(uint32_t bit)
{
	return (vmx_caps.proc2 & bit) != 0;
}
static inline bool vmx_has_tpr_shadow(void)
{
	return (vmx_caps.proc & PROC_TPR_SHADOW) != 0;
}

/* ---- instructions ------------------------------------------------------------------------------ */

/* Cold: an access that the processor refused, which is a mistake of ours. */
void vmx_access_failed(const char *what, uint32_t field);

static inline uint64_t vmread(uint32_t field)
{
	uint64_t val;

	__asm__ goto volatile("vmread %1, %0; jbe %l[failed]"
		: "=r"(val)
		: "r"((uint64_t)field)
		: "cc"
		: failed);
	return val;
failed:
	vmx_access_failed("reading", field);
	return 0;
}

static inline void vmwrite(uint32_t field, uint64_t val)
{
	__asm__ goto volatile("vmwrite %1, %0; jbe %l[failed]"
		:
		: "r"((uint64_t)field), "rm"(val)
		: "cc"
		: failed);
	return;
failed:
	vmx_access_failed("writing", field);
}

/* entry.S: run the guest until an exit. Interrupts off before and after. 0, or 1: no current VMCS, 2: see VMCS_INSN_ERROR. */
unsigned int vmx_enter(struct cpu_regs *regs, bool launched, uint64_t *host_rsp);
/* Where exits go. */
extern const char vmx_exit_point[];

/* ---- vmcs.c: the control structure of a vCPU --------------------------------------------------- */

/* The structure that is current on this CPU, NULL none. */
DECLARE_PER_CPU(struct vmx_vcpu *, vmcs_current);

/* 0 or -ENOMEM. Complete, but for registers, after it. */
int __must_check vmx_vmcs_create(struct vcpu *v);
void vmx_vmcs_destroy(struct vcpu *v);
/* Make vmx current here. It may be active elsewhere (interrupts on then): that CPU lets it go. */
void vmx_vmcs_load(struct vmx_vcpu *vmx);
void vmx_open_slow(struct vcpu *v);
void vmx_close_slow(void);

/* Around accesses to the fields of v, which is current or paused. They nest for one v. */
static inline bool vmx_open(struct vcpu *v)
{
	if (likely(this_cpu(vmcs_current) == v->hvm.vmx)) {
		return false;
	}
	vmx_open_slow(v);
	return true;
}
static inline void vmx_close(bool opened)
{
	if (unlikely(opened)) {
		vmx_close_slow();
	}
}

void vmx_set_proc_controls(struct vcpu *v, uint32_t bits, bool on);

/* ---- state.c: registers ------------------------------------------------------------------------- */

void vmx_get_cpu_state(struct vcpu *v, struct hvm_cpu_state *s);
void vmx_set_cpu_state(struct vcpu *v, const struct hvm_cpu_state *s);
uint64_t vmx_get_cr(struct vcpu *v, unsigned int nr);
void vmx_set_cr(struct vcpu *v, unsigned int nr, uint64_t val);
uint64_t vmx_get_efer(struct vcpu *v);
void vmx_set_efer(struct vcpu *v, uint64_t val);
int vmx_get_msr(struct vcpu *v, uint32_t msr, uint64_t *val);
int vmx_set_msr(struct vcpu *v, uint32_t msr, uint64_t val);
void vmx_set_tsc_offset(struct vcpu *v, uint64_t offset);
void vmx_set_dr_intercept(struct vcpu *v, bool on);
void vmx_get_walk_state(struct vcpu *v, struct walk_state *ws);
/* Which bits of CR4 are the guest's own depends on its CPU policy: before the first entry. */
void vmx_update_cr4_mask(struct vcpu *v);
/* The guest's debug registers go into the CPU, and are no longer intercepted. */
void vmx_load_drs(struct vcpu *v);

/* ---- the rest ----------------------------------------------------------------------------------- */

/* seg.c */
void vmx_get_segment(struct vcpu *v, enum hvm_seg seg, struct hvm_segment *out);
void vmx_set_segment(struct vcpu *v, enum hvm_seg seg, const struct hvm_segment *in);
unsigned int vmx_get_cpl(struct vcpu *v);
unsigned int vmx_get_mode(struct vcpu *v);
unsigned int vmx_get_caller(struct vcpu *v);

/* msrbitmap.c */
/* Boot: the default bitmap. 0 or -ENOMEM. */
int __must_check vmx_msrpm_init(void);
uint64_t vmx_msrpm_default_pa(void);
/* Falls back to the default one when there is no memory for a bitmap of v's own. */
void vmx_set_msr_intercept(struct vcpu *v, uint32_t msr, bool read, bool write);
void vmx_msrpm_destroy(struct vcpu *v);

/* vpid.c */
DECLARE_PER_CPU(uint64_t, vmx_vpid_gen);
/* Each CPU, once. */
void vmx_vpid_cpu_init(void);
/* Give v a VPID without translations, drop what EPT was, and note that v has seen its domain's flushes. */
void vmx_vpid_refresh(struct vcpu *v);
/* Forget the guest's translations at the next entry. */
void vmx_flush_guest_tlb(struct vcpu *v);
void vmx_invlpg(struct vcpu *v, uint64_t gva);

/* intr.c */
void vmx_inject(struct vcpu *v, const struct hvm_event *ev);
bool vmx_injecting(struct vcpu *v);
unsigned int vmx_interrupt_shadow(struct vcpu *v);
void vmx_set_interrupt_shadow(struct vcpu *v, unsigned int shadow);
void vmx_set_intr_window(struct vcpu *v, bool on);
void vmx_set_nmi_window(struct vcpu *v, bool on);
void vmx_update_tpr(struct vcpu *v, uint8_t tpr);
/* The exit interrupted the delivery of an event: queue it again. */
void vmx_requeue_event(struct vcpu *v, uint32_t info);
/* An IRET that ended the blocking of NMIs did not complete: they are blocked again. */
void vmx_block_nmi_again(struct vcpu *v);

/* exit.c, dump.c */
void vmx_handle_exit(struct vcpu *v);
void vmx_dump(struct vcpu *v);
/* VM-instruction error in words. */
const char *vmx_insn_error(uint32_t nr);

/* vmcs_check.c: reader of a field; pure, host-testable. NULL, or the rule of SDM 3C, 26.2 and 26.3, that is broken. */
typedef uint64_t (*vmcs_reader)(const void *arg, uint32_t field);
const char *vmcs_check_controls(const struct vmx_caps *caps, vmcs_reader rd, const void *arg);
const char *vmcs_check_host(const struct vmx_caps *caps, vmcs_reader rd, const void *arg);
const char *vmcs_check_guest(const struct vmx_caps *caps, vmcs_reader rd, const void *arg);
/* All of it, of the current VMCS. */
const char *vmcs_check_current(void);

/* p2m/p2m_ept.c */
extern const struct p2m_fmt p2m_ept_fmt;
/* Print the entries on the way to gpa, each with what is wrong with it. */
void p2m_ept_explain(struct domain *d, gpa_t gpa);

#endif
