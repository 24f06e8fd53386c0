/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Numbers shared by C and assembly: offsets in struct cpu_regs, selectors, address-space bases. */
#ifndef ASM_ASM_DEFS_H
#define ASM_ASM_DEFS_H

#define REGS_r15        0x00
#define REGS_r14        0x08
#define REGS_r13        0x10
#define REGS_r12        0x18
#define REGS_rbp        0x20
#define REGS_rbx        0x28
#define REGS_r11        0x30
#define REGS_r10        0x38
#define REGS_r9         0x40
#define REGS_r8         0x48
#define REGS_rax        0x50
#define REGS_rcx        0x58
#define REGS_rdx        0x60
#define REGS_rsi        0x68
#define REGS_rdi        0x70
#define REGS_error_code 0x78
#define REGS_vector     0x7c
#define REGS_rip        0x80
#define REGS_cs         0x88
#define REGS_rflags     0x90
#define REGS_rsp        0x98
#define REGS_ss         0xa0
#define REGS_SIZE       0xa8

#define HV_CS           0x08 /* 64-bit code */
#define HV_DS           0x10 /* data */
#define HV_CS32         0x18 /* 32-bit code, boot only */
#define HV_TSS          0x20 /* 16 bytes */

#define BOOT_STACK_SIZE 0x4000
#define HV_STACK_PAGES  8
#define TRAMPOLINE_MAX  0x1000

#endif
