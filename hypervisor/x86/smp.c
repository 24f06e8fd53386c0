/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking between CPUs: kicks, function calls, TLB flushes, the final stop. One call is under way at a time (call_lock); the caller waits with interrupts on,
 * so two callers cannot wait for each other.
 */
#include <hv/atomic.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/smp.h>
#include <hv/spinlock.h>
#include <hv/tlb.h>
#include <hv/time.h>
#include <asm/processor.h>

#include "x86_priv.h"

unsigned long percpu_offset[NR_CPUS];
unsigned int nr_cpu_ids __ro_after_init = 1;
cpumask_t cpu_online_map = { { 1 } };
bool smp_stopping;

DEFINE_PER_CPU(unsigned long, this_offset);
DEFINE_PER_CPU(unsigned int, cpu_id);

static DEFINE_SPINLOCK(call_lock, LOCK_CALL);
static struct {
	void (*fn)(void *arg);
	void *arg;
	cpumask_t todo;  /* have not started yet */
	cpumask_t running; /* have not finished yet */
} call;

void smp_send_event_check(unsigned int cpu)
{
	if (cpu != smp_processor_id()) {
		lapic_send_ipi(cpu, VECTOR_EVENT_CHECK);
	}
}

void smp_send_event_check_mask(const cpumask_t *mask)
{
	unsigned int cpu;

	for_each_cpu(cpu, mask)
	{
		smp_send_event_check(cpu);
	}
}

static void event_check_vector(void)
{
	/* Having left guest mode or HLT is all it is for. */
}

static void call_function_vector(void)
{
	unsigned int cpu = smp_processor_id();
	void (*fn)(void *) = call.fn;
	void *arg = call.arg;

	if (!cpumask_test_cpu(cpu, &call.todo)) {
		return;
	}
	cpumask_clear_cpu(cpu, &call.todo);
	fn(arg);
	smp_mb();
	cpumask_clear_cpu(cpu, &call.running);
}

void on_selected_cpus(const cpumask_t *mask, void (*fn)(void *arg), void *arg, bool wait)
{
	unsigned int me = smp_processor_id(), cpu;
	bool self = cpumask_test_cpu(me, mask);
	unsigned long flags;
	cpumask_t others;

	cpumask_and(&others, mask, &cpu_online_map);
	__cpumask_clear_cpu(me, &others);
	if (!cpumask_empty(&others)) {
		ASSERT(local_irq_is_enabled());
		/* While waiting for the lock this CPU may be called itself: interrupts are on. */
		spin_lock(&call_lock);
		call.fn = fn;
		call.arg = arg;
		call.running = others;
		smp_wmb();
		call.todo = others;
		smp_mb();
		for_each_cpu(cpu, &others)
		{
			lapic_send_ipi(cpu, VECTOR_CALL_FUNCTION);
		}
	}
	if (self) {
		flags = local_irq_save();
		fn(arg);
		local_irq_restore(flags);
	}
	if (!cpumask_empty(&others)) {
		const volatile unsigned long *bits = wait ? call.running.bits : call.todo.bits;

		while (bits[0] != 0) {
			cpu_relax();
		}
		spin_unlock(&call_lock);
	}
}

void flush_tlb_local(void)
{
	unsigned long cr4 = read_cr4(), flags = local_irq_save();

	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr4(cr4);
	local_irq_restore(flags);
}

void flush_tlb_one_local(unsigned long va)
{
	invlpg(va);
}

static void flush_call(void *arg)
{
	(void)arg;
	flush_tlb_local();
}

void flush_tlb_mask(const cpumask_t *mask)
{
	on_selected_cpus(mask, flush_call, NULL, true);
}

void flush_tlb_all(void)
{
	flush_tlb_mask(&cpu_online_map);
}

void smp_stop_others(void)
{
	unsigned int me = smp_processor_id(), cpu;

	WRITE_ONCE(smp_stopping, true); /* what the NMI handler looks at */
	smp_mb();
	for_each_online_cpu(cpu) {
		if (cpu != me) {
			lapic_send_nmi(cpu);
		}
	}
	udelay(1000);
}

void smp_init_vectors(void)
{
	set_system_vector(VECTOR_EVENT_CHECK, event_check_vector);
	set_system_vector(VECTOR_CALL_FUNCTION, call_function_vector);
}

BUILD_BUG_ON(NR_CPUS > BITS_PER_LONG); /* the waits look at one word */
