/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: who may use which physical resource, and who handles a global virtual interrupt. A domain can be given only what the caller has.
 * Without PCI passthrough the sets of other domains than the hardware domain are only kept. Assigning devices and binding their interrupts
 * are not offered (unknown to the table in domctl.c: -ENOSYS).
 */
#include "domctl_priv.h"

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/evtchn.h>
#include <hv/overflow.h>
#include <hv/rangeset.h>

/* Grant or revoke [first, last] in set, of which the caller must own all (owned). */
static int change_permission(
	struct rangeset *set, struct rangeset *owned, uint64_t first, uint64_t last, bool allow)
{
	if (!rangeset_contains_range(owned, first, last)) {
		return -EPERM;
	}
	return allow ? rangeset_add_range(set, first, last) :
		       rangeset_remove_range(set, first, last);
}

long domctl_irq_permission(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_irq_permission *p = &op->u.irq_permission;

	(void)copyback;
	if (p->pad[0] != 0 || p->pad[1] != 0 || p->pad[2] != 0) {
		return -EINVAL;
	}
	return change_permission(
		d->irq_caps, current->domain->irq_caps, p->pirq, p->pirq, p->allow_access != 0);
}

long domctl_gsi_permission(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_gsi_permission *p = &op->u.gsi_permission;

	(void)copyback;
	if ((p->flags & ~XEN_DOMCTL_GSI_ACTION_MASK) != 0) {
		return -EINVAL;
	}
	return change_permission(d->irq_caps, current->domain->irq_caps, p->gsi, p->gsi,
		(p->flags & XEN_DOMCTL_GSI_GRANT) != 0);
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;

	(void)copyback;
	if (p->nr_mfns == 0 || !checked_range(p->first_mfn, p->nr_mfns, 1ull << 40)) {
		return -EINVAL;
	}
	return change_permission(d->iomem_caps, current->domain->iomem_caps, p->first_mfn,
		p->first_mfn + p->nr_mfns - 1, p->allow_access != 0);
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_ioport_permission *p = &op->u.ioport_permission;

	(void)copyback;
	if (p->nr_ports == 0 || !checked_range(p->first_port, p->nr_ports, 0x10000)) {
		return -EINVAL;
	}
	return change_permission(d->ioport_caps, current->domain->ioport_caps, p->first_port,
		(uint64_t)p->first_port + p->nr_ports - 1, p->allow_access != 0);
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	if (d->is_dying != DOMDYING_alive) {
		return -EINVAL;
	}
	return set_global_virq_handler(d, op->u.set_virq_handler.virq);
}
