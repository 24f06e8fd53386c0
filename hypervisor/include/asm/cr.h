/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Bits of the control registers, EFER and RFLAGS. */
#ifndef ASM_CR_H
#define ASM_CR_H

#define X86_CR0_PE         0x00000001ul
#define X86_CR0_MP         0x00000002ul
#define X86_CR0_EM         0x00000004ul
#define X86_CR0_TS         0x00000008ul
#define X86_CR0_ET         0x00000010ul
#define X86_CR0_NE         0x00000020ul
#define X86_CR0_WP         0x00010000ul
#define X86_CR0_AM         0x00040000ul
#define X86_CR0_NW         0x20000000ul
#define X86_CR0_CD         0x40000000ul
#define X86_CR0_PG         0x80000000ul

#define X86_CR4_VME        (1ul << 0)
#define X86_CR4_PVI        (1ul << 1)
#define X86_CR4_TSD        (1ul << 2)
#define X86_CR4_DE         (1ul << 3)
#define X86_CR4_PSE        (1ul << 4)
#define X86_CR4_PAE        (1ul << 5)
#define X86_CR4_MCE        (1ul << 6)
#define X86_CR4_PGE        (1ul << 7)
#define X86_CR4_PCE        (1ul << 8)
#define X86_CR4_OSFXSR     (1ul << 9)
#define X86_CR4_OSXMMEXCPT (1ul << 10)
#define X86_CR4_UMIP       (1ul << 11)
#define X86_CR4_LA57       (1ul << 12)
#define X86_CR4_VMXE       (1ul << 13)
#define X86_CR4_SMXE       (1ul << 14)
#define X86_CR4_FSGSBASE   (1ul << 16)
#define X86_CR4_PCIDE      (1ul << 17)
#define X86_CR4_OSXSAVE    (1ul << 18)
#define X86_CR4_SMEP       (1ul << 20)
#define X86_CR4_SMAP       (1ul << 21)
#define X86_CR4_PKE        (1ul << 22)
#define X86_CR4_CET        (1ul << 23)
#define X86_CR4_PKS        (1ul << 24)

#define EFER_SCE           (1ul << 0)
#define EFER_LME           (1ul << 8)
#define EFER_LMA           (1ul << 10)
#define EFER_NX            (1ul << 11)
#define EFER_NXE           EFER_NX
#define EFER_SVME          (1ul << 12)
#define EFER_LMSLE         (1ul << 13)
#define EFER_FFXSE         (1ul << 14)
#define EFER_AIBRSE        (1ul << 21)

#define X86_EFLAGS_CF      0x00000001u
#define X86_EFLAGS_MBS     0x00000002u
#define X86_EFLAGS_PF      0x00000004u
#define X86_EFLAGS_AF      0x00000010u
#define X86_EFLAGS_ZF      0x00000040u
#define X86_EFLAGS_SF      0x00000080u
#define X86_EFLAGS_TF      0x00000100u
#define X86_EFLAGS_IF      0x00000200u
#define X86_EFLAGS_DF      0x00000400u
#define X86_EFLAGS_OF      0x00000800u
#define X86_EFLAGS_IOPL    0x00003000u
#define X86_EFLAGS_NT      0x00004000u
#define X86_EFLAGS_RF      0x00010000u
#define X86_EFLAGS_VM      0x00020000u
#define X86_EFLAGS_AC      0x00040000u
#define X86_EFLAGS_VIF     0x00080000u
#define X86_EFLAGS_VIP     0x00100000u
#define X86_EFLAGS_ID      0x00200000u

/* Exceptions and page-fault error code. */
#define X86_EXC_DE         0
#define X86_EXC_DB         1
#define X86_EXC_NMI        2
#define X86_EXC_BP         3
#define X86_EXC_OF         4
#define X86_EXC_BR         5
#define X86_EXC_UD         6
#define X86_EXC_NM         7
#define X86_EXC_DF         8
#define X86_EXC_TS         10
#define X86_EXC_NP         11
#define X86_EXC_SS         12
#define X86_EXC_GP         13
#define X86_EXC_PF         14
#define X86_EXC_MF         16
#define X86_EXC_AC         17
#define X86_EXC_MC         18
#define X86_EXC_XM         19
#define X86_EXC_VE         20
#define X86_EXC_CP         21
#define X86_EXC_HV         28
#define X86_EXC_VC         29
#define X86_EXC_SX         30

#define PFEC_P             (1u << 0)
#define PFEC_W             (1u << 1)
#define PFEC_U             (1u << 2)
#define PFEC_RSVD          (1u << 3)
#define PFEC_I             (1u << 4)
#define PFEC_PK            (1u << 5)

#endif
