/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Feature bits as word * 32 + bit; the words are those of struct cpu_info. */
#ifndef ASM_CPUFEATURE_H
#define ASM_CPUFEATURE_H

enum {
	CPUFEAT_1_EDX,
	CPUFEAT_1_ECX,
	CPUFEAT_7_EBX,
	CPUFEAT_7_ECX,
	CPUFEAT_7_EDX,
	CPUFEAT_8_1_EDX,
	CPUFEAT_8_1_ECX,
	CPUFEAT_8_7_EDX,
	CPUFEAT_8_8_EBX,
	CPUFEAT_6_EAX,
	CPUFEAT_D_1_EAX,
	CPUFEAT_7_1_EAX,
	CPUFEAT_NR_WORDS
};
#define CPUFEAT(word, bit)        (CPUFEAT_##word * 32 + (bit))

#define CPUFEAT_FPU               CPUFEAT(1_EDX, 0)
#define CPUFEAT_PSE               CPUFEAT(1_EDX, 3)
#define CPUFEAT_TSC               CPUFEAT(1_EDX, 4)
#define CPUFEAT_MSR               CPUFEAT(1_EDX, 5)
#define CPUFEAT_PAE               CPUFEAT(1_EDX, 6)
#define CPUFEAT_MCE               CPUFEAT(1_EDX, 7)
#define CPUFEAT_APIC              CPUFEAT(1_EDX, 9)
#define CPUFEAT_MTRR              CPUFEAT(1_EDX, 12)
#define CPUFEAT_PGE               CPUFEAT(1_EDX, 13)
#define CPUFEAT_MCA               CPUFEAT(1_EDX, 14)
#define CPUFEAT_PAT               CPUFEAT(1_EDX, 16)
#define CPUFEAT_FXSR              CPUFEAT(1_EDX, 24)
#define CPUFEAT_SSE2              CPUFEAT(1_EDX, 26)
#define CPUFEAT_MONITOR           CPUFEAT(1_ECX, 3)
#define CPUFEAT_VMX               CPUFEAT(1_ECX, 5)
#define CPUFEAT_PCID              CPUFEAT(1_ECX, 17)
#define CPUFEAT_X2APIC            CPUFEAT(1_ECX, 21)
#define CPUFEAT_TSC_DEADLINE      CPUFEAT(1_ECX, 24)
#define CPUFEAT_XSAVE             CPUFEAT(1_ECX, 26)
#define CPUFEAT_OSXSAVE           CPUFEAT(1_ECX, 27)
#define CPUFEAT_HYPERVISOR        CPUFEAT(1_ECX, 31)
#define CPUFEAT_FSGSBASE          CPUFEAT(7_EBX, 0)
#define CPUFEAT_TSC_ADJUST        CPUFEAT(7_EBX, 1)
#define CPUFEAT_SMEP              CPUFEAT(7_EBX, 7)
#define CPUFEAT_ERMS              CPUFEAT(7_EBX, 9)
#define CPUFEAT_INVPCID           CPUFEAT(7_EBX, 10)
#define CPUFEAT_SMAP              CPUFEAT(7_EBX, 20)
#define CPUFEAT_UMIP              CPUFEAT(7_ECX, 2)
#define CPUFEAT_PKU               CPUFEAT(7_ECX, 3)
#define CPUFEAT_LA57              CPUFEAT(7_ECX, 16)
#define CPUFEAT_IBRSB             CPUFEAT(7_EDX, 26)
#define CPUFEAT_STIBP             CPUFEAT(7_EDX, 27)
#define CPUFEAT_L1D_FLUSH         CPUFEAT(7_EDX, 28)
#define CPUFEAT_ARCH_CAPS         CPUFEAT(7_EDX, 29)
#define CPUFEAT_SSBD              CPUFEAT(7_EDX, 31)
#define CPUFEAT_SYSCALL           CPUFEAT(8_1_EDX, 11)
#define CPUFEAT_NX                CPUFEAT(8_1_EDX, 20)
#define CPUFEAT_PAGE1GB           CPUFEAT(8_1_EDX, 26)
#define CPUFEAT_RDTSCP            CPUFEAT(8_1_EDX, 27)
#define CPUFEAT_LM                CPUFEAT(8_1_EDX, 29)
#define CPUFEAT_SVM               CPUFEAT(8_1_ECX, 2)
#define CPUFEAT_TOPOEXT           CPUFEAT(8_1_ECX, 22)
#define CPUFEAT_ITSC              CPUFEAT(8_7_EDX, 8)
#define CPUFEAT_IBPB              CPUFEAT(8_8_EBX, 12)
#define CPUFEAT_AMD_IBRS          CPUFEAT(8_8_EBX, 14)
#define CPUFEAT_AMD_STIBP         CPUFEAT(8_8_EBX, 15)
#define CPUFEAT_AMD_SSBD          CPUFEAT(8_8_EBX, 24)
#define CPUFEAT_ARAT              CPUFEAT(6_EAX, 2)
#define CPUFEAT_XSAVEOPT          CPUFEAT(D_1_EAX, 0)
#define CPUFEAT_XSAVEC            CPUFEAT(D_1_EAX, 1)
#define CPUFEAT_XSAVES            CPUFEAT(D_1_EAX, 3)

/* CPUID 8000000A EDX */
#define SVM_FEATURE_NPT           (1u << 0)
#define SVM_FEATURE_LBRV          (1u << 1)
#define SVM_FEATURE_SVML          (1u << 2)
#define SVM_FEATURE_NRIPS         (1u << 3)
#define SVM_FEATURE_TSCRATE       (1u << 4)
#define SVM_FEATURE_VMCBCLEAN     (1u << 5)
#define SVM_FEATURE_FLUSHBYASID   (1u << 6)
#define SVM_FEATURE_DECODEASSISTS (1u << 7)
#define SVM_FEATURE_PAUSEFILTER   (1u << 10)
#define SVM_FEATURE_PAUSETHRESH   (1u << 12)
#define SVM_FEATURE_AVIC          (1u << 13)
#define SVM_FEATURE_VLOADSAVE     (1u << 15)
#define SVM_FEATURE_VGIF          (1u << 16)
#define SVM_FEATURE_SPEC_CTRL     (1u << 20)

#endif
