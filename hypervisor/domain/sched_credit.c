/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling policy. Each vCPU has a virtual run time that advances at NOMINAL_WEIGHT/weight of
 * real time; the runnable one with the least goes first. One queue for all CPUs, sorted by virtual
 * run time: desktops have few CPUs, and one queue is fair without balancing. A vCPU that slept
 * keeps at most WAKE_BONUS of its unused share, so that it preempts whoever spins; a vCPU that ran
 * far ahead while CPUs were free is pulled back to MAX_LEAD. A domain's cap is a budget of CPU time
 * in each period, with overruns carried over. Locking: sched_lock, taken by the callers in sched.c.
 */
#include <hv/bitmap.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/time.h>

#include "sched_priv.h"

#define NOMINAL_WEIGHT 256
#define WAKE_BONUS     MICROSECS(6000)
#define MAX_LEAD       MICROSECS(50000)
#define WAKE_MARGIN \
	MICROSECS(100) /* least lead of the running vCPU over a woken one to be preempted */
#define MOVE_PENALTY MICROSECS(200) /* a vCPU that ran elsewhere last counts as this much later */
#define SOFT_PENALTY MICROSECS(1000) /* so does one outside its soft affinity */
#define SLICE_GRAIN  MICROSECS(3000)
#define SLICE_MIN    MICROSECS(1000)
#define SLICE_MAX    MICROSECS(10000)
#define CAP_PERIOD   MICROSECS(10000)
#define CAP_MIN_RUN  MICROSECS(50)

static LIST_HEAD(runq);   /* [s] ascending vruntime */
static int64_t min_vruntime;  /* [s] never goes back */

static int64_t to_virtual(const struct vcpu *v, int64_t ns)
{
	return ns * NOMINAL_WEIGHT / (int64_t)v->sched.weight;
}

static int64_t vruntime_now(const struct vcpu *v, int64_t now)
{
	int64_t ran = now - v->sched.last_start;

	return v->sched.vruntime + (ran > 0 ? to_virtual(v, ran) : 0);
}

static bool is_throttled(const struct vcpu *v)
{
	return v->domain->sched.throttled;
}

static bool may_run_on(const struct vcpu *v, unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &v->sched.hard_affinity);
}

static int64_t placement_penalty(const struct vcpu *v, unsigned int cpu)
{
	return (v->processor != cpu ? MOVE_PENALTY : 0) +
		(cpumask_test_cpu(cpu, &v->sched.soft_affinity) ? 0 : SOFT_PENALTY);
}

/* Advance min_vruntime to the least of what runs and what waits. */
static void update_min(int64_t now)
{
	int64_t least = INT64_MAX;
	unsigned int cpu;
	struct vcpu *v;

	for_each_online_cpu(cpu) {
		const struct vcpu *curr = per_cpu(sched_cpus, cpu).curr;

		if (curr != NULL && !curr->is_idle) {
			least = min(least, vruntime_now(curr, now));
		}
	}
	list_for_each_entry(v, &runq, sched.runq) {
		if (!is_throttled(v)) {
			least = min(least, v->sched.vruntime);
			break;
		}
	}
	if (least != INT64_MAX && least > min_vruntime) {
		min_vruntime = least;
	}
}

static void runq_insert(struct vcpu *v)
{
	struct vcpu *pos;

	ASSERT(!v->sched.on_runq);
	/* From the back: what is put back after running usually belongs there. */
	for (pos = list_entry(runq.prev, struct vcpu, sched.runq); &pos->sched.runq != &runq;
		pos = list_entry(pos->sched.runq.prev, struct vcpu, sched.runq)) {
		if (pos->sched.vruntime <= v->sched.vruntime) {
			break;
		}
	}
	list_add(&v->sched.runq, &pos->sched.runq);
	v->sched.on_runq = true;
}

void policy_enqueue(struct vcpu *v, bool woken, int64_t now)
{
	int64_t lead = to_virtual(v, MAX_LEAD);

	update_min(now);
	if (woken) {
		v->sched.wake_ns = (uint64_t)now;
	}
	v->sched.vruntime = max(v->sched.vruntime, min_vruntime - WAKE_BONUS);
	v->sched.vruntime = min(v->sched.vruntime, min_vruntime + lead);
	runq_insert(v);
}

void policy_dequeue(struct vcpu *v)
{
	if (v->sched.on_runq) {
		list_del(&v->sched.runq);
		v->sched.on_runq = false;
	}
}

void policy_charge(struct vcpu *v, int64_t now)
{
	struct domain *d = v->domain;
	int64_t ran = now - v->sched.last_start;

	if (v->is_idle) {
		return;
	}
	v->sched.last_start = now;
	if (ran <= 0) {
		return;
	}
	v->sched.vruntime += to_virtual(v, ran);
	if (d->sched_cap != 0) {
		d->sched.budget -= ran;
		if (d->sched.budget <= 0 && !d->sched.throttled) {
			struct vcpu *o;

			d->sched.throttled = true;
			for_each_vcpu(d, o) {
				if (o->is_running && o != v) {
					sched_poke_cpu(o->processor);
				}
			}
		}
	}
}

struct vcpu *policy_pick(unsigned int cpu, struct vcpu *prev, int64_t now)
{
	struct vcpu *v, *best = NULL;
	int64_t best_score = INT64_MAX;
	bool prev_ok = !prev->is_idle && vcpu_runnable(prev) && may_run_on(prev, cpu) &&
		!is_throttled(prev);

	list_for_each_entry(v, &runq, sched.runq) {
		int64_t score = v->sched.vruntime;

		if (score >= best_score) {
			break;
		}
		if (is_throttled(v) || !may_run_on(v, cpu)) {
			continue;
		}
		score += placement_penalty(v, cpu);
		if (score < best_score) {
			best = v;
			best_score = score;
		}
	}
	if (prev_ok) {
		/*
		 * A margin, or two that are level would change places at each look, and none of
		 * them would reach its guest: a look every few ticks of a slow clock is enough.
		 */
		int64_t margin = min(to_virtual(prev, WAKE_MARGIN), (int64_t)WAKE_MARGIN);

		if (best == NULL ||
			(!prev->sched.yielding && prev->sched.vruntime <= best_score + margin)) {
			prev->sched.yielding = false;
			return prev;
		}
		if (prev->sched.yielding) {
			prev->sched.vruntime = max(prev->sched.vruntime, best->sched.vruntime + 1);
		}
	}
	prev->sched.yielding = false;
	if (best == NULL) {
		return per_cpu(idle_vcpu, cpu);
	}
	policy_dequeue(best);
	best->sched.last_start = now;
	return best;
}

void policy_tickle(struct vcpu *v, int64_t now)
{
	unsigned int cpu, target = NR_CPUS;
	int64_t target_lead = WAKE_MARGIN;
	bool target_idle = false;
	int64_t idle_penalty = INT64_MAX;

	if (is_throttled(v)) {
		return;
	}
	for_each_online_cpu(cpu) {
		struct sched_cpu *sc = &per_cpu(sched_cpus, cpu);
		int64_t penalty, lead;

		if (!sc->ready || sc->tickled || !may_run_on(v, cpu)) {
			continue;
		}
		penalty = placement_penalty(v, cpu);
		if (sc->curr->is_idle) {
			if (penalty < idle_penalty) {
				idle_penalty = penalty;
				target = cpu;
				target_idle = true;
			}
			continue;
		}
		if (target_idle) {
			continue;
		}
		lead = vruntime_now(sc->curr, now) - v->sched.vruntime - penalty;
		if (lead > target_lead) {
			target_lead = lead;
			target = cpu;
		}
	}
	if (target != NR_CPUS) {
		sched_poke_cpu(target);
		return;
	}
	/* It waits: whoever runs where it could run needs an end of slice. */
	for_each_online_cpu(cpu) {
		struct sched_cpu *sc = &per_cpu(sched_cpus, cpu);

		if (!sc->ready || sc->tickled || sc->slice_armed || sc->curr->is_idle ||
			!may_run_on(v, cpu)) {
			continue;
		}
		if (cpu == smp_processor_id()) {
			/* No need to go through the choice again: only its end is new. */
			policy_charge(sc->curr, now);
			policy_arm_slice(cpu, sc->curr, now);
		} else {
			sched_poke_cpu(cpu);
		}
	}
}

void policy_arm_slice(unsigned int cpu, struct vcpu *next, int64_t now)
{
	struct sched_cpu *sc = &per_cpu(sched_cpus, cpu);
	int64_t slice = INT64_MAX;
	struct domain *d = next->domain;
	struct vcpu *v;

	if (!next->is_idle) {
		list_for_each_entry(v, &runq, sched.runq) {
			if (!is_throttled(v) && may_run_on(v, cpu)) {
				slice = (v->sched.vruntime - next->sched.vruntime) *
						(int64_t)next->sched.weight / NOMINAL_WEIGHT +
					SLICE_GRAIN;
				slice = clamp(slice, (int64_t)SLICE_MIN, (int64_t)SLICE_MAX);
				break;
			}
		}
		if (d->sched_cap != 0) {
			unsigned int running = 0;

			for_each_vcpu(d, v) {
				running += v->is_running || v == next;
			}
			slice = min(slice,
				max(d->sched.budget / (int64_t)running, (int64_t)CAP_MIN_RUN));
			if (!timer_active(&d->sched.repl_timer)) {
				set_timer(&d->sched.repl_timer, now + CAP_PERIOD);
			}
		}
	}
	if (slice != INT64_MAX) {
		sc->slice_armed = true;
		set_timer(&sc->slice, now + slice);
	} else if (sc->slice_armed) {
		sc->slice_armed = false;
		stop_timer(&sc->slice);
	}
}

static int64_t cap_quota(const struct domain *d)
{
	return (int64_t)CAP_PERIOD * d->sched_cap / 100;
}

/*
 * The vCPUs that waited for budget go on from the present: they have no claim to what they were not
 * allowed to use, but keep their distance to each other, so that they share the budget.
 */
static void release_throttled(struct domain *d, int64_t now)
{
	int64_t least = INT64_MAX, shift;
	struct vcpu *v;

	update_min(now);
	for_each_vcpu(d, v) {
		if (v->sched.on_runq) {
			policy_dequeue(v);
			least = min(least, v->sched.vruntime);
			v->sched.released = true;
		}
	}
	shift = max(min_vruntime - least, (int64_t)0);
	for_each_vcpu(d, v) {
		if (v->sched.released) {
			v->sched.released = false;
			v->sched.vruntime += shift;
			policy_enqueue(v, false, now);
			policy_tickle(v, now);
		}
	}
}

/* A period of d's cap is over. */
static void replenish(void *data)
{
	struct domain *d = data;
	struct vcpu *v;
	bool busy = false, was_throttled;
	int64_t now, quota;

	spin_lock_irq(&sched_lock);
	now = NOW();
	quota = cap_quota(d);
	if (d->sched_cap == 0) {
		spin_unlock_irq(&sched_lock);
		return;
	}
	for_each_vcpu(d, v) {
		if (v->is_running) {
			policy_charge(v, now);
		}
		busy |= v->is_running || v->sched.on_runq;
	}
	d->sched.budget = min(d->sched.budget + quota, quota);
	was_throttled = d->sched.throttled;
	d->sched.throttled = d->sched.budget <= 0;
	if (was_throttled && !d->sched.throttled) {
		release_throttled(d, now);
	}
	if (busy || d->sched.throttled) {
		d->sched.period_start += CAP_PERIOD;
		if (d->sched.period_start <= now - CAP_PERIOD || d->sched.period_start > now) {
			d->sched.period_start = now;
		}
		set_timer(&d->sched.repl_timer, d->sched.period_start + CAP_PERIOD);
	}
	spin_unlock_irq(&sched_lock);
}

void policy_init_domain(struct domain *d)
{
	d->sched_weight = NOMINAL_WEIGHT;
	d->sched_cap = 0;
	init_timer(&d->sched.repl_timer, replenish, d, smp_processor_id());
}

void policy_destroy_domain(struct domain *d)
{
	kill_timer(&d->sched.repl_timer);
}

void policy_set_params(struct domain *d, uint16_t weight, uint16_t cap)
{
	struct vcpu *v;

	d->sched_weight = weight;
	for_each_vcpu(d, v) {
		v->sched.weight = weight;
	}
	if (cap != d->sched_cap) {
		int64_t now = NOW();

		d->sched_cap = cap;
		d->sched.throttled = false;
		d->sched.budget = cap_quota(d);
		d->sched.period_start = now;
		for_each_vcpu(d, v) {
			if (v->is_running) {
				sched_poke_cpu(v->processor);
			} else if (v->sched.on_runq) {
				policy_tickle(v, now);
			}
		}
	}
}

void policy_init(void)
{
	min_vruntime = 0;
}

void policy_dump(int64_t now)
{
	struct vcpu *v;

	printk("run queue (min vruntime %ld us):\n", min_vruntime / 1000);
	list_for_each_entry(v, &runq, sched.runq) {
		printk("  d%uv%u vruntime %+ld us weight %u cpu %u%s\n", v->domain->domain_id,
			v->vcpu_id, (v->sched.vruntime - min_vruntime) / 1000, v->sched.weight,
			v->processor, is_throttled(v) ? " capped" : "");
	}
	(void)now;
}
