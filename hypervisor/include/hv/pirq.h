/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Physical interrupts given to the hardware domain: GSIs through the vIOAPIC, MSI and MSI-X through vPCI. */
#ifndef HV_PIRQ_H
#define HV_PIRQ_H

#include <hv/types.h>
#include <hv/compiler.h>

struct domain;

/* Bind a physical GSI to d's vIOAPIC pin (first unmask): trigger and polarity from the guest's RTE. 0, -EEXIST when bound already, -EBUSY when it is ours. */
int __must_check pirq_bind_gsi(struct domain *d, unsigned int gsi, bool level, bool active_low);
void pirq_mask_gsi(struct domain *d, unsigned int gsi, bool masked);
/* The guest finished a level interrupt. */
void pirq_eoi_gsi(struct domain *d, unsigned int gsi);
/* An MSI vector for d: allocate a physical irq whose handler delivers (guest_addr, guest_data); tells the physical message to write. */
struct pirq_msi;
struct pirq_msi *pirq_msi_create(struct domain *d, uint64_t guest_addr, uint32_t guest_data,
	uint64_t *phys_addr, uint32_t *phys_data);
void pirq_msi_update(struct pirq_msi *m, uint64_t guest_addr, uint32_t guest_data);
void pirq_msi_destroy(struct pirq_msi *m);
long do_physdev_op(int cmd, uint64_t arg);

#endif
