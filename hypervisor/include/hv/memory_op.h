/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* XENMEM: reservations, physmap, resources. */
#ifndef HV_MEMORY_OP_H
#define HV_MEMORY_OP_H

#include <hv/types.h>
#include <xen/xen.h>
#include <hv/addr.h>
#include <hv/compiler.h>

struct domain;

/* XENMEM_add_to_physmap for one frame, shared with the batch form. 0 or -errno. */
int add_to_physmap_one(
	struct domain *d, unsigned int space, domid_t foreign, uint64_t idx, gfn_t gfn);
/* Drop outstanding claims and foreign mappings of a dying domain. */
void memory_domain_destroy(struct domain *d);
/* Free all pages of a dying domain: restartable. */
int memory_relinquish(struct domain *d);
/* Claim: -ENOMEM when not available. */
int domain_set_outstanding_pages(struct domain *d, uint64_t pages);
extern uint64_t total_outstanding_claims;

#endif
