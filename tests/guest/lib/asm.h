/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Constants that start.S and the C files of the test kernels share.
 */
#ifndef TESTS_GUEST_LIB_ASM_H
#define TESTS_GUEST_LIB_ASM_H

#define SEL_CODE64      0x08
#define SEL_DATA        0x10
#define SEL_CODE32      0x18
#define SEL_CODE16      0x20
#define SEL_DATA16      0x28
#define SEL_USER_CODE64 0x30
#define SEL_USER_DATA   0x38
#define SEL_USER_CODE32 0x40
#define SEL_TSS(cpu)    (0x48 + 16 * (cpu))
#define GDT_BYTES       (0x48 + 16 * MAX_CPUS)

#define MAX_CPUS        8
#define STACK_SHIFT     14
#define STACK_BYTES     (1 << STACK_SHIFT)
#define AP_PAGE         0x10000

/* struct cpu */
#define CPU_BYTES       256
#define PCPU_SELF       0
#define PCPU_FIXUP      8
#define PCPU_VEC        16
#define PCPU_USER_SP    24

#define VEC_USER_DONE   0x80
#define VEC_UPCALL      0xf3

#define CR0_PE          0x1
#define CR0_MP          0x2
#define CR0_EM          0x4
#define CR0_TS          0x8
#define CR0_ET          0x10
#define CR0_NE          0x20
#define CR0_WP          0x10000
#define CR0_AM          0x40000
#define CR0_NW          0x20000000
#define CR0_CD          0x40000000
#define CR0_PG          0x80000000
#define CR4_PAE         0x20
#define CR4_PGE         0x80
#define CR4_OSFXSR      0x200
#define CR4_OSXMMEXCPT  0x400
#define CR4_OSXSAVE     0x40000
#define EFER_SCE        0x1
#define EFER_LME        0x100
#define EFER_LMA        0x400
#define EFER_NX         0x800

#define MSR_TSC         0x10
#define MSR_APIC_BASE   0x1b
#define MSR_EFER        0xc0000080
#define MSR_STAR        0xc0000081
#define MSR_LSTAR       0xc0000082
#define MSR_FS_BASE     0xc0000100
#define MSR_GS_BASE     0xc0000101
#define MSR_KERNEL_GS   0xc0000102
#define MSR_TSC_AUX     0xc0000103

#endif
