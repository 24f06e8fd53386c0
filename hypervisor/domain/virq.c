/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual interrupts: event channels whose other end is the hypervisor. Some belong to a vCPU, the
 * others to a domain; a few global ones go to the one domain that handles them (dom0 unless set
 * otherwise).
 * Locking: v->virq_to_evtchn changes under d->evtchn_lock and the channel's lock; senders read it
 * once and check the channel under its lock, so they may run in interrupt context.
 */
#include <hv/errno.h>
#include <hv/lib.h>

#include "evtchn_priv.h"

static struct domain *virq_handlers
	[NR_VIRQS];  /* NULL: hardware_domain; [a], the domain clears itself before it goes */
static DEFINE_SPINLOCK(virq_handlers_lock, LOCK_VIRQ);  /* irq-safe */

bool virq_is_global(uint32_t virq)
{
	return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF &&
		virq != VIRQ_XENPMU;
}

/* Those sent by send_global_virq(). */
static bool has_global_handler(uint32_t virq)
{
	switch (virq) {
	case VIRQ_CONSOLE:
	case VIRQ_DOM_EXC:
	case VIRQ_TBUF:
	case VIRQ_DEBUGGER:
	case VIRQ_CON_RING:
	case VIRQ_PCPU_STATE:
	case VIRQ_MEM_EVENT:
	case VIRQ_ENOMEM:
		return true;
	default:
		return virq >= VIRQ_ARCH_0 && virq <= VIRQ_ARCH_7;
	}
}

int evtchn_bind_virq(struct evtchn_bind_virq *bind)
{
	struct domain *d = current->domain;
	uint32_t virq = bind->virq;
	struct vcpu *v;
	struct evtchn *chn;
	int port;

	if (virq >= NR_VIRQS) {
		return -EINVAL;
	}
	virq = array_index_nospec(virq, NR_VIRQS);
	if (virq_is_global(virq) && bind->vcpu != 0) {
		return -EINVAL;
	}
	if (bind->vcpu >= d->max_vcpus ||
		(v = d->vcpu[array_index_nospec(bind->vcpu, d->max_vcpus)]) == NULL) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn_lock);
	if (v->virq_to_evtchn[virq] != 0) {
		port = -EEXIST;
		goto out;
	}
	port = evtchn_get_free_port(d);
	if (port < 0) {
		goto out;
	}
	chn = evtchn_from_port(d, (evtchn_port_t)port);
	chn->notify_vcpu_id = (uint16_t)v->vcpu_id;
	chn->u.virq = (uint16_t)virq;
	evtchn_activate(d, chn, ECS_VIRQ);
	smp_store_release(&v->virq_to_evtchn[virq], (evtchn_port_t)port);
	bind->port = (evtchn_port_t)port;
	port = 0;
out:
	spin_unlock(&d->evtchn_lock);
	return port;
}

void virq_unbind(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		if (v->virq_to_evtchn[chn->u.virq] == chn->port) {
			WRITE_ONCE(v->virq_to_evtchn[chn->u.virq], 0);
		}
	}
}

static void send_on_port(struct domain *d, evtchn_port_t port, uint32_t virq)
{
	struct evtchn *chn;
	unsigned long flags;

	if (port == 0 || !port_is_valid(d, port)) {
		return;
	}
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&chn->lock, flags);
	if (chn->state == ECS_VIRQ && chn->u.virq == virq) {
		evtchn_port_set_pending(d, chn->notify_vcpu_id, chn);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
}

void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq)
{
	send_on_port(v->domain, smp_load_acquire(&v->virq_to_evtchn[virq]), virq);
}

void send_guest_global_virq(struct domain *d, uint32_t virq)
{
	struct vcpu *v;

	if (d == NULL || d->vcpu == NULL || (v = d->vcpu[0]) == NULL) {
		return;
	}
	send_on_port(d, smp_load_acquire(&v->virq_to_evtchn[virq]), virq);
}

void send_global_virq(uint32_t virq)
{
	struct domain *d;
	unsigned long flags;

	ASSERT(virq < NR_VIRQS && has_global_handler(virq));
	spin_lock_irqsave(&virq_handlers_lock, flags);
	d = virq_handlers[virq];
	send_guest_global_virq(d != NULL ? d : hardware_domain, virq);
	spin_unlock_irqrestore(&virq_handlers_lock, flags);
}

int set_global_virq_handler(struct domain *d, uint32_t virq)
{
	unsigned long flags;
	int rc = 0;

	if (virq >= NR_VIRQS || !has_global_handler(virq)) {
		return -EINVAL;
	}
	spin_lock_irqsave(&virq_handlers_lock, flags);
	if (d->is_dying != DOMDYING_alive) {
		rc = -EINVAL;
	} else {
		virq_handlers[array_index_nospec(virq, NR_VIRQS)] =
			is_hardware_domain(d) ? NULL : d;
	}
	spin_unlock_irqrestore(&virq_handlers_lock, flags);
	return rc;
}

void clear_global_virq_handlers(struct domain *d)
{
	unsigned long flags;

	spin_lock_irqsave(&virq_handlers_lock, flags);
	for (unsigned int i = 0; i < NR_VIRQS; i++) {
		if (virq_handlers[i] == d) {
			virq_handlers[i] = NULL;
		}
	}
	spin_unlock_irqrestore(&virq_handlers_lock, flags);
}
