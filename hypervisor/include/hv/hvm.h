/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: hvm */
/*
 * Running a guest on hardware: the vendor table and the common exit handlers. Vendor code decodes exits and calls the hvm_handle_* functions; those never touch a
 * control block but through hvm_ops. RIP is advanced in exactly one place: hvm_advance_rip().
 */
#ifndef HV_HVM_H
#define HV_HVM_H

#include <hv/types.h>
#include <hv/compiler.h>
#include <hv/addr.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/xstate.h>

enum hvm_exit_result {
	HVM_DONE, /* instruction finished: advance RIP by its length */
	HVM_RETRY, /* same RIP again (continuation, page now present) */
	HVM_WAIT, /* blocked; RIP untouched */
	HVM_FAULT, /* exception queued; RIP untouched */
};

enum hvm_seg {
	HVM_SEG_ES,
	HVM_SEG_CS,
	HVM_SEG_SS,
	HVM_SEG_DS,
	HVM_SEG_FS,
	HVM_SEG_GS,
	HVM_SEG_GDTR,
	HVM_SEG_IDTR,
	HVM_SEG_LDTR,
	HVM_SEG_TR,
	HVM_NR_SEGS
};

/* attr: packed 12 bits as in the ABI's arbytes: type 3:0, S 4, DPL 6:5, P 7, AVL 8, L 9, DB 10, G 11. */
struct hvm_segment {
	uint16_t sel;
	uint16_t attr;
	uint32_t limit;
	uint64_t base;
};
#define HVM_SEG_ATTR_DB (1u << 10)
#define HVM_SEG_ATTR_L  (1u << 9)
#define HVM_SEG_ATTR_P  (1u << 7)

/* Whole register context, for set-up, HVM context records and VCPUOP_initialise. */
struct hvm_cpu_state {
	struct cpu_regs regs;
	uint64_t cr0, cr2, cr3, cr4, efer;
	uint64_t dr[4], dr6, dr7;
	struct hvm_segment seg[HVM_NR_SEGS];
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp,
		sysenter_eip;
	uint64_t tsc_aux;
};

struct hvm_ops {
	const char *name;
	unsigned int cpu_feature; /* CPUFEAT_*: a processor without it is somebody else's */
	/* CPU: detect fills in and returns NULL or a plain sentence why not; enable/disable on the calling CPU. */
	const char *(*probe)(void);
	int (*cpu_up)(unsigned int cpu);
	void (*cpu_down)(void);
	int (*domain_init)(struct domain *d);
	void (*domain_fini)(struct domain *d);
	int (*vcpu_init)(struct vcpu *v);
	void (*vcpu_fini)(struct vcpu *v);

	/* Scheduling: load/unload vendor state on this CPU (interrupts on). */
	void (*ctxt_from)(struct vcpu *v);
	void (*ctxt_to)(struct vcpu *v);

	/* Enter the guest with host interrupts disabled; returns after the exit with interrupts enabled; regs are up to date. */
	void (*run)(struct vcpu *v);
	void (*handle_exit)(struct vcpu *v);

	/* State. get/set_cpu_state: vCPU not running (or current). */
	void (*get_cpu_state)(struct vcpu *v, struct hvm_cpu_state *s);
	void (*set_cpu_state)(struct vcpu *v, const struct hvm_cpu_state *s);
	void (*get_segment)(struct vcpu *v, enum hvm_seg seg, struct hvm_segment *out);
	void (*set_segment)(struct vcpu *v, enum hvm_seg seg, const struct hvm_segment *in);
	uint64_t (*get_cr)(struct vcpu *v, unsigned int nr); /* 0,2,3,4 */
	void (*set_cr)(struct vcpu *v, unsigned int nr, uint64_t val); /* already validated */
	uint64_t (*get_efer)(struct vcpu *v);
	void (*set_efer)(struct vcpu *v, uint64_t val);
	void (*get_walk_state)(struct vcpu *v, struct walk_state *ws);
	unsigned int (*get_cpl)(struct vcpu *v);
	/* 16, 32 or 64: width of the code being run. */
	unsigned int (*get_mode)(struct vcpu *v);
	/* Whose ABI a hypercall now would use: 64 or 32; 0: code that may not call. */
	unsigned int (*get_caller)(struct vcpu *v);
	/* MSRs that live in the control block or are switched (STAR.., FS/GS base, SYSENTER, DEBUGCTL): -ENOENT when not one of those. */
	int (*get_msr)(struct vcpu *v, uint32_t msr, uint64_t *val);
	int (*set_msr)(struct vcpu *v, uint32_t msr, uint64_t val);
	void (*set_tsc_offset)(struct vcpu *v, uint64_t offset);
	void (*set_msr_intercept)(struct vcpu *v, uint32_t msr, bool read, bool write);
	/* The I/O bitmap (d->hvm.io_bitmap) changed or was allocated. */
	void (*set_dr_intercept)(struct vcpu *v, bool on);
	void (*xcr0_changed)(struct vcpu *v);

	/* Events. */
	void (*inject)(struct vcpu *v, const struct hvm_event *ev); /* for the next entry */
	bool (*injecting)(struct vcpu *v); /* an event is already in the control block */
	unsigned int (*interrupt_shadow)(struct vcpu *v); /* non-zero: STI/MOV SS shadow */
	void (*set_interrupt_shadow)(struct vcpu *v, unsigned int shadow);
	void (*set_intr_window)(struct vcpu *v, bool on);
	void (*set_nmi_window)(struct vcpu *v, bool on);
	/* Guest TPR changed in vlapic: mirror for CR8. */
	void (*update_tpr)(struct vcpu *v, uint8_t tpr);
	/* Instruction bytes that the hardware delivered for the current exit (0: none). */
	unsigned int (*insn_bytes)(struct vcpu *v, const uint8_t **bytes);
	void (*invlpg)(struct vcpu *v, uint64_t gva);
	void (*flush_guest_tlb)(struct vcpu *v); /* at the next entry */
	void (*dump)(struct vcpu *v);
	uint8_t hypercall_insn[3]; /* for the hypercall page */
	bool has_1g_pages, has_2m_pages, has_tsc_scaling;
	const struct p2m_fmt *p2m_fmt;
};

extern const struct hvm_ops *hvm_ops;
extern struct hvm_ops svm_hvm_ops, vmx_hvm_ops; /* probe() fills in the has_* members */

/* hvm.c: boot, domains, vCPUs (arch seam) */
void hvm_init(void); /* BSP: probe, enable; panics in words */
int hvm_cpu_up(unsigned int cpu); /* each AP */
int hvm_domain_init(struct domain *d);
void hvm_domain_fini(struct domain *d);
int hvm_vcpu_init(struct vcpu *v);
void hvm_vcpu_fini(struct vcpu *v);
/* Reset to the architectural state after INIT, not runnable. */
void hvm_vcpu_reset(struct vcpu *v);
/* SIPI: start at vector<<12 in real mode, vCPU goes up. */
void hvm_vcpu_sipi(struct vcpu *v, uint8_t vector);
/* PVH entry: 32-bit flat, paging off. */
void hvm_vcpu_set_pvh_entry(struct vcpu *v, uint32_t eip, uint32_t ebx);
/* Called by schedule(): unload prev (may be idle), load next. Saves/restores FPU, DRs, vendor state. */
void hvm_ctxt_switch(struct vcpu *prev, struct vcpu *next);
/* Make sure nothing of v is loaded on any CPU any more. */
void hvm_sync_vcpu(struct vcpu *v);

/* resume.c */
void cpu_loop(void) __attribute__((noreturn));
static inline void hvm_advance_rip(struct vcpu *v, unsigned int len);

/* An NMI has been posted: a vCPU that is down because it halted with interrupts off goes up. Any context. */
void hvm_end_halt(struct vcpu *v);

/* event.c: queue for the next entry, with double-fault merging. */
void hvm_inject_exception(struct vcpu *v, uint8_t vector, int error_code /* -1 none */);
void hvm_inject_page_fault(struct vcpu *v, uint32_t error_code, uint64_t cr2);
void hvm_inject_event(struct vcpu *v, const struct hvm_event *ev);
#define hvm_inject_gp0(v) hvm_inject_exception((v), 13, 0)
#define hvm_inject_ud(v)  hvm_inject_exception((v), 6, -1)

/* Set DR6.BS and queue #DB: single step over an instruction that we carried out. */
void hvm_inject_single_step(struct vcpu *v);
/* The guest's processor shuts down: HVM_PARAM_TRIPLE_FAULT_REASON decides what follows. */
void hvm_triple_fault(struct vcpu *v);

/*
 * intr.c: choose and inject the next interrupt, open windows. Called before each entry with interrupts off, so that what arrives later ends the guest's
 * first instruction.
 */
void hvm_intr_assist(struct vcpu *v);
/* An unmasked interrupt or NMI is deliverable (for HLT and block decisions)? */
bool hvm_interrupt_pending(struct vcpu *v);

/* Exit handlers. len: instruction length. */
enum hvm_exit_result hvm_handle_cpuid(struct vcpu *v);
enum hvm_exit_result hvm_handle_rdmsr(struct vcpu *v);
enum hvm_exit_result hvm_handle_wrmsr(struct vcpu *v);
enum hvm_exit_result hvm_handle_hlt(struct vcpu *v);
enum hvm_exit_result hvm_handle_xsetbv(struct vcpu *v);
enum hvm_exit_result hvm_handle_hypercall(struct vcpu *v);
enum hvm_exit_result hvm_handle_cr_write(struct vcpu *v, unsigned int nr, uint64_t val);
/* MSRs by value: 0 or -EPERM (#GP). */
int hvm_msr_read(struct vcpu *v, uint32_t msr, uint64_t *val);
int hvm_msr_write(struct vcpu *v, uint32_t msr, uint64_t val);
/* Validity of CR0/CR4/EFER against architecture and policy: NULL or the rule broken. */
const char *hvm_check_cr0(struct vcpu *v, uint64_t cr0, uint64_t efer, uint64_t cr4);
const char *hvm_check_cr4(struct vcpu *v, uint64_t cr4, uint64_t cr0, uint64_t efer, uint64_t cr3);
const char *hvm_check_efer(struct vcpu *v, uint64_t efer, uint64_t cr0);
/* CPUID as v sees it, from the domain's policy plus dynamic bits and Xen leaves. */
void hvm_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
/* xen_leaves.c: leaf counts from 0x40000000. */
void hvm_xen_leaf(struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);

/* io.c (platform): port and MMIO dispatch */
/* One access of size 1,2,4 (8 for MMIO). Unclaimed: reads all-ones, writes dropped. */
void hvm_pio_read(struct vcpu *v, uint16_t port, unsigned int size, uint32_t *val);
void hvm_pio_write(struct vcpu *v, uint16_t port, unsigned int size, uint32_t val);
/* IN/OUT exit with the decoded operands (string: INS/OUTS, rep). */
struct hvm_pio_exit {
	uint16_t port;
	uint8_t size;
	bool in, string, rep;
	uint8_t addr_size; /* 16, 32, 64; 0: decode from the instruction */
	uint8_t seg; /* enum hvm_seg or 0xff: decode */
};
enum hvm_exit_result hvm_handle_pio(struct vcpu *v, const struct hvm_pio_exit *io);
/* Nested page fault at gpa: p2m first, then the emulator. RIP is advanced by the emulator itself, so the result is RETRY, WAIT or FAULT. */
enum hvm_exit_result hvm_handle_npf(struct vcpu *v, gpa_t gpa, bool write, bool exec);

struct hvm_mmio_ops {
	bool (*read)(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t *val, void *arg);
	bool (*write)(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t val, void *arg);
};
struct hvm_mmio_range {
	struct list_head link;
	gpa_t start;
	uint64_t len;
	const struct hvm_mmio_ops *ops;
	void *arg;
};
void hvm_register_mmio(struct domain *d, struct hvm_mmio_range *r);
/* The range's registers moved in the guest's address space. */
void hvm_move_mmio(struct domain *d, struct hvm_mmio_range *r, gpa_t start);
/* r must not be freed before all CPUs have left their exit handlers. */
void hvm_unregister_mmio(struct domain *d, struct hvm_mmio_range *r);
/* Port ranges handled by the hypervisor for d (dom0: CF8/CFC, RTC, PM timer, denied ones; everybody: 0xE9). Sets io_bitmap bits. */
int hvm_platform_domain_init(struct domain *d);
void hvm_platform_domain_fini(struct domain *d);
void hvm_io_bitmap_set(struct domain *d, unsigned int first, unsigned int last, bool intercept);

/* emulate.c: run one instruction at RIP that touched gpa. */
enum hvm_exit_result hvm_emulate_mmio(struct vcpu *v, gpa_t gpa, bool write);
/* decode.c: length of the instruction at RIP when it is one of the expected opcode, 0 otherwise. For CPUs without next-RIP. */
enum hvm_insn {
	HVM_INSN_CPUID,
	HVM_INSN_RDMSR,
	HVM_INSN_WRMSR,
	HVM_INSN_HLT,
	HVM_INSN_VMMCALL,
	HVM_INSN_XSETBV,
	HVM_INSN_INVD,
	HVM_INSN_WBINVD,
	HVM_INSN_RDTSC,
	HVM_INSN_RDTSCP,
	HVM_INSN_PAUSE,
	HVM_INSN_INVLPG,
	HVM_INSN_MOVCR,
	HVM_INSN_MOVDR,
	HVM_INSN_RDPMC,
	HVM_INSN_CLTS,
	HVM_INSN_LMSW,
	HVM_INSN_SVM,
	HVM_INSN_MONITOR,
	HVM_INSN_MWAIT,
	HVM_INSN_INT3,
	HVM_INSN_ICEBP,
	HVM_INSN_SMSW,
	HVM_INSN_NR
};
unsigned int hvm_insn_len(struct vcpu *v, enum hvm_insn insn);
/*
 * Decode MOV CR/DR, CLTS, LMSW, SMSW at RIP: register numbers. false when it is none, or when the
 * operand of LMSW cannot be read: an exception has been queued.
 */
struct hvm_crdr_insn {
	unsigned int len;
	bool is_dr, to_reg, is_clts, is_lmsw;
	uint8_t nr, gpr;
	uint16_t lmsw_val;
};
bool hvm_decode_crdr(struct vcpu *v, struct hvm_crdr_insn *out);

/* callback.c: event upcall */
void hvm_assert_evtchn_irq(struct vcpu *v); /* upcall_pending became 1: any context */
void hvm_set_callback_via(struct domain *d, uint64_t via);
int hvm_set_upcall_vector(struct vcpu *v, uint8_t vector);

/* vmtrr.c */
bool hvm_is_mtrr_msr(uint32_t msr);
int hvm_mtrr_read(struct vcpu *v, uint32_t msr, uint64_t *val);
int hvm_mtrr_write(struct vcpu *v, uint32_t msr, uint64_t val);
void hvm_mtrr_init(struct vcpu *v);

/* context.c (control): HVM save records */
size_t hvm_context_size(struct domain *d);
int hvm_context_save(struct domain *d, void *buf, size_t size, size_t *used);
int hvm_context_load(struct domain *d, const void *buf, size_t size); /* checks everything first */

/* FPU and XSAVE state of a vCPU; the mechanism is in hv/xstate.h. */
int __must_check xstate_vcpu_init(struct vcpu *v);
void xstate_vcpu_fini(struct vcpu *v);
void xstate_save(struct vcpu *v);
void xstate_restore(struct vcpu *v);

static inline void hvm_advance_rip(struct vcpu *v, unsigned int len)
{
	/* RIP wraps at 32 bits outside 64-bit code; the vendor's get_mode is only asked when it would matter. */
	uint64_t rip = v->hvm.regs.rip + len;

	if (unlikely((rip ^ v->hvm.regs.rip) >> 32) && hvm_ops->get_mode(v) != 64) {
		rip = (uint32_t)rip;
	}
	v->hvm.regs.rip = rip;
	if (unlikely(hvm_ops->interrupt_shadow(v))) {
		hvm_ops->set_interrupt_shadow(v, 0);
	}
	if (unlikely(v->hvm.regs.rflags & (1u << 8))) {
		hvm_inject_single_step(v);
	}
}

#endif
