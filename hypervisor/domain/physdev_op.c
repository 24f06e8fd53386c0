/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physdev_op: what the hardware domain tells of its PCI devices, and the calls for interrupts as event channels. The latter exist only for guests with
 * event-channel interrupts, which no guest has here: their devices use I/O APIC and MSI.
 */
#include <xen/physdev.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/irq.h>
#include <hv/nospec.h>
#include <hv/pirq.h>
#include <hv/vpci.h>

static int pci_device_add(struct domain *d, uint64_t arg)
{
	struct physdev_pci_device dev;

	/* The fields used are the common head of all structures that name a device. */
	if (copy_struct_from_guest(&dev, arg) != 0) {
		return -EFAULT;
	}
	return vpci_add_device(d, (pci_sbdf_t){ dev.seg, dev.bus, dev.devfn });
}

static int pci_device_remove(struct domain *d, uint64_t arg)
{
	struct physdev_pci_device dev;

	if (copy_struct_from_guest(&dev, arg) != 0) {
		return -EFAULT;
	}
	vpci_remove_device(d, (pci_sbdf_t){ dev.seg, dev.bus, dev.devfn });
	return 0;
}

static int manage_pci(struct domain *d, uint64_t arg, bool add)
{
	struct physdev_manage_pci dev;

	if (copy_struct_from_guest(&dev, arg) != 0) {
		return -EFAULT;
	}
	if (add) {
		return vpci_add_device(d, (pci_sbdf_t){ 0, dev.bus, dev.devfn });
	}
	vpci_remove_device(d, (pci_sbdf_t){ 0, dev.bus, dev.devfn });
	return 0;
}

static int pci_device_was_reset(struct domain *d, uint64_t arg)
{
	struct pci_device_reset op;

	if (copy_struct_from_guest(&op, arg) != 0) {
		return -EFAULT;
	}
	if ((op.flags & ~(uint32_t)PCI_DEVICE_RESET_MASK) != 0) {
		return -EINVAL;
	}
	return vpci_add_device(d, (pci_sbdf_t){ op.dev.seg, op.dev.bus, op.dev.devfn });
}

static int mmcfg_reserved(uint64_t arg)
{
	struct physdev_pci_mmcfg_reserved info;

	if (copy_struct_from_guest(&info, arg) != 0) {
		return -EFAULT;
	}
	/* The windows were taken from the MCFG at boot. */
	return info.start_bus <= info.end_bus ? 0 : -EINVAL;
}

static int setup_gsi(uint64_t arg)
{
	struct physdev_setup_gsi op;

	if (copy_struct_from_guest(&op, arg) != 0) {
		return -EFAULT;
	}
	/* Bound when the domain unmasks it. */
	return op.gsi >= 0 && (unsigned int)op.gsi < nr_gsis ? 0 : -EINVAL;
}

static long hardware_domain_op(struct domain *d, int cmd, uint64_t arg)
{
	switch (cmd) {
	case PHYSDEVOP_pci_device_add:
		return pci_device_add(d, arg);
	case PHYSDEVOP_pci_device_remove:
		return pci_device_remove(d, arg);
	case PHYSDEVOP_manage_pci_add:
		return manage_pci(d, arg, true);
	case PHYSDEVOP_manage_pci_remove:
		return manage_pci(d, arg, false);
	case PHYSDEVOP_pci_device_reset:
		return pci_device_was_reset(d, arg);
	case PHYSDEVOP_pci_mmcfg_reserved:
		return mmcfg_reserved(arg);
	case PHYSDEVOP_setup_gsi:
		return setup_gsi(arg);
	default:
		return -ENOSYS;
	}
}

long do_physdev_op(int cmd, uint64_t arg)
{
	struct domain *d = current->domain;

	switch (cmd) {
	case PHYSDEVOP_map_pirq:
	case PHYSDEVOP_unmap_pirq:
		return -EOPNOTSUPP;
	case PHYSDEVOP_setup_gsi:
	case PHYSDEVOP_pci_mmcfg_reserved:
	case PHYSDEVOP_pci_device_add:
	case PHYSDEVOP_pci_device_remove:
	case PHYSDEVOP_manage_pci_add:
	case PHYSDEVOP_manage_pci_remove:
	case PHYSDEVOP_pci_device_reset:
		if (!is_hardware_domain(d)) {
			return -EPERM;
		}
		return nospec_true() ? hardware_domain_op(d, cmd, arg) : -EPERM;
	default:
		return -ENOSYS;
	}
}
