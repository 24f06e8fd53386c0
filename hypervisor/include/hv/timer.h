/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Per-CPU timers in a pairing heap; callbacks run in TIMER_SOFTIRQ of the timer's CPU, interrupts
 * on. Times are NOW() nanoseconds.
 */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include <hv/types.h>

struct timer {
	int64_t expires;
	void (*fn)(void *data);
	void *data;
	struct timer *child, *next,
		*prev; /* heap links; prev: left sibling, or the parent for a first child */
	unsigned int cpu;
	bool armed;
	bool killed;
};

void timer_init(void);
void timer_cpu_init(unsigned int cpu);
void init_timer(struct timer *t, void (*fn)(void *data), void *data, unsigned int cpu);
/*
 * (Re)arm; a time in the past fires at once. Any context but a timer lock holder. Cheap when
 * rearmed on the own CPU.
 */
void set_timer(struct timer *t, int64_t expires_ns);
void stop_timer(struct timer *t);
/*
 * After kill_timer() returns the callback does not run and cannot be armed again. Not from IRQ
 * context.
 */
void kill_timer(struct timer *t);
/* Move to another CPU's heap, armed or not. Any context. */
void migrate_timer(struct timer *t, unsigned int new_cpu);
static inline bool timer_active(const struct timer *t)
{
	return t->armed;
}
/* Earliest deadline of this CPU, INT64_MAX none. */
int64_t timer_next_deadline(void);
/*
 * The CPU's one-shot interrupt (drivers call it from the handler of the timer vector): raises
 * TIMER_SOFTIRQ.
 */
void timer_interrupt(void);
/* Number of armed timers of a CPU, for the debug keys. */
unsigned int timer_count(unsigned int cpu);

#endif
