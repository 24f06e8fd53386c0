/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timer of the virtual local APIC: one-shot, periodic and TSC deadline (SDM 3A, 10.5.4). Registers are changed by the owning vCPU only; the callback
 * runs in softirq context, on whatever CPU the timer was armed on, and only raises the interrupt and, for a periodic timer, arms the next period.
 */
#include <hv/hvm.h>
#include <hv/time.h>

#include <asm/apicdef.h>
#include <asm/msr.h>

#include "vlapic_priv.h"

/* A periodic timer must not be able to occupy the CPU. */
#define MIN_PERIOD_NS       MICROSECS(50)

#define LVT_TIMER_MODE_MASK (APIC_LVT_TIMER_PERIODIC | APIC_LVT_TIMER_DEADLINE)

static bool is_periodic(const struct vlapic *a)
{
	return (a->lvt[LVT_TIMER] & LVT_TIMER_MODE_MASK) == APIC_LVT_TIMER_PERIODIC;
}

static bool is_deadline(const struct vlapic *a)
{
	return (a->lvt[LVT_TIMER] & LVT_TIMER_MODE_MASK) == APIC_LVT_TIMER_DEADLINE;
}

/* Nanoseconds of one count. Divide value: bits 3, 1, 0 of TDCR; 111 is divide by one. */
static uint64_t count_ns(uint32_t tdcr)
{
	unsigned int code = (tdcr & 3) | ((tdcr >> 1) & 4);

	return (uint64_t)VLAPIC_BUS_CYCLE_NS << ((code + 1) & 7);
}

static void arm(struct vcpu *v, int64_t expires)
{
	struct timer *t = &v->hvm.vlapic.timer;

	if (unlikely(t->cpu != smp_processor_id())) {
		migrate_timer(t, smp_processor_id());
	}
	set_timer(t, expires);
}

static void timer_expired(void *data)
{
	struct vcpu *v = data;
	struct vlapic *a = vlapic_of(v);
	uint32_t lvt = READ_ONCE(a->lvt[LVT_TIMER]);
	/* The owner may be running and stop or change the timer meanwhile. */
	uint64_t period = READ_ONCE(a->timer_period);

	if (is_deadline(a)) {
		a->tdt = 0;
	} else if (is_periodic(a) && period != 0) {
		int64_t now = NOW();
		uint64_t late = (uint64_t)(now - a->timer_start);
		int64_t next;

		/* Periods that passed while we were late are merged, the phase is kept. */
		next = a->timer_start + (int64_t)((late / period + 1) * period);
		set_timer(&a->timer, MAX(next, now + MIN_PERIOD_NS));
	}
	if ((lvt & APIC_LVT_MASKED) == 0) {
		vlapic_set_irq(v, (uint8_t)lvt, false);
	}
}

void vlapic_timer_init(struct vcpu *v)
{
	init_timer(&v->hvm.vlapic.timer, timer_expired, v, v->processor);
}

void vlapic_timer_fini(struct vcpu *v)
{
	kill_timer(&v->hvm.vlapic.timer);
}

void vlapic_timer_cancel(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);

	stop_timer(&a->timer);
	a->tmict = 0;
	a->timer_period = 0;
	a->tdt = 0;
}

void vlapic_timer_set_count(struct vcpu *v, uint32_t count)
{
	struct vlapic *a = vlapic_of(v);

	if (is_deadline(a)) {
		return;  /* ignored in this mode */
	}
	a->tmict = count;
	if (count == 0) {
		stop_timer(&a->timer);
		a->timer_period = 0;
		return;
	}
	a->timer_start = NOW();
	a->timer_period = count * count_ns(a->tdcr);
	if (is_periodic(a) && a->timer_period < (uint64_t)MIN_PERIOD_NS) {
		a->timer_period = (uint64_t)MIN_PERIOD_NS;
	}
	arm(v, a->timer_start + (int64_t)a->timer_period);
}

uint32_t vlapic_timer_current_count(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);
	uint64_t passed;

	if (a->timer_period == 0 || is_deadline(a)) {
		return 0;
	}
	passed = (uint64_t)(NOW() - a->timer_start);
	if (is_periodic(a)) {
		passed %= a->timer_period;
	} else if (passed >= a->timer_period) {
		return 0;
	}
	return (uint32_t)((a->timer_period - passed + count_ns(a->tdcr) - 1) / count_ns(a->tdcr));
}

void vlapic_timer_lvt_written(struct vcpu *v, uint32_t old)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t changed = old ^ a->lvt[LVT_TIMER];

	if ((changed & APIC_LVT_TIMER_DEADLINE) != 0) {
		vlapic_timer_cancel(v);
	} else if ((changed & APIC_LVT_TIMER_PERIODIC) != 0 && is_periodic(a) && a->tmict != 0 &&
		!timer_active(&a->timer)) {
		/* A one-shot that has run out starts over when made periodic. */
		vlapic_timer_set_count(v, a->tmict);
	}
}

void vlapic_timer_set_divide(struct vcpu *v, uint32_t tdcr)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t left;

	tdcr &= 0xb;
	if (tdcr == a->tdcr) {
		return;
	}
	left = timer_active(&a->timer) ? vlapic_timer_current_count(v) : 0;
	a->tdcr = tdcr;
	if (left != 0 && !is_deadline(a)) {
		/* What is left goes on at the new speed. */
		a->timer_period = a->tmict * count_ns(tdcr);
		if (is_periodic(a) && a->timer_period < (uint64_t)MIN_PERIOD_NS) {
			a->timer_period = (uint64_t)MIN_PERIOD_NS;
		}
		a->timer_start =
			NOW() + (int64_t)(left * count_ns(tdcr)) - (int64_t)a->timer_period;
		arm(v, a->timer_start + (int64_t)a->timer_period);
	}
}

void vlapic_timer_set_deadline(struct vcpu *v, uint64_t guest_tsc)
{
	struct vlapic *a = vlapic_of(v);
	uint64_t host_tsc, now;

	if (!is_deadline(a)) {
		return;  /* SDM: writes are ignored in the other modes */
	}
	a->tdt = guest_tsc;
	if (guest_tsc == 0) {
		stop_timer(&a->timer);
		return;
	}
	host_tsc = guest_tsc - v->hvm.tsc_offset;
	now = rdtsc();
	if ((int64_t)(host_tsc - now) <= 0) {
		stop_timer(&a->timer);
		a->tdt = 0;
		if ((a->lvt[LVT_TIMER] & APIC_LVT_MASKED) == 0) {
			vlapic_set_irq(v, (uint8_t)a->lvt[LVT_TIMER], false);
		}
		return;
	}
	/* Far future values must not wrap the conversion. */
	arm(v,
		NOW() +
			(int64_t)MIN(tsc_to_ns_delta(MIN(host_tsc - now, 1ull << 56)),
				(uint64_t)SECONDS(86400 * 365ll)));
}
