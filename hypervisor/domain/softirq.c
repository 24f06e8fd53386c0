/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deferred work of a CPU. A bit in the CPU's pending word names a handler; cpu_loop() runs the
 * handlers before each guest entry and before idling.
 * Locking: none, the pending words are atomic; a CPU's tasklet list is touched with interrupts off.
 * It does not decide when to run: that is cpu_loop().
 */
#include <hv/softirq.h>
#include <hv/atomic.h>
#include <hv/bitmap.h>
#include <hv/lib.h>
#include <hv/smp.h>
#include <asm/irqflags.h>

DEFINE_PER_CPU(unsigned long, softirq_pending);

struct tasklet_list {
	struct tasklet *head, *tail;
};
static DEFINE_PER_CPU(struct tasklet_list, tasklets);

static void (*softirq_handlers[NR_SOFTIRQS])(void) __ro_after_init;

static void run_tasklets(void)
{
	struct tasklet_list *list = this_cpu_ptr(tasklets);

	for (;;) {
		unsigned long flags;
		struct tasklet *t;

		flags = local_irq_save();
		t = list->head;
		if (t != NULL) {
			list->head = t->next;
			if (list->head == NULL) {
				list->tail = NULL;
			}
			t->next = NULL;
		}
		local_irq_restore(flags);
		if (t == NULL) {
			return;
		}
		/* Cleared first: what is scheduled from now on runs once more. */
		smp_store_release(&t->queued, false);
		t->fn(t->arg);
	}
}

void softirq_init(void)
{
	open_softirq(TASKLET_SOFTIRQ, run_tasklets);
}

void open_softirq(enum softirq_nr nr, void (*fn)(void))
{
	ASSERT(nr < NR_SOFTIRQS);
	softirq_handlers[nr] = fn;
}

void raise_softirq(enum softirq_nr nr)
{
	set_bit(nr, this_cpu_ptr(softirq_pending));
}

void cpu_raise_softirq(unsigned int cpu, enum softirq_nr nr)
{
	if (test_and_set_bit(nr, &per_cpu(softirq_pending, cpu))) {
		return;
	}
	if (cpu != smp_processor_id()) {
		smp_send_event_check(cpu);
	}
}

void do_softirq(void)
{
	unsigned long pending;

	/* After SCHEDULE_SOFTIRQ `current` may be another vCPU; nothing here depends on it. */
	while ((pending = READ_ONCE(this_cpu(softirq_pending))) != 0) {
		unsigned int nr = ffs64(pending);

		clear_bit(nr, this_cpu_ptr(softirq_pending));
		softirq_handlers[nr]();
	}
}

void tasklet_init(struct tasklet *t, void (*fn)(void *arg), void *arg)
{
	t->next = NULL;
	t->fn = fn;
	t->arg = arg;
	t->queued = false;
}

void tasklet_schedule(struct tasklet *t)
{
	struct tasklet_list *list;
	unsigned long flags;

	if (xchg(&t->queued, true)) {
		return;
	}
	flags = local_irq_save();
	list = this_cpu_ptr(tasklets);
	t->next = NULL;
	if (list->tail != NULL) {
		list->tail->next = t;
	} else {
		list->head = t;
	}
	list->tail = t;
	raise_softirq(TASKLET_SOFTIRQ);
	local_irq_restore(flags);
}
