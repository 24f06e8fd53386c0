/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: hvm */
/*
 * PCI configuration space as the hardware domain sees it: the physical one, except MSI and MSI-X, whose messages are the guest's towards the guest and ours
 * towards the device. Devices without either capability have no record and cost nothing.
 */
#ifndef HV_VPCI_H
#define HV_VPCI_H

#include <hv/compiler.h>
#include <hv/pci.h>
#include <hv/types.h>

struct domain;
struct vcpu;

/* Scan all devices, trap the configuration windows (MCFG). Hardware domain only. */
int __must_check vpci_init(struct domain *d);
void vpci_fini(struct domain *d);
/* A device appeared or was reset (PHYSDEVOP_pci_device_add, _reset): read its capabilities (again). */
int vpci_add_device(struct domain *d, pci_sbdf_t sbdf);
void vpci_remove_device(struct domain *d, pci_sbdf_t sbdf);
/* One access of 1, 2 or 4 bytes, not crossing a 4-byte boundary; reg 0..4095. */
uint32_t vpci_read(struct domain *d, pci_sbdf_t sbdf, unsigned int reg, unsigned int size);
void vpci_write(
	struct domain *d, pci_sbdf_t sbdf, unsigned int reg, unsigned int size, uint32_t val);

#endif
