/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physdev_op of a PVH dom0: devices and the configuration window are reported and accepted,
 * calls of the PIRQ kind do not exist.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct physdev_pci_device_add a = { .devfn = 0 };
	struct physdev_pci_mmcfg_reserved m = { .address = 0xb0000000, .end_bus = 255 };
	struct physdev_eoi e = { .irq = 1 };
	s64 rc = physdev_op(PHYSDEVOP_pci_device_add, &a);

	CHECK(rc == 0 || rc == -ENOSYS || rc == -EEXIST || rc == -19, "pci_device_add: %ld", rc);
	rc = physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &m);
	CHECK(rc <= 0, "mmcfg_reserved: %ld", rc);
	CHECK_EQ(physdev_op(PHYSDEVOP_eoi, &e), -ENOSYS);
	CHECK_EQ(physdev_op(PHYSDEVOP_get_free_pirq, &e), -ENOSYS);
	CHECK_EQ(physdev_op(PHYSDEVOP_irq_status_query, &e), -ENOSYS);
	CHECK_EQ(physdev_op(PHYSDEVOP_set_iopl, &e), -ENOSYS);
	CHECK_EQ(physdev_op(1234, &e), -ENOSYS);
	CHECK(physdev_op(PHYSDEVOP_pci_device_add, NOT_MAPPED) < 0, "address not mapped");
}
