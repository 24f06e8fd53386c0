/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest PVH guest for xl: fills the hypercall page, says a word on the hypervisor's console,
 * then blocks for ever. Made in a moment, it needs 1 MB: for many guests and quick cycles.
 */
	.section .note.tiny, "a", @note
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start

	.text
	.code32
	.globl	start
start:
	cld
	mov	$stack_end, %esp
	mov	$0x40000002, %eax	/* the MSR that places the hypercall page */
	cpuid
	mov	%ebx, %ecx
	mov	$page, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0, %ebx		/* CONSOLEIO_write */
	mov	$word_end - word, %ecx
	mov	$word, %edx
	call	page + 18 * 32		/* console_io */
1:	mov	$1, %ebx		/* SCHEDOP_block */
	xor	%ecx, %ecx
	call	page + 29 * 32		/* sched_op */
	jmp	1b

	.data
word:	.ascii	"tiny guest runs\n"
word_end:
	.bss
	.balign	4096
page:	.skip	4096
	.skip	4096
stack_end:
	.section .note.GNU-stack, "", @progbits
