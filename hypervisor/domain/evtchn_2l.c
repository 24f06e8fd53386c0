/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two-level event ABI: pending and mask bits in shared_info, a selector word a vCPU. 64-bit
 * words and 4096 ports, or 32-bit words and 1024 ports for a guest that was latched as 32-bit.
 * Everything here is memory that the guest writes too: bits are changed one at a time, atomically,
 * and never trusted.
 * Locking: none of its own.
 */
#include <hv/bitmap.h>
#include <hv/errno.h>

#include "evtchn_priv.h"

/* Offsets in shared_info by layout. */
#define PENDING_64 2048u
#define MASK_64    2560u
#define PENDING_32 2048u
#define MASK_32    2176u

static unsigned int max_ports_2l(const struct domain *d)
{
	return d->has_32bit_shinfo ? 1024 : 4096;
}

/* Bits are little-endian in both layouts, so a 32-bit word at a time serves both. */
static uint32_t *bit_word(const struct domain *d, unsigned int port, bool mask)
{
	unsigned int base =
		d->has_32bit_shinfo ? (mask ? MASK_32 : PENDING_32) : (mask ? MASK_64 : PENDING_64);

	return (uint32_t *)((char *)d->shared_info + base) + port / 32;
}

static bool test_port_bit(const struct domain *d, unsigned int port, bool mask)
{
	if (port >= max_ports_2l(d)) {
		return false;
	}
	return (READ_ONCE(*bit_word(d, port, mask)) >> (port % 32)) & 1;
}

static bool set_port_bit(struct domain *d, unsigned int port, bool mask)
{
	return (__atomic_fetch_or(bit_word(d, port, mask), 1u << (port % 32), __ATOMIC_SEQ_CST) >>
		       (port % 32)) &
		1;
}

static bool clear_port_bit(struct domain *d, unsigned int port, bool mask)
{
	return (__atomic_fetch_and(
			bit_word(d, port, mask), ~(1u << (port % 32)), __ATOMIC_SEQ_CST) >>
		       (port % 32)) &
		1;
}

/* Select the word in v's vcpu_info; when it was not, tell v. */
static void select_port(struct vcpu *v, unsigned int port)
{
	bool was_set;

	if (v->domain->has_32bit_shinfo) {
		uint32_t bit = 1u << (port / 32), *sel = (uint32_t *)((char *)v->vcpu_info + 4);

		was_set = __atomic_fetch_or(sel, bit, __ATOMIC_SEQ_CST) & bit;
	} else {
		uint64_t bit = 1ull << (port / 64), *sel = (uint64_t *)((char *)v->vcpu_info + 8);

		was_set = __atomic_fetch_or(sel, bit, __ATOMIC_SEQ_CST) & bit;
	}
	if (!was_set) {
		vcpu_mark_events_pending(v);
	}
}

static void init_2l(struct domain *d, struct evtchn *chn)
{
	(void)d;
	(void)chn;
}

static void set_pending_2l(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	unsigned int port = chn->port;

	if (port >= max_ports_2l(d) || set_port_bit(d, port, false)) {
		return;
	}
	if (!test_port_bit(d, port, true)) {
		select_port(v, port);
	}
	evtchn_check_pollers(d, port);
}

static void clear_pending_2l(struct domain *d, struct evtchn *chn)
{
	if (chn->port < max_ports_2l(d)) {
		(void)clear_port_bit(d, chn->port, false);
	}
}

static void unmask_2l(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[chn->notify_vcpu_id];
	unsigned int port = chn->port;

	if (v == NULL || port >= max_ports_2l(d)) {
		return;
	}
	(void)clear_port_bit(d, port, true);
	if (test_port_bit(d, port, false)) {
		select_port(v, port);
	}
}

static bool is_pending_2l(const struct domain *d, const struct evtchn *chn)
{
	return test_port_bit(d, chn->port, false);
}

static bool is_masked_2l(const struct domain *d, const struct evtchn *chn)
{
	return test_port_bit(d, chn->port, true);
}

static int set_priority_2l(struct domain *d, struct evtchn *chn, unsigned int priority)
{
	(void)d;
	(void)chn;
	(void)priority;
	return -ENOSYS;
}

static bool is_busy_2l(const struct domain *d, const struct evtchn *chn)
{
	(void)d;
	(void)chn;
	return false;
}

const struct evtchn_port_ops evtchn_2l_ops = {
	.init = init_2l,
	.set_pending = set_pending_2l,
	.clear_pending = clear_pending_2l,
	.unmask = unmask_2l,
	.is_pending = is_pending_2l,
	.is_masked = is_masked_2l,
	.set_priority = set_priority_2l,
	.is_busy = is_busy_2l,
	.max_ports = max_ports_2l,
};

void evtchn_2l_init(struct domain *d)
{
	d->evtchn_port_ops = &evtchn_2l_ops;
}
