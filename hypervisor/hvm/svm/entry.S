/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world switch: void svm_enter(vmcb_pa, regs, host_vmcb_pa).
 *
 * GIF is 0 from before the guest's FS, GS, TR... are in the CPU until the host's are back, so that
 * no interrupt, NMI or machine check sees a foreign GS base. (A #DB can come all the same: Bochs raises
 * the guest's single-step trap after the exit. x86/entry.S drops it between the two labels.) RFLAGS.IF is 1 at VMRUN: it decides
 * whether physical interrupts leave the guest (V_INTR_MASKING), and is what VMEXIT restores.
 */
#include <asm/asm_defs.h>

	.text
	.globl	svm_enter
	.type	svm_enter, @function
	.balign	64
svm_enter:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdx			/* host block */
	pushq	%rsi			/* struct cpu_regs */
	movq	%rdi, %rax

	clgi
	sti
	.globl	world_switch_start, world_switch_end
world_switch_start:
	vmload	%rax
	movq	REGS_r15(%rsi), %r15
	movq	REGS_r14(%rsi), %r14
	movq	REGS_r13(%rsi), %r13
	movq	REGS_r12(%rsi), %r12
	movq	REGS_rbp(%rsi), %rbp
	movq	REGS_rbx(%rsi), %rbx
	movq	REGS_r11(%rsi), %r11
	movq	REGS_r10(%rsi), %r10
	movq	REGS_r9(%rsi), %r9
	movq	REGS_r8(%rsi), %r8
	movq	REGS_rcx(%rsi), %rcx
	movq	REGS_rdx(%rsi), %rdx
	movq	REGS_rdi(%rsi), %rdi
	movq	REGS_rsi(%rsi), %rsi

	vmrun	%rax

	/* RAX and RSP are the host's, all else still the guest's. */
	vmsave	%rax
	movq	(%rsp), %rax
	movq	%r15, REGS_r15(%rax)
	movq	%r14, REGS_r14(%rax)
	movq	%r13, REGS_r13(%rax)
	movq	%r12, REGS_r12(%rax)
	movq	%rbp, REGS_rbp(%rax)
	movq	%rbx, REGS_rbx(%rax)
	movq	%r11, REGS_r11(%rax)
	movq	%r10, REGS_r10(%rax)
	movq	%r9, REGS_r9(%rax)
	movq	%r8, REGS_r8(%rax)
	movq	%rcx, REGS_rcx(%rax)
	movq	%rdx, REGS_rdx(%rax)
	movq	%rsi, REGS_rsi(%rax)
	movq	%rdi, REGS_rdi(%rax)
	movq	8(%rsp), %rax
	vmload	%rax
world_switch_end:
	cld
	stgi

	addq	$16, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	svm_enter, . - svm_enter
