/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions of the hypervisor itself: fixed up, an NMI with a purpose, or the end. Guests' exceptions never come here.
 */
#include <hv/cpu.h>
#include <hv/init.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/regs.h>

#include "x86_priv.h"

bool (*nmi_hook)(struct cpu_regs *regs);

static const char *const names[32] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound",
	"invalid opcode",
	"no FPU",
	"double fault",
	"coprocessor overrun",
	"invalid TSS",
	"segment not present",
	"stack fault",
	"general protection",
	"page fault",
	"reserved",
	"x87 error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization",
	"control protection",
	"reserved",
	"reserved",
	"reserved",
	"reserved",
	"reserved",
	"reserved",
	"hypervisor injection",
	"VMM communication",
	"security",
	"reserved",
};

static void do_nmi(struct cpu_regs *regs)
{
	if (READ_ONCE(smp_stopping)) {
		crash_cpu_stop();
	}
	if (nmi_hook != NULL && nmi_hook(regs)) {
		return;
	}
	printk("NMI on CPU %u: ignored\n", smp_processor_id());
}

void do_exception(struct cpu_regs *regs)
{
	unsigned int vector = regs->entry_vector & 31;
	unsigned long fixup;

	if (vector == X86_EXC_NMI) {
		do_nmi(regs);
		return;
	}
	fixup = extable_search(regs->rip);
	if (fixup != 0) {
		regs->rip = fixup;
		return;
	}
	crash_begin();
	printk(XENLOG_ERR "Exception %u (%s), error code %04x, on CPU %u\n", vector, names[vector],
		regs->error_code, smp_processor_id());
	if (vector == X86_EXC_PF) {
		printk(XENLOG_ERR "Address %016lx\n", read_cr2());
	}
	show_registers(regs);
	panic("hypervisor: unexpected %s at %016lx", names[vector], (unsigned long)regs->rip);
}

/* Referenced by the compiler's stack protector. */
unsigned long __stack_chk_guard __ro_after_init = 0x595e9fbd94fda766ul;

void __init __attribute__((no_stack_protector)) stack_guard_init(void)
{
	uint32_t a, b, c, d;
	unsigned long val = rdtsc(), got;
	bool ok = false;

	cpuid(1, &a, &b, &c, &d);
	/* AMD processors may answer all ones after a suspend (erratum), and say that it worked. */
	for (unsigned int i = 0; i < 10 && !ok && (c & (1u << 30)) != 0; i++) {
		__asm__ __volatile__("rdrand %0\n\tsetc %1" : "=r"(got), "=qm"(ok) : : "cc");
		ok = ok && got != 0 && got != ~0ul;
		val ^= ok ? got : 0;
	}
	/* Spread what little the time stamp counter gives; a zero byte stops string functions. */
	__stack_chk_guard ^= val * 0x9e3779b97f4a7c15ul;
	__stack_chk_guard &= ~0xfful;
}

void __stack_chk_fail(void)
{
	panic("hypervisor: a stack frame was overwritten (caller %p)", __builtin_return_address(0));
}
