/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry from the IDT. All code that runs here is the hypervisor's own (guests exit by #VMEXIT), so GS is always right and no stack is switched but for the
 * vectors with an IST. Each stub leaves error code and vector in one slot, then the registers are saved as struct cpu_regs.
 */
#include <asm/asm_defs.h>

	.section .text.entry, "ax", @progbits

.macro SAVE_REGS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro RESTORE_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$8, %rsp
.endm

.macro COMMON name, handler
	.balign 16
\name:
	cld
	SAVE_REGS
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	\handler
	addq	$8, %rsp
	RESTORE_REGS
	iretq
.endm

	/* #DB while a guest's GS base is loaded: nothing of ours, and no handler could run. */
	.balign 16
debug_entry:
	pushq	%rax
	leaq	world_switch_start(%rip), %rax
	cmpq	%rax, 16(%rsp)
	jb	1f
	leaq	world_switch_end(%rip), %rax
	cmpq	%rax, 16(%rsp)
	ja	1f
	popq	%rax
	addq	$8, %rsp
	iretq
1:	popq	%rax
	jmp	exception_common

	COMMON irq_common, do_IRQ
	COMMON exception_common, do_exception

	.balign 16
	.global idt_stubs
idt_stubs:
	vector = 0
	.rept 256
	.balign 16
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
	pushq	$0
	.endif
	movl	$vector, 4(%rsp)
	.if vector == 1
	jmp	debug_entry
	.elseif vector < 32
	jmp	exception_common
	.else
	jmp	irq_common
	.endif
	vector = vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
