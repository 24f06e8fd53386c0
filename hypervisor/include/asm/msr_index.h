/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Numbers of model-specific registers. */
#ifndef ASM_MSR_INDEX_H
#define ASM_MSR_INDEX_H

#define MSR_TSC                    0x00000010
#define MSR_PLATFORM_ID            0x00000017
#define MSR_APIC_BASE              0x0000001b
#define APIC_BASE_BSP              (1ul << 8)
#define APIC_BASE_EXTD             (1ul << 10)
#define APIC_BASE_ENABLE           (1ul << 11)
#define MSR_FEATURE_CONTROL        0x0000003a
#define MSR_TSC_ADJUST             0x0000003b
#define MSR_SPEC_CTRL              0x00000048
#define MSR_PRED_CMD               0x00000049
#define MSR_UCODE_WRITE            0x00000079
#define MSR_UCODE_REV              0x0000008b
#define MSR_PLATFORM_INFO          0x000000ce
#define MSR_MTRR_CAP               0x000000fe
#define MSR_ARCH_CAPABILITIES      0x0000010a
#define MSR_FLUSH_CMD              0x0000010b
#define MSR_MISC_FEATURES_ENABLES  0x00000140
#define MSR_SYSENTER_CS            0x00000174
#define MSR_SYSENTER_ESP           0x00000175
#define MSR_SYSENTER_EIP           0x00000176
#define MSR_MCG_CAP                0x00000179
#define MSR_MCG_STATUS             0x0000017a
#define MSR_MCG_CTL                0x0000017b
#define MSR_MISC_ENABLE            0x000001a0
#define MSR_DEBUGCTL               0x000001d9
#define MSR_LASTBRANCHFROMIP       0x000001db
#define MSR_MTRR_PHYSBASE(n)       (0x00000200 + 2 * (n))
#define MSR_MTRR_PHYSMASK(n)       (0x00000201 + 2 * (n))
#define MSR_MTRR_FIX64K_00000      0x00000250
#define MSR_MTRR_FIX16K_80000      0x00000258
#define MSR_MTRR_FIX16K_A0000      0x00000259
#define MSR_MTRR_FIX4K_C0000       0x00000268
#define MSR_MTRR_FIX4K_F8000       0x0000026f
#define MSR_PAT                    0x00000277
#define MSR_MTRR_DEF_TYPE          0x000002ff
#define MSR_MC0_CTL                0x00000400
#define MSR_TSC_DEADLINE           0x000006e0
#define MSR_PKRS                   0x000006e1
#define MSR_X2APIC_BASE            0x00000800
#define MSR_X2APIC(reg)            (0x00000800 + ((reg) >> 4))
#define MSR_X2APIC_LAST            0x000008ff
#define MSR_XSS                    0x00000da0

#define MSR_EFER                   0xc0000080
#define MSR_STAR                   0xc0000081
#define MSR_LSTAR                  0xc0000082
#define MSR_CSTAR                  0xc0000083
#define MSR_SFMASK                 0xc0000084
#define MSR_FS_BASE                0xc0000100
#define MSR_GS_BASE                0xc0000101
#define MSR_KERNEL_GS_BASE         0xc0000102
#define MSR_TSC_AUX                0xc0000103
#define MSR_AMD64_TSC_RATIO        0xc0000104

#define MSR_K8_SYSCFG              0xc0010010
#define MSR_K8_HWCR                0xc0010015
#define MSR_K8_IORR_BASE0          0xc0010016
#define MSR_K8_TOP_MEM1            0xc001001a
#define MSR_K8_TOP_MEM2            0xc001001d
#define MSR_AMD64_NB_CFG           0xc001001f
#define MSR_AMD_PATCHLOADER        0xc0010020
#define MSR_AMD_PATCHLEVEL         0x0000008b
#define MSR_K8_ENABLE_C1E          0xc0010055
#define MSR_FAM10H_MMIO_CONF_BASE  0xc0010058
#define MSR_VM_CR                  0xc0010114
#define VM_CR_LOCK                 (1ul << 3)
#define VM_CR_SVMDIS               (1ul << 4)
#define MSR_VM_HSAVE_PA            0xc0010117
#define MSR_VIRT_SPEC_CTRL         0xc001011f
#define MSR_AMD64_DR0_ADDRESS_MASK 0xc0011027
#define MSR_AMD64_LS_CFG           0xc0011020
#define MSR_AMD64_DE_CFG           0xc0011029
#define MSR_AMD64_LWP_CFG          0xc0000105

#endif
