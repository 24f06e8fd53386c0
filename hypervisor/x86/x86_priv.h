/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of x86/ share among themselves and with their assembly. */
#ifndef X86_PRIV_H
#define X86_PRIV_H

#include <hv/compiler.h>
#include <hv/types.h>

struct cpu_regs;

/* entry.S */
void do_exception(struct cpu_regs *regs);
extern unsigned long __stack_chk_guard;
void __stack_chk_fail(void) __noreturn;

/* crash.c: break the consoles' locks and mark the crash; stop this CPU for good. */
void crash_begin(void);
void crash_cpu_stop(void) __noreturn;

/* lapic.c: calibration uses the raw counter. */
void lapic_timer_calibrate_start(void);
uint32_t lapic_timer_calibrate_elapsed(void);
void lapic_timer_set_khz(uint32_t khz);

/* smp.c: from now on an NMI stops a CPU. */
extern bool smp_stopping;
void smp_init_vectors(void);

/* boot/head.S, boot/trampoline.S */
extern char boot_stack[], boot_stack_end[];
extern char trampoline_start[], trampoline_end[], trampoline_gdt_base[], trampoline_far32[],
	trampoline_far64[];
void start_secondary(void) __noreturn;
extern uint64_t ap_boot_stack, ap_boot_offset;

#endif
