/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IDT, task state segments, exception recovery and interrupt counting of the test kernels. An
 * exception inside a GUARD() sequence resumes behind it; one in ring 3 ends run_user(); any other
 * ends the test as CRASH with the registers printed. Interrupts without a handler are counted
 * and acknowledged.
 */
#include "xenlib.h"

struct tss {
	u32 rsvd0;
	u64 rsp[3];
	u64 rsvd1;
	u64 ist[7];
	u64 rsvd2;
	u16 rsvd3, iobase;
} __packed;

struct cpu cpus[MAX_CPUS];
volatile u32 irq_count[256];
u8 irq_no_eoi[256];
static irq_fn handlers[256];
static u64 idt[512] __aligned(16);
static struct tss tsses[MAX_CPUS] __aligned(16);
static u8 trap_stacks[MAX_CPUS][8192] __aligned(16);
extern u8 idt_stubs[], user_return[], gdt[];
u64 user_call(u64 (*fn)(u64), u64 arg);
void trap_handler(struct regs *r);
void trap_init(void);
void trap_init_cpu(unsigned int idx);
void test_crash(void) __noreturn;

void irq_handler(unsigned int vec, irq_fn fn)
{
	handlers[vec] = fn;
}

void trap_init(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		u64 a = (u64)idt_stubs + i * 16;
		u64 dpl = i == VEC_USER_DONE ? 3 : 0;

		idt[i * 2] = (a & 0xffff) | (u64)SEL_CODE64 << 16 | (0x8eULL | dpl << 5) << 40 |
			(a >> 16 & 0xffff) << 48;
		if (i == EXC_DF) {
			idt[i * 2] |= 1ULL << 32;
		}
		idt[i * 2 + 1] = a >> 32;
	}
}

void trap_init_cpu(unsigned int idx)
{
	struct {
		u16 limit;
		u64 base;
	} __packed idtr = { sizeof(idt) - 1, (u64)idt };
	struct tss *t = &tsses[idx];
	u64 a = (u64)t, *d = (u64 *)(gdt + SEL_TSS(idx));

	cpus[idx].self = &cpus[idx];
	cpus[idx].idx = idx;
	cpus[idx].exc_vec = EXC_NONE;
	t->rsp[0] = (u64)trap_stacks[idx] + 8192;
	t->ist[0] = (u64)trap_stacks[idx] + 4096;
	t->iobase = sizeof(*t);
	d[0] = (sizeof(*t) - 1) | (a & 0xffffff) << 16 | 0x89ULL << 40 | (a >> 24 & 0xff) << 56;
	d[1] = a >> 32;
	__asm__ volatile("lidt %0" ::"m"(idtr));
	__asm__ volatile("ltr %0" ::"r"((u16)SEL_TSS(idx)));
}

static void dump(struct regs *r)
{
	printf("unexpected vector %lu error %lx rip %lx cs %lx rflags %lx rsp %lx cr2 %lx cpu %u\n",
		r->vec, r->err, r->rip, r->cs, r->rflags, r->rsp, read_cr2(), this_cpu()->idx);
	printf("rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx r8 %lx r9 %lx\n", r->rax,
		r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->r8, r->r9);
}

static void leave_user(struct regs *r, u32 vec)
{
	struct cpu *c = this_cpu();

	c->exc_vec = vec;
	r->rip = (u64)user_return;
	r->cs = SEL_CODE64;
	r->ss = SEL_DATA;
	r->rflags = 2;
	r->rsp = c->user_sp;
}

void trap_handler(struct regs *r)
{
	struct cpu *c = this_cpu();
	unsigned int vec = (unsigned int)r->vec;

	irq_count[vec]++;
	if (vec >= 32 && vec != VEC_USER_DONE) {
		if (handlers[vec]) {
			handlers[vec](r);
		}
		if (!irq_no_eoi[vec]) {
			apic_write(APIC_EOI, 0);
		}
		return;
	}
	if (vec == VEC_USER_DONE) {
		leave_user(r, EXC_NONE);
		return;
	}
	if (handlers[vec]) {
		handlers[vec](r);
		return;
	}
	c->exc_err = (u32)r->err;
	c->exc_cr2 = read_cr2();
	if (r->cs & 3) {
		leave_user(r, vec);
		return;
	}
	if (c->fixup) {
		c->exc_vec = vec;
		r->rip = c->fixup;
		c->fixup = 0;
		return;
	}
	dump(r);
	test_crash();
}

u64 run_user(u64 (*fn)(u64), u64 arg, u32 *vec)
{
	u64 r;

	this_cpu()->exc_vec = EXC_NONE;
	r = user_call(fn, arg);
	*vec = exc_vec();
	return r;
}
