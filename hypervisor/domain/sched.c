/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling mechanism: pausing, blocking, waking, switching `current`. A vCPU is in exactly one of
 * these places: on a CPU (is_running), in the run queue (on_runq), or nowhere because a pause
 * reason holds. It enters the queue only after its state has been unloaded, so no two CPUs hold it.
 * Locking: sched_lock (irq-safe) protects places, run states and the policy; pause reasons are
 * atomic and are changed before the lock is taken. The decision who runs is sched_credit.c's.
 */
#include <hv/bitmap.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/time.h>

#include "sched_priv.h"

DEFINE_PER_CPU(struct sched_cpu, sched_cpus);
DEFINE_PER_CPU(struct vcpu *, curr_vcpu);
DEFINE_PER_CPU(struct vcpu *, idle_vcpu);
DEFINE_SPINLOCK(sched_lock, LOCK_SCHED);

bool vcpu_runnable(const struct vcpu *v)
{
	return (READ_ONCE(v->pause_flags) | (unsigned int)atomic_read(&v->pause_count) |
		       (unsigned int)atomic_read(&v->domain->pause_count)) == 0;
}

/* Account the state that ends and enter the new one. [s] */
static void runstate_change(struct vcpu *v, int state, int64_t now)
{
	int64_t spent = now - (int64_t)v->runstate.state_entry_time;

	if (v->runstate.state == state) {
		return;
	}
	if (spent > 0) {
		v->runstate.time[v->runstate.state] += (uint64_t)spent;
		v->runstate.state_entry_time = (uint64_t)now;
	}
	v->runstate.state = state;
}

static int stopped_runstate(const struct vcpu *v)
{
	return test_bit(VPF_BLOCKED, &v->pause_flags) ? RUNSTATE_blocked : RUNSTATE_offline;
}

void sched_poke_cpu(unsigned int cpu)
{
	per_cpu(sched_cpus, cpu).tickled = true;
	cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
}

/* The vCPU's timers follow it, so that arming them from its hypercalls stays on one CPU. */
static void migrate_vcpu_timers(struct vcpu *v, unsigned int cpu)
{
	migrate_timer(&v->singleshot_timer, cpu);
	migrate_timer(&v->periodic_timer, cpu);
	migrate_timer(&v->poll_timer, cpu);
	migrate_timer(&v->hvm.vlapic.timer, cpu);
}

static void switch_to(struct vcpu *prev, struct vcpu *next, unsigned int cpu, bool moved)
{
	if (!prev->is_idle) {
		update_runstate_area(prev);
	}
	this_cpu(curr_vcpu) = next;
	/*
	 * Before the guest can run: whoever changes its p2m from now on finds it here, or we find
	 * the new tlb_gen at the entry.
	 */
	smp_mb();
	hvm_ctxt_switch(prev, next);
	if (!next->is_idle) {
		if (moved) {
			migrate_vcpu_timers(next, cpu);
		}
		update_runstate_area(next);
	}
}

void schedule(void)
{
	unsigned int cpu = smp_processor_id();
	struct sched_cpu *sc = this_cpu_ptr(sched_cpus);
	struct vcpu *prev = current, *next;
	bool moved;
	int64_t now;

	spin_lock_irq(&sched_lock);
	now = NOW();
	sc->tickled = false;
	policy_charge(prev, now);
	next = policy_pick(cpu, prev, now);
	policy_arm_slice(cpu, next, now);
	if (next == prev) {
		spin_unlock_irq(&sched_lock);
		return;
	}
	if (prev->is_idle || vcpu_runnable(prev)) {
		runstate_change(prev, RUNSTATE_runnable, now);
	} else {
		runstate_change(prev, stopped_runstate(prev), now);
	}
	runstate_change(next, RUNSTATE_running, now);
	moved = next->processor != cpu;
	next->processor = cpu;
	next->is_running = true;
	sc->curr = next;
	spin_unlock_irq(&sched_lock);

	switch_to(prev, next, cpu, moved);

	if (prev->is_idle) {
		return;
	}
	spin_lock_irq(&sched_lock);
	smp_store_release(&prev->is_running, false);
	/* Woken while it was being unloaded, preempted, or not allowed here any more. */
	if (vcpu_runnable(prev)) {
		runstate_change(prev, RUNSTATE_runnable, now);
		policy_enqueue(prev, false, now);
		policy_tickle(prev, now);
	}
	spin_unlock_irq(&sched_lock);
}

void vcpu_wake(struct vcpu *v)
{
	unsigned long flags;

	spin_lock_irqsave(&sched_lock, flags);
	if (vcpu_runnable(v)) {
		if (!v->is_running && !v->sched.on_runq) {
			int64_t now = NOW();

			runstate_change(v, RUNSTATE_runnable, now);
			policy_enqueue(v, true, now);
			policy_tickle(v, now);
		}
	} else if (!v->is_running && v->runstate.state != stopped_runstate(v)) {
		runstate_change(v, stopped_runstate(v), NOW());
	}
	spin_unlock_irqrestore(&sched_lock, flags);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;

	spin_lock_irqsave(&sched_lock, flags);
	if (!vcpu_runnable(v)) {
		if (v->is_running) {
			cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
		} else {
			policy_dequeue(v);
			runstate_change(v, stopped_runstate(v), NOW());
		}
	}
	spin_unlock_irqrestore(&sched_lock, flags);
}

void vcpu_sleep_sync(struct vcpu *v)
{
	ASSERT(v != current);
	vcpu_sleep_nosync(v);
	while (!vcpu_runnable(v) && smp_load_acquire(&v->is_running)) {
		cpu_relax();
	}
	hvm_sync_vcpu(v);
}

void vcpu_block_current(void)
{
	struct vcpu *v = current;

	set_bit(VPF_BLOCKED, &v->pause_flags);
	/*
	 * Looked at after the flag is set: whoever makes an event deliverable from here on sees the
	 * flag and wakes us.
	 */
	if (hvm_interrupt_pending(v)) {
		clear_bit(VPF_BLOCKED, &v->pause_flags);
		return;
	}
	raise_softirq(SCHEDULE_SOFTIRQ);
}

void vcpu_unblock(struct vcpu *v)
{
	if (!test_bit(VPF_BLOCKED, &v->pause_flags) ||
		!test_and_clear_bit(VPF_BLOCKED, &v->pause_flags)) {
		return;
	}
	if (v->poll_evtchn != 0) {
		/* A poll ends on any wake-up; evtchn_check_pollers() must not find it any more. */
		v->poll_evtchn = 0;
		clear_bit(v->vcpu_id, v->domain->poll_mask);
	}
	vcpu_wake(v);
}

void vcpu_kick(struct vcpu *v)
{
	/*
	 * The caller's store (IRR bit, pending flag) comes before the reads; the CPU that loads v
	 * sets is_running before it looks for work.
	 */
	smp_mb();
	if (READ_ONCE(v->pause_flags) != 0) {
		vcpu_unblock(v);
	}
	if (READ_ONCE(v->is_running) && v != current) {
		smp_send_event_check(READ_ONCE(v->processor));
	}
}

void vcpu_yield_current(void)
{
	current->sched.yielding = true;
	raise_softirq(SCHEDULE_SOFTIRQ);
}

bool hypercall_preempt_check(void)
{
	const struct vcpu *v = current;

	/* At boot and in deferred work nobody can return to be called again. */
	return !v->is_idle && (unlikely(softirq_pending_here()) || hvm_interrupt_pending(current));
}

static int set_affinity(struct vcpu *v, cpumask_t *which, const cpumask_t *mask, bool hard)
{
	cpumask_t usable;
	unsigned long flags;

	cpumask_and(&usable, mask, &cpu_online_map);
	if (hard && cpumask_empty(&usable)) {
		return -EINVAL;
	}
	spin_lock_irqsave(&sched_lock, flags);
	*which = *mask;
	if (v->sched.on_runq) {
		policy_tickle(v, NOW());
	} else if (v->is_running && !v->is_idle && !cpumask_test_cpu(v->processor, which)) {
		sched_poke_cpu(v->processor);
	}
	spin_unlock_irqrestore(&sched_lock, flags);
	return 0;
}

int vcpu_set_hard_affinity(struct vcpu *v, const void *cpumask)
{
	return set_affinity(v, &v->sched.hard_affinity, cpumask, true);
}

int vcpu_set_soft_affinity(struct vcpu *v, const void *cpumask)
{
	return set_affinity(v, &v->sched.soft_affinity, cpumask, false);
}

int sched_adjust_domain(struct domain *d, uint16_t weight, uint16_t cap)
{
	unsigned long flags;

	if (weight == 0 || cap > 100u * d->max_vcpus) {
		return -EINVAL;
	}
	spin_lock_irqsave(&sched_lock, flags);
	policy_set_params(d, weight, cap);
	spin_unlock_irqrestore(&sched_lock, flags);
	return 0;
}

int sched_move_to_cpupool0(struct domain *d)
{
	(void)d; /* the only pool */
	return 0;
}

int sched_init_domain(struct domain *d)
{
	policy_init_domain(d);
	return 0;
}

void sched_destroy_domain(struct domain *d)
{
	policy_destroy_domain(d);
}

int sched_init_vcpu(struct vcpu *v)
{
	unsigned int cpu;

	cpumask_setall(&v->sched.hard_affinity);
	cpumask_setall(&v->sched.soft_affinity);
	INIT_LIST_HEAD(&v->sched.runq);
	v->sched.weight = v->domain->sched_weight != 0 ? v->domain->sched_weight : 256;
	v->runstate.state = v->is_idle ? RUNSTATE_running : RUNSTATE_offline;
	v->runstate.state_entry_time = (uint64_t)NOW();
	if (!v->is_idle) {
		/* Spread: the vCPU's number over the CPUs that run. */
		cpu = cpumask_first(&cpu_online_map);
		for (unsigned int i = 0; i < v->vcpu_id % num_online_cpus(); i++) {
			cpu = cpumask_cycle(cpu, &cpu_online_map);
		}
		v->processor = cpu;
	}
	return 0;
}

void sched_destroy_vcpu(struct vcpu *v)
{
	unsigned long flags;

	spin_lock_irqsave(&sched_lock, flags);
	policy_dequeue(v);
	spin_unlock_irqrestore(&sched_lock, flags);
}

void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	unsigned long flags;
	int64_t spent;

	spin_lock_irqsave(&sched_lock, flags);
	*out = v->runstate;
	spin_unlock_irqrestore(&sched_lock, flags);
	spent = NOW() - (int64_t)out->state_entry_time;
	if (spent > 0) {
		out->time[out->state] += (uint64_t)spent;
	}
}

uint64_t vcpu_cpu_time_ns(struct vcpu *v)
{
	struct vcpu_runstate_info rs;

	vcpu_runstate_get(v, &rs);
	return rs.time[RUNSTATE_running];
}

uint64_t cpu_idle_time_ns(unsigned int cpu)
{
	struct vcpu *idle =
		cpu < nr_cpu_ids ? per_cpu(idle_vcpu, array_index_nospec(cpu, NR_CPUS)) : NULL;

	return idle != NULL ? vcpu_cpu_time_ns(idle) : 0;
}

static void slice_end(void *data)
{
	struct sched_cpu *sc = data;

	sc->slice_armed = false;
	raise_softirq(SCHEDULE_SOFTIRQ);
}

/* The CPU's idle vCPU and scheduler data; the CPU runs it right away. */
void sched_cpu_init(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpus, cpu);
	struct vcpu *v = alloc_hv_pages(order_from_bytes(sizeof(struct vcpu)));

	if (v == NULL) {
		panic("scheduler: no memory for the idle vCPU of CPU %u", cpu);
	}
	v->domain = idle_domain;
	v->vcpu_id = cpu;
	v->processor = cpu;
	v->is_idle = v->is_running = v->is_initialised = true;
	if (sched_init_vcpu(v) != 0) {
		panic("scheduler: cannot set up the idle vCPU of CPU %u", cpu);
	}
	per_cpu(idle_vcpu, cpu) = v;
	per_cpu(curr_vcpu, cpu) = v;
	init_timer(&sc->slice, slice_end, sc, cpu);
	sc->curr = v;
	sc->ready = true;
}

void sched_init(void)
{
	open_softirq(SCHEDULE_SOFTIRQ, schedule);
	policy_init();
	sched_cpu_init(smp_processor_id());
}
