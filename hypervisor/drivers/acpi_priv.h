/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the ACPI files of this folder. */
#ifndef DRIVERS_ACPI_PRIV_H
#define DRIVERS_ACPI_PRIV_H

#include <hv/acpi.h>

/* Fill the MADT part of acpi_info; NULL (no table) leaves it empty. The table's checksum is right. */
void acpi_madt_read(const struct acpi_table_header *madt);

#endif
