/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PVH entry (32-bit, paging off, ebx = start_info), long mode, application processors' real-mode
 * trampoline, exception stubs and the small ring-3 and 32-bit call gates of the test kernels.
 * The entry code finds out where it was loaded: the page tables map the linked addresses to the
 * place of loading, so that one file serves as fixed and as relocatable kernel.
 */
#include "asm.h"

	.section .note.xen, "a", @note
	.align 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad start32
#ifdef RELOC
	.long 4, 12, 19
	.asciz "Xen"
	.long 0x200000, 0x1000000, 0x3fffffff
#endif

	.section .text.head, "ax", @progbits
	.code32
	.globl start32
start32:
	cld
	cli
	leal	4(%ebx), %esp		/* start_info's magic serves as a one-entry stack */
	call	1f
1:	popl	%ebp
	subl	$1b, %ebp		/* ebp = place of loading - linked address */
	movl	$0x336ec578, (%ebx)
	movl	%ebx, %esi
	leal	boot_stack_top(%ebp), %esp
	movl	%ebp, phys_offset(%ebp)

	/* pml4[0] -> pdpt, pdpt[0..7] -> pd[0..7], 2 MiB entries identity over 8 GiB. */
	leal	pdpt(%ebp), %eax
	orl	$7, %eax
	movl	%eax, pml4(%ebp)
	leal	pd(%ebp), %eax
	orl	$7, %eax
	leal	pdpt(%ebp), %edi
	movl	$8, %ecx
2:	movl	%eax, (%edi)
	addl	$4096, %eax
	addl	$8, %edi
	loop	2b
	leal	pd(%ebp), %edi
	movl	$0xe7, %eax		/* present, writable, user, accessed, dirty, 2 MiB */
	xorl	%edx, %edx
	movl	$(8 * 512), %ecx
3:	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$0x200000, %eax
	adcl	$0, %edx
	addl	$8, %edi
	loop	3b
	/* The linked range, when loaded elsewhere. */
	testl	%ebp, %ebp
	jz	5f
	movl	$image_start, %edi
	shrl	$21, %edi
	leal	image_start(%ebp), %eax
	orl	$0xe7, %eax
	movl	$8, %ecx
4:	movl	%eax, pd(%ebp,%edi,8)
	addl	$0x200000, %eax
	incl	%edi
	loop	4b
5:
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	leal	pml4(%ebp), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NX), %eax
	wrmsr
	leal	gdt(%ebp), %eax
	movl	%eax, (gdtr + 2)(%ebp)
	lgdt	gdtr(%ebp)
	movl	$(CR0_PG | CR0_PE | CR0_ET | CR0_MP | CR0_NE), %eax
	movl	%eax, %cr0
	pushl	$SEL_CODE64
	pushl	$start64
	lret

	.code64
start64:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movq	$boot_stack_top, %rsp
	movl	%esi, %ebx
	/* A pristine copy of .data. */
	movq	$data_start, %rsi
	movq	$data_backup, %rdi
	movq	$data_end, %rcx
	subq	%rsi, %rcx
	rep movsb
	movq	$gdt, gdtr + 2
	lgdt	gdtr
	movl	$cpus, %eax
	movl	$MSR_GS_BASE, %ecx
	xorl	%edx, %edx
	wrmsr
	movl	%ebx, %edi
	xorl	%ebp, %ebp
	call	guest_main
1:	hlt
	jmp	1b

/* Real-mode start of an application processor, copied to AP_PAGE. */
	.section .rodata
	.globl	ap_trampoline, ap_trampoline_end
	.code16
ap_trampoline:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	(ap_gdtr - ap_trampoline)
	movl	$(CR0_PE | CR0_ET), %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $(AP_PAGE + ap_tramp32 - ap_trampoline)
	.code32
ap_tramp32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	(AP_PAGE + ap_cr3 - ap_trampoline), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NX), %eax
	wrmsr
	movl	$(CR0_PG | CR0_PE | CR0_ET | CR0_MP | CR0_NE), %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE64, $(AP_PAGE + ap_tramp64 - ap_trampoline)
	.code64
ap_tramp64:
	movq	$ap_start64, %rax
	jmp	*%rax
	.balign 8
ap_gdtr:
	.word	GDT_BYTES - 1
	.globl	ap_gdt_base, ap_cr3
ap_gdt_base:
	.long	0
	.word	0
ap_cr3:
	.long	0
ap_trampoline_end:

	.text
ap_start64:
	lgdt	gdtr
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	ap_index, %ebx
	imull	$CPU_BYTES, %ebx, %eax
	addl	$cpus, %eax
	movl	$MSR_GS_BASE, %ecx
	xorl	%edx, %edx
	wrmsr
	leal	1(%rbx), %esp
	shll	$STACK_SHIFT, %esp
	addl	$stacks, %esp
	movl	%ebx, %edi
	xorl	%ebp, %ebp
	call	ap_main
1:	hlt
	jmp	1b

/* Exceptions and interrupts: a stub per vector, 16 bytes each. */
	.globl	idt_stubs
	.balign 16
idt_stubs:
	vec = 0
	.rept 256
	.balign 16
	.if !((vec == 8) || ((vec >= 10) && (vec <= 14)) || (vec == 17) || (vec == 21))
	pushq	$0
	.endif
	pushq	$vec
	jmp	trap_common
	vec = vec + 1
	.endr

trap_common:
	cld
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	trap_handler
	movq	%rbx, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	iretq

/* u64 hypercall(nr, a1, a2, a3, a4, a5): the opcode is patched for the vendor. */
	.globl	hypercall, hypercall_insn
hypercall:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
hypercall_insn:
	vmmcall
	ret

/* u64 user_call(fn, arg): runs fn(arg) in ring 3; fn returns, or any exception ends it. */
	.globl	user_call, user_return
user_call:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	movq	%rsp, %gs:PCPU_USER_SP
	movq	$user_stack_top - 16, %rcx
	movq	$user_done, (%rcx)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	pushq	$(SEL_USER_DATA | 3)
	pushq	%rcx
	pushq	$2
	pushq	$(SEL_USER_CODE64 | 3)
	pushq	%rax
	iretq
user_done:
	int	$VEC_USER_DONE
/* Entered from trap_handler on the way out, with rax = result. */
user_return:
	movq	%gs:PCPU_USER_SP, %rsp
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

/*
 * u32 compat_hypercall(regs): regs = {eax, ebx, ecx, edx, esi, edi} executed from a 32-bit code
 * segment of long mode, or (sel16) from a 16-bit one. Returns eax.
 */
	.globl	compat_hypercall, compat16_hypercall, compat_insn, compat16_insn
compat_hypercall:
	pushq	%rbx
	pushq	%rbp
	movq	%rsp, compat_sp
	movl	0(%rdi), %eax
	movl	4(%rdi), %ebx
	movl	8(%rdi), %ecx
	movl	12(%rdi), %edx
	movl	16(%rdi), %esi
	movl	20(%rdi), %edi
	ljmpl	*compat_entry
	.code32
compat_code:
compat_insn:
	vmmcall
	ljmpl	$SEL_CODE64, $compat_back
	.code64
compat16_hypercall:
	pushq	%rbx
	pushq	%rbp
	movq	%rsp, compat_sp
	movl	0(%rdi), %eax
	movl	4(%rdi), %ebx
	movl	8(%rdi), %ecx
	movl	12(%rdi), %edx
	movl	16(%rdi), %esi
	movl	20(%rdi), %edi
	ljmpl	*compat16_entry
	.code16
compat16_code:
compat16_insn:
	vmmcall
	ljmpl	$SEL_CODE64, $compat_back
	.code64
compat_back:
	movq	compat_sp, %rsp
	popq	%rbp
	popq	%rbx
	ret

	.data
	.balign 8
compat_entry:
	.long	compat_code
	.word	SEL_CODE32
	.balign 8
	.globl	compat16_entry, compat16_code
compat16_entry:
	.long	0			/* the segment's base is compat16_code */
	.word	SEL_CODE16

	.balign 16
	.globl	gdt, gdtr
gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 08 code64 */
	.quad	0x00cf93000000ffff	/* 10 data */
	.quad	0x00cf9b000000ffff	/* 18 code32 */
	.quad	0x00009b000000ffff	/* 20 code16, base filled in */
	.quad	0x000093000000ffff	/* 28 data16 */
	.quad	0x00affb000000ffff	/* 30 user code64 */
	.quad	0x00cff3000000ffff	/* 38 user data */
	.quad	0x00cffb000000ffff	/* 40 user code32 */
	.fill	2 * MAX_CPUS, 8, 0	/* 48.. task state segments */
	.word	0
	.balign 8
	.skip	6
gdtr:
	.word	GDT_BYTES - 1
	.quad	0
	.globl	phys_offset
	.balign 8
phys_offset:
	.quad	0

	.bss
	.balign 4096
	.globl	pml4, pdpt, pd, stacks, user_stack_top
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	8 * 4096
stacks:
	.skip	STACK_BYTES
boot_stack_top:
	.skip	(MAX_CPUS - 1) * STACK_BYTES
	.skip	4096
user_stack_top:
	.balign 8
compat_sp:
	.skip	8
