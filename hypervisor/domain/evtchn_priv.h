/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the event-channel files: buckets of ports, and the two ABIs. */
#ifndef DOMAIN_EVTCHN_PRIV_H
#define DOMAIN_EVTCHN_PRIV_H

#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/nospec.h>

#define EVTCHNS_PER_BUCKET 64u

extern const struct evtchn_port_ops evtchn_2l_ops, evtchn_fifo_ops;

static inline bool port_is_valid(const struct domain *d, evtchn_port_t port)
{
	return port < smp_load_acquire(&d->valid_evtchns);
}

/* port must be valid. */
static inline struct evtchn *evtchn_from_port(const struct domain *d, evtchn_port_t port)
{
	port = array_index_nospec(port, d->valid_evtchns);
	return &d->evtchn_bucket[port / EVTCHNS_PER_BUCKET][port % EVTCHNS_PER_BUCKET];
}

/*
 * Is the port bound, or waiting to be? Its channel's lock is held: as long as it is, the ABI's state
 * (FIFO pages and queues) stays, because a reset closes every port before it takes that down.
 */
static inline bool evtchn_is_usable(const struct evtchn *chn)
{
	return chn->state > ECS_RESERVED;
}

/*
 * Set pending on the vCPU that the channel notifies. Any context; the caller keeps the binding
 * stable.
 */
static inline void evtchn_port_set_pending(
	struct domain *d, unsigned int vcpu_id, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[array_index_nospec(vcpu_id, d->max_vcpus)];

	if (v != NULL) {
		d->evtchn_port_ops->set_pending(v, chn);
	}
}

/*
 * evtchn.c. get_free_port and make_port: evtchn_lock held. get_free_port: the port or -ENOSPC,
 * -ENOMEM.
 */
int evtchn_get_free_port(struct domain *d);
/*
 * Publish a port taken by get_free_port in its new state. The caller has filled u and
 * notify_vcpu_id.
 */
void evtchn_activate(struct domain *d, struct evtchn *chn, enum ecs state);
int evtchn_close(struct domain *d, evtchn_port_t port, bool guest);
int evtchn_alloc_unbound(struct evtchn_alloc_unbound *alloc);
int evtchn_bind_interdomain(struct evtchn_bind_interdomain *bind);
int evtchn_bind_ipi(struct evtchn_bind_ipi *bind);

/* virq.c */
int evtchn_bind_virq(struct evtchn_bind_virq *bind);
/* evtchn_lock and the channel's lock held: the vCPU forgets the port. */
void virq_unbind(struct domain *d, struct evtchn *chn);
bool virq_is_global(uint32_t virq);

/* evtchn_fifo.c */
int evtchn_fifo_init_control(struct evtchn_init_control *init);
int evtchn_fifo_expand_array(const struct evtchn_expand_array *expand);
/* Unmap and free; back to 2-level. */
void evtchn_fifo_destroy(struct domain *d);
/* evtchn_2l.c */
void evtchn_2l_init(struct domain *d);

#endif
