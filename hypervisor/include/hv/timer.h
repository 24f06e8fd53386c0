/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Per-CPU timers in a heap; callbacks run in TIMER_SOFTIRQ of the timer's CPU, interrupts on. Times are NOW() nanoseconds. */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include <hv/types.h>

struct timer {
	int64_t expires;
	void (*fn)(void *data);
	void *data;
	unsigned int cpu;
	unsigned int heap_idx;		/* 0: not armed */
	bool killed;
};

void timer_init(void);
void timer_cpu_init(unsigned int cpu);
void init_timer(struct timer *t, void (*fn)(void *data), void *data, unsigned int cpu);
/* (Re)arm; a time in the past fires at once. Any context but a timer lock holder. Cheap when rearmed on the own CPU. */
void set_timer(struct timer *t, int64_t expires_ns);
void stop_timer(struct timer *t);
/* After kill_timer() returns the callback does not run and cannot be armed again. */
void kill_timer(struct timer *t);
void migrate_timer(struct timer *t, unsigned int new_cpu);
static inline bool timer_active(const struct timer *t) { return t->heap_idx != 0; }
/* Earliest deadline of this CPU, INT64_MAX none. */
int64_t timer_next_deadline(void);

#endif
