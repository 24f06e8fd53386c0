/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Deferred work of a CPU: run at the top of cpu_loop() and nowhere else, interrupts on, no locks
 * held.
 */
#ifndef HV_SOFTIRQ_H
#define HV_SOFTIRQ_H

#include <hv/percpu.h>

enum softirq_nr { TIMER_SOFTIRQ, TASKLET_SOFTIRQ, SCHEDULE_SOFTIRQ, NR_SOFTIRQS };

DECLARE_PER_CPU(unsigned long, softirq_pending);

void softirq_init(void);
/* Register a handler once at boot. */
void open_softirq(enum softirq_nr nr, void (*fn)(void));
/* Raise on this CPU; any context. */
void raise_softirq(enum softirq_nr nr);
/* Raise on another CPU and kick it out of guest mode or idle; any context. */
void cpu_raise_softirq(unsigned int cpu, enum softirq_nr nr);
/* Run what is pending (in order of nr) until nothing is left. */
void do_softirq(void);
#define softirq_pending_here() (this_cpu(softirq_pending) != 0)

/* A tasklet: fn(arg) once in softirq context of the CPU that scheduled it. */
struct tasklet {
	struct tasklet *next;
	void (*fn)(void *arg);
	void *arg;
	bool queued;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *arg), void *arg);
void tasklet_schedule(struct tasklet *t);

#endif
