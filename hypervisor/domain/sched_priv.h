/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between sched.c (mechanism: blocking, waking, switching) and sched_credit.c (policy: who runs
 * where and for how long). All under sched_lock.
 */
#ifndef DOMAIN_SCHED_PRIV_H
#define DOMAIN_SCHED_PRIV_H

#include <hv/domain.h>
#include <hv/percpu.h>
#include <hv/spinlock.h>
#include <hv/timer.h>

struct sched_cpu {
	struct vcpu *curr; /* what runs here, the idle vCPU included */
	struct timer slice; /* raises SCHEDULE_SOFTIRQ at the end of a slice */
	bool slice_armed;
	bool tickled; /* SCHEDULE_SOFTIRQ is on its way: not a target for another wake-up */
	bool ready;
};

DECLARE_PER_CPU(struct sched_cpu, sched_cpus);
extern spinlock_t sched_lock; /* irq-safe */

void policy_init(void);
/* Account the time since v's last_start; may throttle v's domain. */
void policy_charge(struct vcpu *v, int64_t now);
/* Best vCPU for cpu: from the queue (taken off it), or prev when it may go on, or the idle vCPU. */
struct vcpu *policy_pick(unsigned int cpu, struct vcpu *prev, int64_t now);
/* v becomes runnable after a sleep, or is put back: queue it. */
void policy_enqueue(struct vcpu *v, bool woken, int64_t now);
void policy_dequeue(struct vcpu *v);
/* Find a CPU that should run a queued v at once and make it look. */
void policy_tickle(struct vcpu *v, int64_t now);
/* How long next may run on cpu before the next look; sets or stops the slice timer. */
void policy_arm_slice(unsigned int cpu, struct vcpu *next, int64_t now);
void policy_init_domain(struct domain *d);
void policy_destroy_domain(struct domain *d);
void policy_set_params(struct domain *d, uint16_t weight, uint16_t cap);
void policy_dump(int64_t now);
/* Make cpu run schedule() soon. */
void sched_poke_cpu(unsigned int cpu);

#endif
