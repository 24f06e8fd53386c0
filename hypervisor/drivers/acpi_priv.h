/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ACPI_PRIV_H
#define ACPI_PRIV_H

/* acpi_madt.c: fill their part of acpi_info. */
void acpi_parse_madt(void);
void acpi_parse_mcfg(void);
void acpi_parse_hpet(void);

#endif
