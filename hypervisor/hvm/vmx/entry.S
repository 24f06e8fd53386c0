/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world switch: unsigned int vmx_enter(regs, launched, host_rsp).
 *
 * The processor switches segments, GS base, descriptor tables and stack by the VMCS, so interrupts and NMIs
 * find the hypervisor's own on both sides; only general registers are moved here. Interrupts stay
 * off: an exit clears RFLAGS.
 */
#include <asm/asm_defs.h>

#include "vmcs.h"

	.text
	.globl	vmx_enter
	.type	vmx_enter, @function
	.balign	64
vmx_enter:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi			/* struct cpu_regs */

	cmpq	%rsp, (%rdx)
	je	1f
	movq	%rsp, (%rdx)
	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	jbe	2f
1:	testb	%sil, %sil		/* MOV leaves the flags alone */
	movq	REGS_r15(%rdi), %r15
	movq	REGS_r14(%rdi), %r14
	movq	REGS_r13(%rdi), %r13
	movq	REGS_r12(%rdi), %r12
	movq	REGS_rbp(%rdi), %rbp
	movq	REGS_rbx(%rdi), %rbx
	movq	REGS_r11(%rdi), %r11
	movq	REGS_r10(%rdi), %r10
	movq	REGS_r9(%rdi), %r9
	movq	REGS_r8(%rdi), %r8
	movq	REGS_rax(%rdi), %rax
	movq	REGS_rcx(%rdi), %rcx
	movq	REGS_rdx(%rdi), %rdx
	movq	REGS_rsi(%rdi), %rsi
	movq	REGS_rdi(%rdi), %rdi
	jz	3f
	vmresume
	jmp	2f
3:	vmlaunch

	/* Refused: CF no VMCS, ZF the reason is in the VMCS. */
2:	movl	$2, %eax
	movl	$1, %ecx
	cmovcl	%ecx, %eax
	jmp	4f

	.globl	vmx_exit_point
	.balign	16
vmx_exit_point:
	pushq	%rdi
	movq	8(%rsp), %rdi
	movq	%r15, REGS_r15(%rdi)
	movq	%r14, REGS_r14(%rdi)
	movq	%r13, REGS_r13(%rdi)
	movq	%r12, REGS_r12(%rdi)
	movq	%rbp, REGS_rbp(%rdi)
	movq	%rbx, REGS_rbx(%rdi)
	movq	%r11, REGS_r11(%rdi)
	movq	%r10, REGS_r10(%rdi)
	movq	%r9, REGS_r9(%rdi)
	movq	%r8, REGS_r8(%rdi)
	movq	%rax, REGS_rax(%rdi)
	movq	%rcx, REGS_rcx(%rdi)
	movq	%rdx, REGS_rdx(%rdi)
	movq	%rsi, REGS_rsi(%rdi)
	popq	REGS_rdi(%rdi)
	xorl	%eax, %eax
4:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	vmx_enter, . - vmx_enter

	.section .note.GNU-stack, "", @progbits
