/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/*
 * Scheduling of vCPUs on physical CPUs: weight-fair with wake-up latency first. ABI id: credit2
 * (6).
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/types.h>
#include <hv/compiler.h>

struct vcpu;
struct domain;

/* Boot (BSP); each AP calls sched_cpu_init() before its cpu_loop(). */
void sched_init(void);
void sched_cpu_init(unsigned int cpu);
int __must_check sched_init_vcpu(struct vcpu *v);
void sched_destroy_vcpu(struct vcpu *v);
int sched_init_domain(struct domain *d);
void sched_destroy_domain(struct domain *d);

/*
 * SCHEDULE_SOFTIRQ handler: pick the next vCPU, switch context (hvm_ctxt_switch), set current. Only
 * from cpu_loop() through do_softirq().
 */
void schedule(void);

/* Make v runnable again if no pause reason is left. Any context, also IRQ. */
void vcpu_wake(struct vcpu *v);
/* Take v off its CPU soon (nosync) or now (sync: spins until it is off; not for current). */
void vcpu_sleep_nosync(struct vcpu *v);
void vcpu_sleep_sync(struct vcpu *v);
/*
 * Block current until an event: sets VPF_BLOCKED unless an event is deliverable already, then
 * raises SCHEDULE_SOFTIRQ.
 */
void vcpu_block_current(void);
/* An event is there: clear VPF_BLOCKED and wake. Any context. */
void vcpu_unblock(struct vcpu *v);
/*
 * Make a running v leave guest mode and look at its pending work; wakes it when blocked. Any
 * context.
 */
void vcpu_kick(struct vcpu *v);
void vcpu_yield_current(void);
/* If ticks are needed, preemption check: true when long work should return a continuation. */
bool hypercall_preempt_check(void);

/* Affinity. -EINVAL when no online CPU is in the set. */
int vcpu_set_hard_affinity(struct vcpu *v, const void *cpumask);
int vcpu_set_soft_affinity(struct vcpu *v, const void *cpumask);
/* domctl scheduler_op of credit2: weight 1..65535, cap 0..100*nr_vcpus percent. */
int sched_adjust_domain(struct domain *d, uint16_t weight, uint16_t cap);
int sched_move_to_cpupool0(struct domain *d);

/* Runstate bookkeeping: v->runstate is current to now. */
struct vcpu_runstate_info;
void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
uint64_t vcpu_cpu_time_ns(struct vcpu *v);
uint64_t cpu_idle_time_ns(unsigned int cpu);

#endif
