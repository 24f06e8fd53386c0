/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels: ports, their bindings, and sending. A port is a struct evtchn in a bucket of its
 * domain; buckets come on demand and go with the domain.
 * Locking: d->evtchn_lock serialises changes of bindings; each channel's irq-safe lock protects its
 * state, so that sending takes one lock only: an interdomain binding changes only with the locks of
 * both ends held, which keeps the other end stable for the sender. Two domains' evtchn_locks: lower
 * address first. How a pending bit reaches the guest is evtchn_2l.c's and evtchn_fifo.c's; virtual
 * interrupts are virq.c's; the hypercall is evtchn_op.c's.
 */
#include <hv/bitmap.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/priv.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/string.h>

#include "evtchn_priv.h"

#define NR_XEN_CONSUMERS 7
static xen_event_channel_notification_t
	xen_consumers[NR_XEN_CONSUMERS]; /* [slots never change once set] */

static unsigned int bucket_count(const struct domain *d)
{
	return (d->max_evtchn_port + EVTCHNS_PER_BUCKET) / EVTCHNS_PER_BUCKET;
}

int evtchn_domain_init(struct domain *d, unsigned int max_port)
{
	spin_lock_init(&d->evtchn_lock, LOCK_EVTCHN);
	d->max_evtchn_port = min(max_port, (unsigned int)EVTCHN_FIFO_NR_CHANNELS - 1);
	d->evtchn_bucket = xzalloc_array(struct evtchn *, bucket_count(d));
	if (d->evtchn_bucket == NULL) {
		return -ENOMEM;
	}
	d->evtchn_next_free = 1; /* port 0 is never a port */
	d->evtchn_close_next = 1;
	evtchn_2l_init(d);
	return 0;
}

void evtchn_vcpu_init(struct vcpu *v)
{
	memset(v->virq_to_evtchn, 0, sizeof(v->virq_to_evtchn));
}

static int add_bucket(struct domain *d)
{
	unsigned int idx = d->valid_evtchns / EVTCHNS_PER_BUCKET;
	struct evtchn *bucket;

	if (idx >= bucket_count(d)) {
		return -ENOSPC;
	}
	bucket = xzalloc_array(struct evtchn, EVTCHNS_PER_BUCKET);
	if (bucket == NULL) {
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < EVTCHNS_PER_BUCKET; i++) {
		spin_lock_init(&bucket[i].lock, LOCK_CHANNEL);
		bucket[i].port = idx * EVTCHNS_PER_BUCKET + i;
		bucket[i].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	}
	bucket[0].state = idx == 0 ? ECS_RESERVED : ECS_FREE;
	d->evtchn_bucket[idx] = bucket;
	smp_store_release(&d->valid_evtchns, (idx + 1) * EVTCHNS_PER_BUCKET);
	return 0;
}

int evtchn_get_free_port(struct domain *d)
{
	unsigned int limit = min(d->max_evtchn_port + 1, d->evtchn_port_ops->max_ports(d));

	if (d->is_dying != DOMDYING_alive) {
		return -EINVAL;
	}
	for (unsigned int port = d->evtchn_next_free; port < limit; port++) {
		struct evtchn *chn;

		if (port >= d->valid_evtchns) {
			int rc = add_bucket(d);

			if (rc != 0) {
				return rc;
			}
		}
		chn = evtchn_from_port(d, port);
		if (chn->state == ECS_FREE && !d->evtchn_port_ops->is_busy(d, chn)) {
			d->evtchn_next_free = port + 1;
			return (int)port;
		}
	}
	/* Busy ports that were passed over may be free by now. */
	for (unsigned int port = 1; port < min(limit, d->valid_evtchns); port++) {
		struct evtchn *chn = evtchn_from_port(d, port);

		if (chn->state == ECS_FREE && !d->evtchn_port_ops->is_busy(d, chn)) {
			return (int)port;
		}
	}
	return -ENOSPC;
}

void evtchn_activate(struct domain *d, struct evtchn *chn, enum ecs state)
{
	unsigned long flags;

	spin_lock_irqsave(&chn->lock, flags);
	chn->pending = false;
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	chn->state = (uint8_t)state;
	d->evtchn_port_ops->init(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	d->nr_evtchns++;
}

/* [e], channel lock held. */
static void evtchn_free(struct domain *d, struct evtchn *chn)
{
	d->evtchn_port_ops->clear_pending(d, chn);
	chn->state = ECS_FREE;
	chn->pending = false;
	chn->notify_vcpu_id = 0;
	chn->xen_consumer = 0;
	memset(&chn->u, 0, sizeof(chn->u));
	d->nr_evtchns--;
	if (chn->port < d->evtchn_next_free) {
		d->evtchn_next_free = chn->port;
	}
}

static void lock_channels(struct evtchn *a, struct evtchn *b, unsigned long *flags)
{
	*flags = local_irq_save();
	spin_lock_pair(&a->lock, &b->lock);
}

static void unlock_channels(struct evtchn *a, struct evtchn *b, unsigned long flags)
{
	spin_unlock_pair(&a->lock, &b->lock);
	local_irq_restore(flags);
}

int evtchn_alloc_unbound(struct evtchn_alloc_unbound *alloc)
{
	struct domain *d;
	struct evtchn *chn;
	int port, rc = domain_get_for(alloc->dom, PRIV_TARGET, &d);

	if (rc != 0) {
		return rc;
	}
	spin_lock(&d->evtchn_lock);
	port = evtchn_get_free_port(d);
	if (port < 0) {
		rc = port;
	} else {
		chn = evtchn_from_port(d, (evtchn_port_t)port);
		chn->notify_vcpu_id = 0;
		chn->u.unbound.remote_domid = alloc->remote_dom == DOMID_SELF ?
			current->domain->domain_id :
			alloc->remote_dom;
		evtchn_activate(d, chn, ECS_UNBOUND);
		alloc->port = (evtchn_port_t)port;
	}
	spin_unlock(&d->evtchn_lock);
	put_domain(d);
	return rc;
}

int evtchn_bind_interdomain(struct evtchn_bind_interdomain *bind)
{
	struct domain *ld = current->domain, *rd;
	struct evtchn *lchn, *rchn;
	unsigned long flags;
	int lport, rc = domain_get_for(bind->remote_dom, PRIV_ANY, &rd);

	if (rc != 0) {
		return rc;
	}
	spin_lock_pair(&ld->evtchn_lock, &rd->evtchn_lock);
	lport = evtchn_get_free_port(ld);
	if (lport < 0) {
		rc = lport;
		goto out;
	}
	rc = -EINVAL;
	if (!port_is_valid(rd, bind->remote_port)) {
		goto out;
	}
	lchn = evtchn_from_port(ld, (evtchn_port_t)lport);
	rchn = evtchn_from_port(rd, bind->remote_port);
	if (rchn->state != ECS_UNBOUND || rchn->u.unbound.remote_domid != ld->domain_id ||
		rd->is_dying != DOMDYING_alive) {
		goto out;
	}
	lchn->notify_vcpu_id = 0;
	lchn->u.interdomain.remote_dom = rd;
	lchn->u.interdomain.remote_port = bind->remote_port;
	evtchn_activate(ld, lchn, ECS_INTERDOMAIN);

	lock_channels(lchn, rchn, &flags);
	rchn->u.interdomain.remote_dom = ld;
	rchn->u.interdomain.remote_port = (evtchn_port_t)lport;
	rchn->state = ECS_INTERDOMAIN;
	/* What the other side sent before we were there is told by one event now. */
	evtchn_port_set_pending(ld, lchn->notify_vcpu_id, lchn);
	unlock_channels(lchn, rchn, flags);
	bind->local_port = (evtchn_port_t)lport;
	rc = 0;
out:
	spin_unlock_pair(&ld->evtchn_lock, &rd->evtchn_lock);
	put_domain(rd);
	return rc;
}

int evtchn_bind_ipi(struct evtchn_bind_ipi *bind)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	int port;

	if (bind->vcpu >= d->max_vcpus ||
		d->vcpu[array_index_nospec(bind->vcpu, d->max_vcpus)] == NULL) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn_lock);
	port = evtchn_get_free_port(d);
	if (port >= 0) {
		chn = evtchn_from_port(d, (evtchn_port_t)port);
		chn->notify_vcpu_id = (uint16_t)bind->vcpu;
		evtchn_activate(d, chn, ECS_IPI);
		bind->port = (evtchn_port_t)port;
		port = 0;
	}
	spin_unlock(&d->evtchn_lock);
	return port;
}

/*
 * The other end of an interdomain channel; [e] of d held on entry. Returns with [e] of both held,
 * or NULL with [e] of d when there is no other end (any more).
 */
static struct domain *lock_remote(struct domain *d, struct evtchn *chn)
{
	while (chn->state == ECS_INTERDOMAIN) {
		struct domain *rd = chn->u.interdomain.remote_dom;

		if (rd == d || (d < rd)) {
			if (rd != d) {
				spin_lock_second(&rd->evtchn_lock);
			}
			return rd;
		}
		if (spin_trylock(&rd->evtchn_lock)) {
			return rd;
		}
		/*
		 * Wrong order and contended: start over in the right order; rd lives as long as it
		 * is bound or we hold a reference.
		 */
		if (!get_domain(rd)) {
			/* It is going, and closes its end itself. */
			spin_unlock(&d->evtchn_lock);
			cpu_relax();
			spin_lock(&d->evtchn_lock);
			continue;
		}
		spin_unlock(&d->evtchn_lock);
		spin_lock(&rd->evtchn_lock);
		spin_lock_second(&d->evtchn_lock);
		if (chn->state == ECS_INTERDOMAIN && chn->u.interdomain.remote_dom == rd) {
			put_domain(rd); /* not the last one: its end is still open */
			return rd;
		}
		spin_unlock(&rd->evtchn_lock);
		put_domain(rd);
	}
	return NULL;
}

int evtchn_close(struct domain *d, evtchn_port_t port, bool guest)
{
	struct evtchn *chn, *rchn;
	struct domain *rd;
	unsigned long flags;
	int rc = 0;

	if (port == 0 || !port_is_valid(d, port)) {
		return -EINVAL;
	}
	chn = evtchn_from_port(d, port);
	spin_lock(&d->evtchn_lock);
	if (guest && chn->xen_consumer != 0) {
		rc = -EINVAL;
		goto out;
	}
	rd = lock_remote(d, chn);
	if (rd != NULL) {
		rchn = evtchn_from_port(rd, chn->u.interdomain.remote_port);
		lock_channels(chn, rchn, &flags);
		if (rchn != chn) {
			rchn->state = ECS_UNBOUND;
			memset(&rchn->u, 0, sizeof(rchn->u));
			rchn->u.unbound.remote_domid = d->domain_id;
		}
		evtchn_free(d, chn);
		unlock_channels(chn, rchn, flags);
		if (rd != d) {
			spin_unlock(&rd->evtchn_lock);
		}
		goto out;
	}
	if (chn->state == ECS_FREE || chn->state == ECS_RESERVED) {
		rc = -EINVAL;
		goto out;
	}
	spin_lock_irqsave(&chn->lock, flags);
	if (chn->state == ECS_VIRQ) {
		virq_unbind(d, chn);
	}
	evtchn_free(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
out:
	spin_unlock(&d->evtchn_lock);
	return rc;
}

int evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *lchn, *rchn;
	struct domain *rd;
	unsigned long flags;
	int rc = 0;

	if (unlikely(!port_is_valid(d, port))) {
		return -EINVAL;
	}
	lchn = evtchn_from_port(d, port);
	spin_lock_irqsave(&lchn->lock, flags);
	if (unlikely(lchn->xen_consumer != 0)) {
		spin_unlock_irqrestore(&lchn->lock, flags);
		return -EINVAL;
	}
	switch (lchn->state) {
	case ECS_INTERDOMAIN:
		rd = lchn->u.interdomain.remote_dom;
		rchn = evtchn_from_port(rd, lchn->u.interdomain.remote_port);
		if (unlikely(rchn->xen_consumer != 0)) {
			xen_event_channel_notification_t fn =
				xen_consumers[(rchn->xen_consumer - 1u) % NR_XEN_CONSUMERS];
			struct vcpu *v = rd->vcpu[rchn->notify_vcpu_id];

			if (v != NULL) {
				fn(v, rchn->port);
			}
		} else {
			evtchn_port_set_pending(rd, READ_ONCE(rchn->notify_vcpu_id), rchn);
		}
		break;
	case ECS_IPI:
		evtchn_port_set_pending(d, lchn->notify_vcpu_id, lchn);
		break;
	case ECS_UNBOUND:
		break; /* nobody there yet: they get one event when they bind */
	default:
		rc = -EINVAL;
	}
	spin_unlock_irqrestore(&lchn->lock, flags);
	return rc;
}

/* Close ports from evtchn_close_next on. -ERESTART: more to do. */
static int close_all(struct domain *d)
{
	for (unsigned int port = d->evtchn_close_next, n = 0; port < d->valid_evtchns; port++) {
		if (evtchn_from_port(d, port)->state != ECS_FREE) {
			(void)evtchn_close(d, port, false);
			n++;
		}
		if ((port & 63) == 0 && n != 0 && hypercall_preempt_check()) {
			d->evtchn_close_next = port + 1;
			return -ERESTART;
		}
	}
	d->evtchn_close_next = 1;
	return 0;
}

int evtchn_domain_destroy(struct domain *d)
{
	int rc;

	/* Whoever is binding has finished when we get the lock once; is_dying stops the others. */
	spin_lock(&d->evtchn_lock);
	spin_unlock(&d->evtchn_lock);
	rc = close_all(d);
	if (rc == 0) {
		clear_global_virq_handlers(d);
		evtchn_fifo_destroy(d);
	}
	return rc;
}

void evtchn_domain_free(struct domain *d)
{
	if (d->evtchn_bucket == NULL) {
		return;
	}
	for (unsigned int i = 0; i < bucket_count(d); i++) {
		xfree(d->evtchn_bucket[i]);
	}
	XFREE(d->evtchn_bucket);
	d->valid_evtchns = 0;
}

int evtchn_reset(struct domain *d)
{
	for (;;) {
		int rc = close_all(d);

		if (rc != 0) {
			return rc;
		}
		spin_lock(&d->evtchn_lock);
		if (d->nr_evtchns == 0) {
			/* No port is bound and none can be: nobody sends. */
			evtchn_fifo_destroy(d);
			evtchn_2l_init(d);
			spin_unlock(&d->evtchn_lock);
			return 0;
		}
		spin_unlock(&d->evtchn_lock);
		if (hypercall_preempt_check()) {
			return -ERESTART;
		}
	}
}

int alloc_unbound_xen_event_channel(
	struct domain *d, unsigned int vcpu_id, domid_t remote, xen_event_channel_notification_t fn)
{
	struct evtchn *chn;
	unsigned int slot;
	int port;

	spin_lock(&d->evtchn_lock);
	for (slot = 0; slot < NR_XEN_CONSUMERS; slot++) {
		if (xen_consumers[slot] == fn || xen_consumers[slot] == NULL) {
			break;
		}
	}
	port = slot < NR_XEN_CONSUMERS ? evtchn_get_free_port(d) : -ENOSPC;
	if (port >= 0) {
		xen_consumers[slot] = fn;
		chn = evtchn_from_port(d, (evtchn_port_t)port);
		chn->xen_consumer = (uint8_t)(slot + 1);
		chn->notify_vcpu_id = (uint16_t)vcpu_id;
		chn->u.unbound.remote_domid = remote;
		evtchn_activate(d, chn, ECS_UNBOUND);
	}
	spin_unlock(&d->evtchn_lock);
	return port;
}

void free_xen_event_channel(struct domain *d, int port)
{
	if (port > 0) {
		(void)evtchn_close(d, (evtchn_port_t)port, false);
	}
}

void notify_via_xen_event_channel(struct domain *d, int port)
{
	struct evtchn *lchn;
	unsigned long flags;

	if (port <= 0 || !port_is_valid(d, (evtchn_port_t)port)) {
		return;
	}
	lchn = evtchn_from_port(d, (evtchn_port_t)port);
	spin_lock_irqsave(&lchn->lock, flags);
	if (lchn->state == ECS_INTERDOMAIN) {
		struct domain *rd = lchn->u.interdomain.remote_dom;
		struct evtchn *rchn = evtchn_from_port(rd, lchn->u.interdomain.remote_port);

		evtchn_port_set_pending(rd, READ_ONCE(rchn->notify_vcpu_id), rchn);
	}
	spin_unlock_irqrestore(&lchn->lock, flags);
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	if (xchg(vcpu_info_upcall_pending(v), (uint8_t)1) == 0) {
		hvm_assert_evtchn_irq(v);
	}
}

bool vcpu_event_pending(const struct vcpu *v)
{
	return READ_ONCE(*vcpu_info_upcall_pending(v)) != 0;
}

void evtchn_check_pollers(struct domain *d, evtchn_port_t port)
{
	unsigned long vid;

	if (likely(bitmap_empty(d->poll_mask, d->max_vcpus))) {
		return;
	}
	for_each_set_bit(vid, d->poll_mask, d->max_vcpus)
	{
		struct vcpu *v = d->vcpu[vid];

		if (v != NULL &&
			(READ_ONCE(v->poll_evtchn) == ~0u || READ_ONCE(v->poll_evtchn) == port)) {
			vcpu_unblock(v);
		}
	}
}

int evtchn_port_poll(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn;
	unsigned long flags;
	int pending;

	if (!port_is_valid(d, port)) {
		return -EINVAL;
	}
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&chn->lock, flags);
	pending = evtchn_is_usable(chn) && d->evtchn_port_ops->is_pending(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return pending;
}

void evtchn_force_pending(struct vcpu *v)
{
	if (v->domain->has_32bit_shinfo) {
		__atomic_store_n((uint32_t *)((char *)v->vcpu_info + 4), ~0u, __ATOMIC_SEQ_CST);
	} else {
		__atomic_store_n((uint64_t *)((char *)v->vcpu_info + 8), ~0ull, __ATOMIC_SEQ_CST);
	}
	(void)xchg(vcpu_info_upcall_pending(v), (uint8_t)1);
	hvm_assert_evtchn_irq(v);
}
