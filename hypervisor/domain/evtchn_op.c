/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event_channel_op hypercall: arguments in, results out, and the operations that touch one
 * channel of the caller only.
 * Locking: see evtchn.c.
 */
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/priv.h>
#include <hv/string.h>

#include "evtchn_priv.h"

/*
 * A reset that goes on; not in the public headers, and the same as a reset for whoever asks for it.
 */
#ifndef EVTCHNOP_reset_cont
#define EVTCHNOP_reset_cont 14
#endif

static int evtchn_status(struct evtchn_status *status)
{
	struct domain *d;
	struct evtchn *chn;
	unsigned long flags;
	int rc = domain_get_for(status->dom, PRIV_TARGET, &d);

	if (rc != 0) {
		return rc;
	}
	if (!port_is_valid(d, status->port)) {
		put_domain(d);
		return -EINVAL;
	}
	chn = evtchn_from_port(d, status->port);
	memset(&status->u, 0, sizeof(status->u));
	spin_lock_irqsave(&chn->lock, flags);
	switch (chn->state) {
	case ECS_UNBOUND:
		status->status = EVTCHNSTAT_unbound;
		status->u.unbound.dom = chn->u.unbound.remote_domid;
		break;
	case ECS_INTERDOMAIN:
		status->status = EVTCHNSTAT_interdomain;
		status->u.interdomain.dom = chn->u.interdomain.remote_dom->domain_id;
		status->u.interdomain.port = chn->u.interdomain.remote_port;
		break;
	case ECS_PIRQ:
		status->status = EVTCHNSTAT_pirq;
		status->u.pirq = chn->u.pirq.irq;
		break;
	case ECS_VIRQ:
		status->status = EVTCHNSTAT_virq;
		status->u.virq = chn->u.virq;
		break;
	case ECS_IPI:
		status->status = EVTCHNSTAT_ipi;
		break;
	default:
		status->status = EVTCHNSTAT_closed;
	}
	status->vcpu = chn->notify_vcpu_id;
	spin_unlock_irqrestore(&chn->lock, flags);
	put_domain(d);
	return 0;
}

static int evtchn_bind_vcpu(evtchn_port_t port, unsigned int vcpu_id)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	unsigned long flags;
	int rc = 0;

	if (vcpu_id >= d->max_vcpus || d->vcpu[array_index_nospec(vcpu_id, d->max_vcpus)] == NULL) {
		return -ENOENT;
	}
	if (!port_is_valid(d, port)) {
		return -EINVAL;
	}
	chn = evtchn_from_port(d, port);
	spin_lock(&d->evtchn_lock);
	spin_lock_irqsave(&chn->lock, flags);
	if (chn->xen_consumer != 0) {
		rc = -EINVAL;
	} else {
		switch (chn->state) {
		case ECS_VIRQ:
			if (!virq_is_global(chn->u.virq)) {
				rc = -EINVAL;
				break;
			}
			fallthrough;
		case ECS_UNBOUND:
		case ECS_INTERDOMAIN:
		case ECS_PIRQ:
			WRITE_ONCE(chn->notify_vcpu_id, (uint16_t)vcpu_id);
			/*
			 * Raised on the old vCPU and not taken yet: raise it where it belongs now.
			 */
			if (d->evtchn_port_ops->is_pending(d, chn) &&
				!d->evtchn_port_ops->is_masked(d, chn)) {
				d->evtchn_port_ops->unmask(d, chn);
			}
			break;
		default:
			rc = -EINVAL;
		}
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	spin_unlock(&d->evtchn_lock);
	return rc;
}

static int evtchn_unmask(evtchn_port_t port)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	unsigned long flags;

	if (!port_is_valid(d, port)) {
		return -EINVAL;
	}
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&chn->lock, flags);
	if (evtchn_is_usable(chn)) {
		d->evtchn_port_ops->unmask(d, chn);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

static int evtchn_set_priority(const struct evtchn_set_priority *prio)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	unsigned long flags;
	int rc;

	if (!port_is_valid(d, prio->port)) {
		return -EINVAL;
	}
	chn = evtchn_from_port(d, prio->port);
	spin_lock_irqsave(&chn->lock, flags);
	if (evtchn_is_usable(chn) || d->evtchn_port_ops == &evtchn_2l_ops) {
		rc = d->evtchn_port_ops->set_priority(d, chn, prio->priority);
	} else {
		rc = -EACCES;
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return rc;
}

static int evtchn_op_reset(domid_t domid)
{
	struct domain *d;
	int rc = domain_get_for(domid, PRIV_TARGET, &d);

	if (rc == 0) {
		rc = evtchn_reset(d);
		put_domain(d);
	}
	return rc;
}

void evtchn_dump(struct domain *d)
{
	static const char *const names[] = { "free", "reserved", "unbound", "interdomain", "pirq",
		"virq", "ipi" };

	printk("event channels of domain %u (%s, %u in use):\n", d->domain_id,
		d->evtchn_port_ops == &evtchn_fifo_ops ? "FIFO" : "2-level", d->nr_evtchns);
	for (unsigned int port = 1; port < d->valid_evtchns; port++) {
		struct evtchn *chn = evtchn_from_port(d, port);
		unsigned long flags;

		spin_lock_irqsave(&chn->lock, flags);
		if (!evtchn_is_usable(chn)) {
			spin_unlock_irqrestore(&chn->lock, flags);
			continue;
		}
		printk("  %4u %-11s vcpu %u%s%s", port, names[chn->state % ARRAY_SIZE(names)],
			chn->notify_vcpu_id,
			d->evtchn_port_ops->is_pending(d, chn) ? " pending" : "",
			d->evtchn_port_ops->is_masked(d, chn) ? " masked" : "");
		if (chn->state == ECS_INTERDOMAIN) {
			printk(" to d%u port %u", chn->u.interdomain.remote_dom->domain_id,
				chn->u.interdomain.remote_port);
		} else if (chn->state == ECS_UNBOUND) {
			printk(" for d%u", chn->u.unbound.remote_domid);
		} else if (chn->state == ECS_VIRQ) {
			printk(" virq %u", chn->u.virq);
		}
		printk("%s\n", chn->xen_consumer != 0 ? " (hypervisor)" : "");
		spin_unlock_irqrestore(&chn->lock, flags);
	}
}

/* Operations whose argument is copied in, worked on, and copied back with its result. */
#define OP_INOUT(type, field, call, undo)                              \
	{                                                              \
		struct type op_;                                       \
		if (copy_struct_from_guest(&op_, arg) != 0) {          \
			return -EFAULT;                                \
		}                                                      \
		rc = (call)(&op_);                                     \
		if (rc == 0 && copy_struct_to_guest(arg, &op_) != 0) { \
			rc = -EFAULT;                                  \
			undo;                                          \
		}                                                      \
		break;                                                 \
	}

long do_event_channel_op(int cmd, uint64_t arg)
{
	struct domain *d = current->domain;
	int rc;

	switch (cmd) {
	case EVTCHNOP_send: {
		struct evtchn_send send;

		return copy_struct_from_guest(&send, arg) != 0 ? -EFAULT :
								 evtchn_send(d, send.port);
	}
	case EVTCHNOP_unmask: {
		struct evtchn_unmask unmask;

		return copy_struct_from_guest(&unmask, arg) != 0 ? -EFAULT :
								   evtchn_unmask(unmask.port);
	}
	case EVTCHNOP_alloc_unbound:
		OP_INOUT(
			evtchn_alloc_unbound, port, evtchn_alloc_unbound,
			if (op_.dom == DOMID_SELF) { (void)evtchn_close(d, op_.port, false); })
	case EVTCHNOP_bind_interdomain:
		OP_INOUT(evtchn_bind_interdomain, local_port, evtchn_bind_interdomain,
			(void)evtchn_close(d, op_.local_port, false))
	case EVTCHNOP_bind_virq:
		OP_INOUT(evtchn_bind_virq, port, evtchn_bind_virq,
			(void)evtchn_close(d, op_.port, false))
	case EVTCHNOP_bind_ipi:
		OP_INOUT(evtchn_bind_ipi, port, evtchn_bind_ipi,
			(void)evtchn_close(d, op_.port, false))
	case EVTCHNOP_status:
		OP_INOUT(evtchn_status, status, evtchn_status, (void)0)
	case EVTCHNOP_init_control:
		OP_INOUT(evtchn_init_control, link_bits, evtchn_fifo_init_control, (void)0)
	case EVTCHNOP_close: {
		struct evtchn_close cl;

		rc = copy_struct_from_guest(&cl, arg) != 0 ? -EFAULT :
							     evtchn_close(d, cl.port, true);
		break;
	}
	case EVTCHNOP_bind_vcpu: {
		struct evtchn_bind_vcpu bind;

		rc = copy_struct_from_guest(&bind, arg) != 0 ?
			-EFAULT :
			evtchn_bind_vcpu(bind.port, bind.vcpu);
		break;
	}
	case EVTCHNOP_expand_array: {
		struct evtchn_expand_array expand;

		rc = copy_struct_from_guest(&expand, arg) != 0 ? -EFAULT :
								 evtchn_fifo_expand_array(&expand);
		break;
	}
	case EVTCHNOP_set_priority: {
		struct evtchn_set_priority prio;

		rc = copy_struct_from_guest(&prio, arg) != 0 ? -EFAULT : evtchn_set_priority(&prio);
		break;
	}
	case EVTCHNOP_reset:
	case EVTCHNOP_reset_cont: {
		struct evtchn_reset reset;

		rc = copy_struct_from_guest(&reset, arg) != 0 ? -EFAULT :
								evtchn_op_reset(reset.dom);
		if (rc == -ERESTART) {
			const uint64_t args[2] = { EVTCHNOP_reset_cont, arg };

			return hypercall_continuation(__HYPERVISOR_event_channel_op, 2, args);
		}
		break;
	}
	default:
		rc = -ENOSYS;
	}
	return rc;
}
