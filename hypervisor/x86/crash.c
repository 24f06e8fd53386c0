/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the hypervisor: registers, call chain, one sentence, then stop the other CPUs and reboot after five seconds, or halt with "noreboot".
 */
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/init.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/time.h>
#include <asm/processor.h>
#include <asm/regs.h>

#include "x86_priv.h"

static uint32_t crash_owner; /* CPU + 1 */

bool crash_in_progress(void)
{
	return READ_ONCE(crash_owner) != 0;
}

void crash_cpu_stop(void)
{
	for (;;) {
		local_irq_disable();
		hlt();
	}
}

void crash_begin(void)
{
	uint32_t me = smp_processor_id() + 1, old = 0;

	local_irq_disable();
	if (__atomic_compare_exchange_n(
		    &crash_owner, &old, me, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		console_force_unlock();
		printk_force_unlock();
	} else if (old != me) {
		crash_cpu_stop();
	}
}

static bool is_text(unsigned long a)
{
	return (a >= (unsigned long)__text_start && a < (unsigned long)__text_end) ||
		(a >= (unsigned long)__init_text_start && a < (unsigned long)__init_text_end);
}

static void show_chain(const unsigned long *frame)
{
	unsigned long start = (unsigned long)frame;

	for (unsigned int i = 0; i < 24; i++) {
		unsigned long f = (unsigned long)frame;

		/* Frames go up on one stack; anything else ends the chain. */
		if (f < start || f - start > 0x10000 || (f & 7) != 0 || f < 0xffff800000000000ul ||
			!is_text(frame[1])) {
			break;
		}
		printk(XENLOG_ERR "  called from %016lx\n", frame[1]);
		start = f;
		frame = (const unsigned long *)frame[0];
	}
}

void show_stack(const void *rsp)
{
	const unsigned long *p = rsp;

	for (unsigned int i = 0; i < 16 && ((unsigned long)(p + i) & 0xfff) != 0; i += 4) {
		printk(XENLOG_ERR "  %016lx %016lx %016lx %016lx\n", p[i], p[i + 1], p[i + 2],
			p[i + 3]);
	}
}

void show_registers(const struct cpu_regs *r)
{
	printk(XENLOG_ERR "RIP %016lx  RSP %016lx  RFLAGS %08lx\n", (unsigned long)r->rip,
		(unsigned long)r->rsp, (unsigned long)r->rflags);
	printk(XENLOG_ERR "RAX %016lx  RBX %016lx  RCX %016lx  RDX %016lx\n", (unsigned long)r->rax,
		(unsigned long)r->rbx, (unsigned long)r->rcx, (unsigned long)r->rdx);
	printk(XENLOG_ERR "RSI %016lx  RDI %016lx  RBP %016lx  R8  %016lx\n", (unsigned long)r->rsi,
		(unsigned long)r->rdi, (unsigned long)r->rbp, (unsigned long)r->r8);
	printk(XENLOG_ERR "R9  %016lx  R10 %016lx  R11 %016lx  R12 %016lx\n", (unsigned long)r->r9,
		(unsigned long)r->r10, (unsigned long)r->r11, (unsigned long)r->r12);
	printk(XENLOG_ERR "R13 %016lx  R14 %016lx  R15 %016lx  CR3 %016lx\n", (unsigned long)r->r13,
		(unsigned long)r->r14, (unsigned long)r->r15, read_cr3());
	show_chain((const unsigned long *)r->rbp);
}

static void __noreturn finish(void)
{
	smp_stop_others();
	if (opt_noreboot) {
		printk(XENLOG_ERR "Halted (noreboot): switch the machine off or reset it\n");
		crash_cpu_stop();
	}
	printk(XENLOG_ERR "Rebooting in five seconds\n");
	mdelay(5000);
	machine_restart();
}

void panic(const char *fmt, ...)
{
	static char text[512];
	static bool again;
	va_list ap;

	crash_begin();
	if (again) {
		crash_cpu_stop();
	}
	again = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk(XENLOG_ERR "\n");
	printk(XENLOG_ERR "Undercroft stopped on CPU %u: %s\n", smp_processor_id(), text);
	finish();
}

void hv_bug(const char *file, int line, const char *what)
{
	crash_begin();
	printk(XENLOG_ERR "%s:%d: %s\n", file, line, what);
	show_chain(__builtin_frame_address(0));
	panic("hypervisor: internal error at %s:%d (%s)", file, line, what);
}

void hv_warn(const char *file, int line, const char *what)
{
	printk(XENLOG_WARNING "%s:%d: warning: %s\n", file, line, what);
	show_chain(__builtin_frame_address(0));
}
