/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual machine control block of AMD-V: layout, intercepts, exit codes (APM 2, appendices B
 * and C). Included in hvm/svm only. Pure data, also for the host tests.
 */
#ifndef HVM_SVM_VMCB_H
#define HVM_SVM_VMCB_H

#include <hv/compiler.h>
#include <hv/types.h>

/* Control registers: bit n is CRn; the upper half of the word is for writes. */
#define CR_INTERCEPT_READ(n)    (1u << (n))
#define CR_INTERCEPT_WRITE(n)   (1u << (16 + (n)))
#define DR_INTERCEPT_ALL        0xffffffffu

#define INTERCEPT_INTR          (1u << 0)
#define INTERCEPT_NMI           (1u << 1)
#define INTERCEPT_SMI           (1u << 2)
#define INTERCEPT_INIT          (1u << 3)
#define INTERCEPT_VINTR         (1u << 4)
#define INTERCEPT_CR0_SEL_WRITE (1u << 5)
#define INTERCEPT_RDPMC         (1u << 15)
#define INTERCEPT_CPUID         (1u << 18)
#define INTERCEPT_IRET          (1u << 20)
#define INTERCEPT_INVD          (1u << 22)
#define INTERCEPT_PAUSE         (1u << 23)
#define INTERCEPT_HLT           (1u << 24)
#define INTERCEPT_INVLPGA       (1u << 26)
#define INTERCEPT_IOIO          (1u << 27)
#define INTERCEPT_MSR           (1u << 28)
#define INTERCEPT_TASK_SWITCH   (1u << 29)
#define INTERCEPT_FERR_FREEZE   (1u << 30)
#define INTERCEPT_SHUTDOWN      (1u << 31)

#define INTERCEPT2_VMRUN        (1u << 0)
#define INTERCEPT2_VMMCALL      (1u << 1)
#define INTERCEPT2_VMLOAD       (1u << 2)
#define INTERCEPT2_VMSAVE       (1u << 3)
#define INTERCEPT2_STGI         (1u << 4)
#define INTERCEPT2_CLGI         (1u << 5)
#define INTERCEPT2_SKINIT       (1u << 6)
#define INTERCEPT2_WBINVD       (1u << 9)
#define INTERCEPT2_MONITOR      (1u << 10)
#define INTERCEPT2_MWAIT        (1u << 11)
#define INTERCEPT2_XSETBV       (1u << 13)
#define INTERCEPT2_RDPRU        (1u << 14)

#define TLB_CONTROL_FLUSH_ALL   1

/* int_ctl */
#define V_TPR_MASK              0xffu
#define V_IRQ                   (1u << 8)
#define V_INTR_PRIO_SHIFT       16
#define V_INTR_PRIO_MASK        (0xfu << V_INTR_PRIO_SHIFT)
#define V_IGN_TPR               (1u << 20)
#define V_INTR_MASKING          (1u << 24)

/* EVENTINJ and EXITINTINFO */
#define VMCB_EVENT_VECTOR       0xffu
#define VMCB_EVENT_TYPE_SHIFT   8
#define VMCB_EVENT_TYPE_MASK    (7u << VMCB_EVENT_TYPE_SHIFT)
#define VMCB_EVENT_EV           (1u << 11)
#define VMCB_EVENT_V            (1u << 31)

/* clean: what is unchanged since the last exit. */
#define VMCB_CLEAN_INTERCEPTS   (1u << 0)
#define VMCB_CLEAN_PERM_MAP     (1u << 1)
#define VMCB_CLEAN_ASID         (1u << 2)
#define VMCB_CLEAN_TPR          (1u << 3)
#define VMCB_CLEAN_NP           (1u << 4)
#define VMCB_CLEAN_CR           (1u << 5)
#define VMCB_CLEAN_DR           (1u << 6)
#define VMCB_CLEAN_DT           (1u << 7)
#define VMCB_CLEAN_SEG          (1u << 8)
#define VMCB_CLEAN_CR2          (1u << 9)
#define VMCB_CLEAN_LBR          (1u << 10)
#define VMCB_CLEAN_ALL          0x7ffu

struct vmcb_seg {
	uint16_t sel;
	uint16_t attr; /* packed as in struct hvm_segment */
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint32_t cr_intercepts;   /* 0x000 */
	uint32_t dr_intercepts;
	uint32_t exception_intercepts;
	uint32_t intercepts1;   /* 0x00c */
	uint32_t intercepts2;
	uint32_t intercepts3;
	uint8_t rsvd_018[0x3c - 0x18];
	uint16_t pause_filter_threshold; /* 0x03c */
	uint16_t pause_filter_count;
	uint64_t iopm_base_pa;   /* 0x040 */
	uint64_t msrpm_base_pa;
	uint64_t tsc_offset;   /* 0x050 */
	uint32_t asid;
	uint8_t tlb_control;
	uint8_t rsvd_05d[3];
	uint32_t int_ctl;   /* 0x060 */
	uint32_t int_vector;
	uint64_t int_state;   /* 0x068: bit 0 interrupt shadow */
	uint64_t exitcode;   /* 0x070 */
	uint64_t exitinfo1;
	uint64_t exitinfo2;   /* 0x080 */
	uint64_t exitintinfo;
	uint64_t np_enable;   /* 0x090 */
	uint8_t rsvd_098[0xa8 - 0x98];
	uint64_t eventinj;   /* 0x0a8 */
	uint64_t n_cr3;
	uint64_t lbr_control;   /* 0x0b8 */
	uint32_t clean;
	uint32_t rsvd_0c4;
	uint64_t nrip;    /* 0x0c8 */
	uint8_t insn_len;
	uint8_t insn_bytes[15];
	uint8_t rsvd_0e0[0x400 - 0xe0];

	struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr; /* 0x400 */
	uint8_t rsvd_4a0[0xcb - 0xa0];
	uint8_t cpl;    /* 0x4cb */
	uint32_t rsvd_4cc;
	uint64_t efer;    /* 0x4d0 */
	uint8_t rsvd_4d8[0x148 - 0xd8];
	uint64_t cr4;    /* 0x548 */
	uint64_t cr3;
	uint64_t cr0;
	uint64_t dr7;    /* 0x560 */
	uint64_t dr6;
	uint64_t rflags;
	uint64_t rip;
	uint8_t rsvd_580[0x1d8 - 0x180];
	uint64_t rsp;    /* 0x5d8 */
	uint64_t s_cet, ssp, isst_addr;
	uint64_t rax;    /* 0x5f8 */
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;    /* 0x640 */
	uint8_t rsvd_648[0x268 - 0x248];
	uint64_t g_pat;    /* 0x668 */
	uint64_t debugctl;
	uint64_t br_from, br_to, last_exc_from, last_exc_to;
	uint8_t rsvd_698[0x1000 - 0x698];
};

#define VMCB_OFFSET(member, offset) \
	_Static_assert(offsetof(struct vmcb, member) == (offset), "VMCB layout: " #member)
VMCB_OFFSET(pause_filter_threshold, 0x3c);
VMCB_OFFSET(tsc_offset, 0x50);
VMCB_OFFSET(int_ctl, 0x60);
VMCB_OFFSET(exitcode, 0x70);
VMCB_OFFSET(eventinj, 0xa8);
VMCB_OFFSET(clean, 0xc0);
VMCB_OFFSET(nrip, 0xc8);
VMCB_OFFSET(insn_bytes, 0xd1);
VMCB_OFFSET(es, 0x400);
VMCB_OFFSET(tr, 0x490);
VMCB_OFFSET(cpl, 0x4cb);
VMCB_OFFSET(efer, 0x4d0);
VMCB_OFFSET(cr4, 0x548);
VMCB_OFFSET(rip, 0x578);
VMCB_OFFSET(rsp, 0x5d8);
VMCB_OFFSET(rax, 0x5f8);
VMCB_OFFSET(cr2, 0x640);
VMCB_OFFSET(g_pat, 0x668);
VMCB_OFFSET(last_exc_to, 0x690);
_Static_assert(sizeof(struct vmcb) == 0x1000, "VMCB size");

enum vmcb_exit {
	VMEXIT_CR0_READ = 0x000,
	VMEXIT_CR15_READ = 0x00f,
	VMEXIT_CR0_WRITE = 0x010,
	VMEXIT_CR4_WRITE = 0x014,
	VMEXIT_CR8_WRITE = 0x018,
	VMEXIT_CR15_WRITE = 0x01f,
	VMEXIT_DR0_READ = 0x020,
	VMEXIT_DR15_WRITE = 0x03f,
	VMEXIT_EXCEPTION = 0x040, /* + vector */
	VMEXIT_EXCEPTION_DB = 0x041,
	VMEXIT_EXCEPTION_AC = 0x051,
	VMEXIT_EXCEPTION_MC = 0x052,
	VMEXIT_INTR = 0x060,
	VMEXIT_NMI,
	VMEXIT_SMI,
	VMEXIT_INIT,
	VMEXIT_VINTR,
	VMEXIT_CR0_SEL_WRITE,
	VMEXIT_IDTR_READ,
	VMEXIT_GDTR_READ,
	VMEXIT_LDTR_READ,
	VMEXIT_TR_READ,
	VMEXIT_IDTR_WRITE,
	VMEXIT_GDTR_WRITE,
	VMEXIT_LDTR_WRITE,
	VMEXIT_TR_WRITE,
	VMEXIT_RDTSC,
	VMEXIT_RDPMC,
	VMEXIT_PUSHF,
	VMEXIT_POPF,
	VMEXIT_CPUID,
	VMEXIT_RSM,
	VMEXIT_IRET,
	VMEXIT_SWINT,
	VMEXIT_INVD,
	VMEXIT_PAUSE,
	VMEXIT_HLT,
	VMEXIT_INVLPG,
	VMEXIT_INVLPGA,
	VMEXIT_IOIO,
	VMEXIT_MSR,
	VMEXIT_TASK_SWITCH,
	VMEXIT_FERR_FREEZE,
	VMEXIT_SHUTDOWN,
	VMEXIT_VMRUN,
	VMEXIT_VMMCALL,
	VMEXIT_VMLOAD,
	VMEXIT_VMSAVE,
	VMEXIT_STGI,
	VMEXIT_CLGI,
	VMEXIT_SKINIT,
	VMEXIT_RDTSCP,
	VMEXIT_ICEBP,
	VMEXIT_WBINVD,
	VMEXIT_MONITOR,
	VMEXIT_MWAIT,
	VMEXIT_MWAIT_ARMED,
	VMEXIT_XSETBV,
	VMEXIT_RDPRU,
	VMEXIT_NPF = 0x400,
};
/* Stored as 32 or 64 bits of ones, depending on who runs us: compare the low half. */
#define VMEXIT_INVALID    0xffffffffu

/* EXITINFO1 of NPF */
#define NPF_WRITE         (1ull << 1)
#define NPF_EXEC          (1ull << 4)
/* EXITINFO1 of IOIO */
#define IOIO_IN           (1u << 0)
#define IOIO_STRING       (1u << 2)
#define IOIO_REP          (1u << 3)
#define IOIO_SIZE(x)      (((x) >> 4) & 7)
#define IOIO_ADDR_SIZE(x) (((x) >> 7) & 7)
#define IOIO_SEG(x)       (((x) >> 10) & 7)
#define IOIO_PORT(x)      ((uint16_t)((x) >> 16))

/* The rule of VMRUN (APM 2, 15.5.1) that the block breaks, NULL when it breaks none. Pure. */
const char *vmcb_check(const struct vmcb *vmcb, unsigned int phys_bits);

#endif
