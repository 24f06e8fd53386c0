/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the fields of VT-x' control structure, the bits in them, capability MSRs and exit reasons
 * (SDM 3D, appendices A to C, and chapters 25 to 28). The instructions that reach the fields are in
 * vmx_priv.h; entry.S takes single numbers from here.
 */
#ifndef HVM_VMX_VMCS_H
#define HVM_VMX_VMCS_H

/* 16-bit fields */
#define VMCS_VPID                   0x0000
#define VMCS_GUEST_ES_SEL           0x0800 /* ES, CS, SS, DS, FS, GS, LDTR, TR: 2 apart */
#define VMCS_GUEST_LDTR_SEL         0x080c
#define VMCS_GUEST_TR_SEL           0x080e
#define VMCS_GUEST_INTR_STATUS      0x0810
#define VMCS_HOST_ES_SEL            0x0c00
#define VMCS_HOST_CS_SEL            0x0c02
#define VMCS_HOST_SS_SEL            0x0c04
#define VMCS_HOST_DS_SEL            0x0c06
#define VMCS_HOST_FS_SEL            0x0c08
#define VMCS_HOST_GS_SEL            0x0c0a
#define VMCS_HOST_TR_SEL            0x0c0c

/* 64-bit fields */
#define VMCS_IO_BITMAP_A            0x2000
#define VMCS_IO_BITMAP_B            0x2002
#define VMCS_MSR_BITMAP             0x2004
#define VMCS_EXIT_MSR_STORE_ADDR    0x2006
#define VMCS_EXIT_MSR_LOAD_ADDR     0x2008
#define VMCS_ENTRY_MSR_LOAD_ADDR    0x200a
#define VMCS_TSC_OFFSET             0x2010
#define VMCS_VIRTUAL_APIC_ADDR      0x2012
#define VMCS_APIC_ACCESS_ADDR       0x2014
#define VMCS_EPTP                   0x201a
#define VMCS_EOI_EXIT_BITMAP0       0x201c
#define VMCS_XSS_EXIT_BITMAP        0x202c
#define VMCS_GUEST_PHYS_ADDR        0x2400
#define VMCS_LINK_POINTER           0x2800
#define VMCS_GUEST_DEBUGCTL         0x2802
#define VMCS_GUEST_PAT              0x2804
#define VMCS_GUEST_EFER             0x2806
#define VMCS_GUEST_PDPTE0           0x280a
#define VMCS_HOST_PAT               0x2c00
#define VMCS_HOST_EFER              0x2c02

/* 32-bit fields */
#define VMCS_PIN_CONTROLS           0x4000
#define VMCS_PROC_CONTROLS          0x4002
#define VMCS_EXCEPTION_BITMAP       0x4004
#define VMCS_PF_ERROR_MASK          0x4006
#define VMCS_PF_ERROR_MATCH         0x4008
#define VMCS_CR3_TARGET_COUNT       0x400a
#define VMCS_EXIT_CONTROLS          0x400c
#define VMCS_EXIT_MSR_STORE_COUNT   0x400e
#define VMCS_EXIT_MSR_LOAD_COUNT    0x4010
#define VMCS_ENTRY_CONTROLS         0x4012
#define VMCS_ENTRY_MSR_LOAD_COUNT   0x4014
#define VMCS_ENTRY_INTR_INFO        0x4016
#define VMCS_ENTRY_ERROR_CODE       0x4018
#define VMCS_ENTRY_INSN_LEN         0x401a
#define VMCS_TPR_THRESHOLD          0x401c
#define VMCS_PROC2_CONTROLS         0x401e
#define VMCS_PLE_GAP                0x4020
#define VMCS_PLE_WINDOW             0x4022
#define VMCS_INSN_ERROR             0x4400
#define VMCS_EXIT_REASON            0x4402
#define VMCS_EXIT_INTR_INFO         0x4404
#define VMCS_EXIT_INTR_ERROR_CODE   0x4406
#define VMCS_IDT_VECTORING_INFO     0x4408
#define VMCS_IDT_VECTORING_ERROR    0x440a
#define VMCS_EXIT_INSN_LEN          0x440c
#define VMCS_EXIT_INSN_INFO         0x440e
#define VMCS_GUEST_ES_LIMIT         0x4800 /* in the selectors' order, then GDTR and IDTR */
#define VMCS_GUEST_LDTR_LIMIT       0x480c
#define VMCS_GUEST_TR_LIMIT         0x480e
#define VMCS_GUEST_GDTR_LIMIT       0x4810
#define VMCS_GUEST_IDTR_LIMIT       0x4812
#define VMCS_GUEST_ES_AR            0x4814
#define VMCS_GUEST_CS_AR            0x4816
#define VMCS_GUEST_SS_AR            0x4818
#define VMCS_GUEST_LDTR_AR          0x4820
#define VMCS_GUEST_TR_AR            0x4822
#define VMCS_GUEST_INTERRUPTIBILITY 0x4824
#define VMCS_GUEST_ACTIVITY         0x4826
#define VMCS_GUEST_SYSENTER_CS      0x482a
#define VMCS_PREEMPTION_TIMER       0x482e
#define VMCS_HOST_SYSENTER_CS       0x4c00

/* Natural-width fields */
#define VMCS_CR0_MASK               0x6000
#define VMCS_CR4_MASK               0x6002
#define VMCS_CR0_SHADOW             0x6004
#define VMCS_CR4_SHADOW             0x6006
#define VMCS_EXIT_QUALIFICATION     0x6400
#define VMCS_GUEST_LINEAR_ADDR      0x640a
#define VMCS_GUEST_CR0              0x6800
#define VMCS_GUEST_CR3              0x6802
#define VMCS_GUEST_CR4              0x6804
#define VMCS_GUEST_ES_BASE          0x6806 /* in the selectors' order, then GDTR and IDTR */
#define VMCS_GUEST_CS_BASE          0x6808
#define VMCS_GUEST_FS_BASE          0x680e
#define VMCS_GUEST_GS_BASE          0x6810
#define VMCS_GUEST_LDTR_BASE        0x6812
#define VMCS_GUEST_TR_BASE          0x6814
#define VMCS_GUEST_GDTR_BASE        0x6816
#define VMCS_GUEST_IDTR_BASE        0x6818
#define VMCS_GUEST_DR7              0x681a
#define VMCS_GUEST_RSP              0x681c
#define VMCS_GUEST_RIP              0x681e
#define VMCS_GUEST_RFLAGS           0x6820
#define VMCS_GUEST_PENDING_DEBUG    0x6822
#define VMCS_GUEST_SYSENTER_ESP     0x6824
#define VMCS_GUEST_SYSENTER_EIP     0x6826
#define VMCS_HOST_CR0               0x6c00
#define VMCS_HOST_CR3               0x6c02
#define VMCS_HOST_CR4               0x6c04
#define VMCS_HOST_FS_BASE           0x6c06
#define VMCS_HOST_GS_BASE           0x6c08
#define VMCS_HOST_TR_BASE           0x6c0a
#define VMCS_HOST_GDTR_BASE         0x6c0c
#define VMCS_HOST_IDTR_BASE         0x6c0e
#define VMCS_HOST_SYSENTER_ESP      0x6c10
#define VMCS_HOST_SYSENTER_EIP      0x6c12
#define VMCS_HOST_RSP               0x6c14
#define VMCS_HOST_RIP               0x6c16

/* Pin-based controls */
#define PIN_EXTINT_EXIT             (1u << 0)
#define PIN_NMI_EXIT                (1u << 3)
#define PIN_VIRTUAL_NMI             (1u << 5)
#define PIN_PREEMPTION_TIMER        (1u << 6)
#define PIN_POSTED_INTR             (1u << 7)

/* Primary processor-based controls */
#define PROC_INTR_WINDOW            (1u << 2)
#define PROC_TSC_OFFSET             (1u << 3)
#define PROC_HLT_EXIT               (1u << 7)
#define PROC_INVLPG_EXIT            (1u << 9)
#define PROC_MWAIT_EXIT             (1u << 10)
#define PROC_RDPMC_EXIT             (1u << 11)
#define PROC_RDTSC_EXIT             (1u << 12)
#define PROC_CR3_LOAD_EXIT          (1u << 15)
#define PROC_CR3_STORE_EXIT         (1u << 16)
#define PROC_CR8_LOAD_EXIT          (1u << 19)
#define PROC_CR8_STORE_EXIT         (1u << 20)
#define PROC_TPR_SHADOW             (1u << 21)
#define PROC_NMI_WINDOW             (1u << 22)
#define PROC_MOV_DR_EXIT            (1u << 23)
#define PROC_IO_EXIT                (1u << 24)
#define PROC_IO_BITMAPS             (1u << 25)
#define PROC_MTF                    (1u << 27)
#define PROC_MSR_BITMAPS            (1u << 28)
#define PROC_MONITOR_EXIT           (1u << 29)
#define PROC_PAUSE_EXIT             (1u << 30)
#define PROC_SECONDARY              (1u << 31)

/* Secondary processor-based controls */
#define PROC2_APIC_ACCESS           (1u << 0)
#define PROC2_EPT                   (1u << 1)
#define PROC2_DT_EXIT               (1u << 2)
#define PROC2_RDTSCP                (1u << 3)
#define PROC2_X2APIC                (1u << 4)
#define PROC2_VPID                  (1u << 5)
#define PROC2_WBINVD_EXIT           (1u << 6)
#define PROC2_UNRESTRICTED          (1u << 7)
#define PROC2_APIC_REGS             (1u << 8)
#define PROC2_VIRTUAL_INTR          (1u << 9)
#define PROC2_PLE                   (1u << 10)
#define PROC2_INVPCID               (1u << 12)
#define PROC2_XSAVES                (1u << 20)

/* Exit controls */
#define EXITCTL_SAVE_DEBUG          (1u << 2)
#define EXITCTL_HOST_64             (1u << 9)
#define EXITCTL_LOAD_PERF           (1u << 12)
#define EXITCTL_ACK_INTR            (1u << 15)
#define EXITCTL_SAVE_PAT            (1u << 18)
#define EXITCTL_LOAD_PAT            (1u << 19)
#define EXITCTL_SAVE_EFER           (1u << 20)
#define EXITCTL_LOAD_EFER           (1u << 21)

/* Entry controls */
#define ENTRYCTL_LOAD_DEBUG         (1u << 2)
#define ENTRYCTL_IA32E              (1u << 9)
#define ENTRYCTL_SMM                (1u << 10)
#define ENTRYCTL_DUAL_MONITOR       (1u << 11)
#define ENTRYCTL_LOAD_PERF          (1u << 13)
#define ENTRYCTL_LOAD_PAT           (1u << 14)
#define ENTRYCTL_LOAD_EFER          (1u << 15)

/* Interruption information: of entries, exits and interrupted deliveries */
#define INTR_INFO_VECTOR            0xffu
#define INTR_INFO_TYPE_SHIFT        8
#define INTR_INFO_TYPE_MASK         0x700u
#define INTR_INFO_ERROR_CODE        (1u << 11)
#define INTR_INFO_NMI_UNBLOCKED     (1u << 12) /* exits: by an IRET that did not complete */
#define INTR_INFO_VALID             (1u << 31)
#define INTR_TYPE_EXTINT            0u
#define INTR_TYPE_NMI               2u
#define INTR_TYPE_EXCEPTION         3u
#define INTR_TYPE_SOFTINT           4u
#define INTR_TYPE_PRIV_SOFT_EXC     5u
#define INTR_TYPE_SOFT_EXC          6u
#define INTR_TYPE_OTHER             7u

/* Interruptibility state */
#define BLOCK_STI                   (1u << 0)
#define BLOCK_MOV_SS                (1u << 1)
#define BLOCK_SMI                   (1u << 2)
#define BLOCK_NMI                   (1u << 3)

/* Access rights of a segment */
#define SEG_AR_UNUSABLE             (1u << 16)

/* Exit reasons (basic), and the bit that tells of a failed entry */
#define EXIT_EXCEPTION_NMI          0
#define EXIT_EXTINT                 1
#define EXIT_TRIPLE_FAULT           2
#define EXIT_INIT                   3
#define EXIT_SIPI                   4
#define EXIT_IO_SMI                 5
#define EXIT_OTHER_SMI              6
#define EXIT_INTR_WINDOW            7
#define EXIT_NMI_WINDOW             8
#define EXIT_TASK_SWITCH            9
#define EXIT_CPUID                  10
#define EXIT_GETSEC                 11
#define EXIT_HLT                    12
#define EXIT_INVD                   13
#define EXIT_INVLPG                 14
#define EXIT_RDPMC                  15
#define EXIT_RDTSC                  16
#define EXIT_RSM                    17
#define EXIT_VMCALL                 18
#define EXIT_VMCLEAR                19
#define EXIT_VMXON                  27
#define EXIT_CR_ACCESS              28
#define EXIT_DR_ACCESS              29
#define EXIT_IO                     30
#define EXIT_RDMSR                  31
#define EXIT_WRMSR                  32
#define EXIT_BAD_GUEST_STATE        33
#define EXIT_BAD_MSR_LOAD           34
#define EXIT_MWAIT                  36
#define EXIT_MTF                    37
#define EXIT_MONITOR                39
#define EXIT_PAUSE                  40
#define EXIT_ENTRY_MACHINE_CHECK    41
#define EXIT_TPR_BELOW              43
#define EXIT_APIC_ACCESS            44
#define EXIT_VIRTUAL_EOI            45
#define EXIT_GDTR_IDTR              46
#define EXIT_LDTR_TR                47
#define EXIT_EPT_VIOLATION          48
#define EXIT_EPT_MISCONFIG          49
#define EXIT_INVEPT                 50
#define EXIT_RDTSCP                 51
#define EXIT_PREEMPTION_TIMER       52
#define EXIT_INVVPID                53
#define EXIT_WBINVD                 54
#define EXIT_XSETBV                 55
#define EXIT_APIC_WRITE             56
#define EXIT_RDRAND                 57
#define EXIT_INVPCID                58
#define EXIT_VMFUNC                 59
#define EXIT_ENCLS                  60
#define EXIT_RDSEED                 61
#define EXIT_PML_FULL               62
#define EXIT_XSAVES                 63
#define EXIT_XRSTORS                64
#define EXIT_ENTRY_FAILED           (1u << 31)

/* Exit qualification of EPT violations */
#define EPTV_READ                   (1ull << 0)
#define EPTV_WRITE                  (1ull << 1)
#define EPTV_EXEC                   (1ull << 2)
#define EPTV_NMI_UNBLOCKED          (1ull << 12)

/* EPT pointer */
#define EPTP_WB                     6ull
#define EPTP_4_LEVELS               (3ull << 3)
#define EPTP_AD                     (1ull << 6)

/* Capability MSRs */
#define MSR_VMX_BASIC               0x480
#define VMX_BASIC_TRUE_CONTROLS     (1ull << 55)
#define VMX_BASIC_INS_OUTS_INFO     (1ull << 54)
#define MSR_VMX_PIN                 0x481
#define MSR_VMX_PROC                0x482
#define MSR_VMX_EXIT                0x483
#define MSR_VMX_ENTRY               0x484
#define MSR_VMX_MISC                0x485
#define VMX_MISC_TIMER_SHIFT(m)     ((unsigned int)(m) & 31)
#define MSR_VMX_CR0_FIXED0          0x486
#define MSR_VMX_CR0_FIXED1          0x487
#define MSR_VMX_CR4_FIXED0          0x488
#define MSR_VMX_CR4_FIXED1          0x489
#define MSR_VMX_PROC2               0x48b
#define MSR_VMX_EPT_VPID            0x48c
#define EPT_CAP_4_LEVELS            (1ull << 6)
#define EPT_CAP_WB                  (1ull << 14)
#define EPT_CAP_2M                  (1ull << 16)
#define EPT_CAP_1G                  (1ull << 17)
#define EPT_CAP_INVEPT              (1ull << 20)
#define EPT_CAP_INVEPT_SINGLE       (1ull << 25)
#define EPT_CAP_INVEPT_ALL          (1ull << 26)
#define VPID_CAP_INVVPID            (1ull << 32)
#define VPID_CAP_ADDRESS            (1ull << 40)
#define VPID_CAP_SINGLE             (1ull << 41)
#define VPID_CAP_ALL                (1ull << 42)
#define MSR_VMX_TRUE_PIN            0x48d
#define MSR_VMX_TRUE_PROC           0x48e
#define MSR_VMX_TRUE_EXIT           0x48f
#define MSR_VMX_TRUE_ENTRY          0x490
#define FEATURE_CONTROL_LOCK        (1ull << 0)
#define FEATURE_CONTROL_VMX         (1ull << 2)

#endif
