/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start of an application processor: copied to a page below 1 MiB, entered in real mode with CS = page >> 4. Goes to 32-bit mode, then long mode on the boot
 * tables, then to start_ap_high. smpboot.c writes the copy's physical address into the three places marked "patched".
 */
#include <asm/asm_defs.h>

#define IMAGE_BASE	0xffffffff80000000
#define PHYS(sym)	((sym) - IMAGE_BASE)

	.section .init.rodata, "a", @progbits
	.balign 16
	.global trampoline_start, trampoline_end, trampoline_gdt_base, trampoline_far32, trampoline_far64
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	tramp_gdt_ptr - trampoline_start
	movl	$0x00000011, %eax
	movl	%eax, %cr0
	ljmpl	*(trampoline_far32 - trampoline_start)

	.code32
tramp32:
	movl	$HV_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$0x000000a0, %eax
	movl	%eax, %cr4
	movl	$PHYS(boot_l4), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x00000900, %eax
	wrmsr
	movl	$0x80010033, %eax
	movl	%eax, %cr0
	.byte	0xea			/* ljmp $HV_CS, $tramp64 */
trampoline_far64:
	.long	tramp64 - trampoline_start	/* patched: + base */
	.short	HV_CS

	.code64
tramp64:
	movabsq	$start_ap_high, %rax
	jmp	*%rax

	.balign 8
tramp_gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
	.quad 0x00cf9b000000ffff
tramp_gdt_ptr:
	.short	. - tramp_gdt - 1
trampoline_gdt_base:
	.long	tramp_gdt - trampoline_start	/* patched: + base */
	.balign 4
trampoline_far32:
	.long	tramp32 - trampoline_start	/* patched: + base */
	.short	HV_CS32
trampoline_end:

	.section .note.GNU-stack, "", @progbits
