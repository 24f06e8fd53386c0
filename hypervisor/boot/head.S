/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry from a multiboot loader (1 or 2): 32-bit protected mode, paging off, eax = magic, ebx = information. Builds tables that map the first 4 GiB at
 * 0 and at HV_DIRECT_BASE and the first GiB at IMAGE_BASE, enters long mode, copies the per-CPU template for this CPU and calls start_hypervisor().
 * The same tables carry the other CPUs through their start.
 */
#include <asm/asm_defs.h>

#define IMAGE_BASE	0xffffffff80000000
#define PHYS(sym)	((sym) - IMAGE_BASE)
#define HV_DIRECT_SLOT	262

	.section .boot.header, "a", @progbits
	.balign 8
mb1_header:
	.long 0x1badb002
	.long 0x00000003		/* modules on page boundaries, memory map */
	.long -(0x1badb002 + 0x00000003)

	.balign 8
mb2_header:
	.long 0xe85250d6
	.long 0				/* i386 protected mode */
	.long mb2_header_end - mb2_header
	.long -(0xe85250d6 + (mb2_header_end - mb2_header))
	/* what we read: command line 1, modules 3, memory map 6 */
	.balign 8
	.short 1, 0
	.long 20
	.long 1, 3, 6
	/* nice to have: framebuffer 8, EFI system table 12, ACPI 14 and 15 */
	.balign 8
	.short 1, 1
	.long 24
	.long 8, 12, 14, 15
	/* modules on page boundaries */
	.balign 8
	.short 6, 0
	.long 8
	/* any console: text or a framebuffer of the loader's choice */
	.balign 8
	.short 4, 1
	.long 12
	.long 2
	.balign 8
	.short 5, 1
	.long 20
	.long 0, 0, 0
	.balign 8
	.short 0, 0
	.long 8
mb2_header_end:

	.section .text.entry, "ax", @progbits
	.code32
	.global start32
start32:
	cli
	cld
	movl	%eax, %ebp
	movl	%ebx, %esi
	movl	$PHYS(boot_stack_end), %esp

	/* A 64-bit processor with no-execute pages? */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx
	jnc	no_long_mode
	btl	$20, %edx
	jnc	no_nx
	movl	%esi, %ebx

	/* Four page directories of 2 MiB pages. */
	movl	$PHYS(boot_l2), %edi
	movl	$0x83, %eax
	movl	$2048, %ecx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	1b
	movl	$PHYS(boot_l3), %edi
	movl	$PHYS(boot_l2) + 3, %eax
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$4096, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	1b
	movl	$PHYS(boot_l2) + 3, PHYS(boot_l3_high) + 510 * 8
	movl	$PHYS(boot_l3) + 3, PHYS(boot_l4)
	movl	$PHYS(boot_l3) + 3, PHYS(boot_l4) + HV_DIRECT_SLOT * 8
	movl	$PHYS(boot_l3_high) + 3, PHYS(boot_l4) + 511 * 8

	call	enter_long_mode
	lgdt	PHYS(boot_gdt_ptr)
	ljmp	$HV_CS, $PHYS(start64_low)

/* Turn paging on with the boot tables: compatibility mode until the caller's far jump. Clobbers eax, ecx, edx. */
	.global enter_long_mode
enter_long_mode:
	movl	$0x000000a0, %eax	/* PAE, PGE */
	movl	%eax, %cr4
	movl	$PHYS(boot_l4), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x00000900, %eax	/* LME, NXE */
	wrmsr
	movl	$0x80010033, %eax	/* PG, WP, NE, ET, MP, PE */
	movl	%eax, %cr0
	ret

no_long_mode:
	movl	$PHYS(msg_no_lm), %esi
	jmp	fail
no_nx:
	movl	$PHYS(msg_no_nx), %esi
/* Print esi on the text screen and COM1 as the firmware left it, and stop. */
fail:
	movl	$0xb8000, %edi
	movb	$0x0c, %ah
1:	lodsb
	testb	%al, %al
	jz	3f
	stosw
	movb	%al, %bl
	movl	$0x3fd, %edx
	movl	$100000, %ecx
2:	inb	%dx, %al
	testb	$0x20, %al
	loopz	2b
	movb	%bl, %al
	movl	$0x3f8, %edx
	outb	%al, %dx
	jmp	1b
3:	hlt
	jmp	3b

	.code64
start64_low:
	movabsq	$start64_high, %rax
	jmp	*%rax
start64_high:
	lgdt	boot_gdt_ptr_high(%rip)
	movl	$HV_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movq	$boot_stack_end, %rsp
	movl	%ebx, %r12d

	/* The boot CPU's per-CPU area, and the GS base that leads to it. */
	movq	$__percpu_start, %rsi
	movq	$__percpu_bsp, %rdi
	movq	$__percpu_end, %rcx
	subq	%rsi, %rcx
	movq	%rdi, %rax
	subq	%rsi, %rax
	rep movsb
	movq	%rax, percpu_offset(%rip)
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$0xc0000101, %ecx
	wrmsr
	movq	%rax, %rcx
	shlq	$32, %rdx
	movl	%eax, %eax
	orq	%rdx, %rax
	movq	%rax, %gs:percpu_this_offset

	movl	%ebp, %edi
	movl	%r12d, %esi
	xorl	%ebp, %ebp
	call	start_hypervisor
	ud2

/* An application processor arrives here from the trampoline, on the boot tables. ap_boot_* were set by smpboot.c. */
	.global start_ap_high
start_ap_high:
	/* On the boot tables this is the image as loaded, which knows the final root; behind it everything is where it is now. */
	movq	ap_boot_cr3(%rip), %rax
	movq	%rax, %cr3
	lgdt	boot_gdt_ptr_high(%rip)
	movl	$HV_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movq	ap_boot_stack(%rip), %rsp
	movl	ap_boot_offset(%rip), %eax
	movl	ap_boot_offset + 4(%rip), %edx
	movl	$0xc0000101, %ecx
	wrmsr
	xorl	%ebp, %ebp
	call	start_secondary
	ud2

	.section .init.rodata, "a", @progbits
msg_no_lm:
	.asciz "Undercroft: this processor is not a 64-bit one; use a PC with an AMD64 or Intel 64 processor."
msg_no_nx:
	.asciz "Undercroft: no-execute pages are off; turn on 'NX', 'XD' or 'Execute Disable' in the firmware setup."
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x10 data */
	.quad 0x00cf9b000000ffff	/* 0x18 32-bit code */
boot_gdt_end:
	.short 0, 0, 0
boot_gdt_ptr:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)
	.short 0
	.balign 8
	.short 0, 0, 0
boot_gdt_ptr_high:
	.short boot_gdt_end - boot_gdt - 1
	.quad boot_gdt

	.section .init.bss.pages, "aw", @nobits
	.balign 4096
	.global boot_l4
boot_l4:	.skip 4096
boot_l3:	.skip 4096
boot_l3_high:	.skip 4096
boot_l2:	.skip 4 * 4096

	.section .bss.pages, "aw", @nobits
	.balign 4096
	.global boot_stack, boot_stack_end
boot_stack:	.skip HV_STACK_PAGES * 4096
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
