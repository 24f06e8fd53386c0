/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables about interrupts and buses: MADT (processors, I/O APICs, overrides), MCFG (PCI configuration space), HPET.
 */
#include <hv/acpi.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "acpi_priv.h"

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static void __init add_cpu(uint32_t apicid, uint32_t uid, uint32_t flags, bool x2)
{
	struct acpi_info *a = &acpi_info;

	if ((flags & 1) == 0 || apicid == 0xffffffffu || (!x2 && apicid == 0xff)) {
		return;
	}
	for (unsigned int i = 0; i < a->nr_cpus; i++) {
		if (a->cpus[i].apicid == apicid) {
			return;
		}
	}
	if (a->nr_cpus < NR_CPUS) {
		a->cpus[a->nr_cpus++] = (struct acpi_madt_cpu){ apicid, uid, true, x2 };
	}
}

static void __init madt_entry(const uint8_t *e, unsigned int len)
{
	struct acpi_info *a = &acpi_info;

	switch (e[0]) {
	case 0:
		if (len >= 8) {
			add_cpu(e[3], e[2], get32(e + 4), false);
		}
		break;
	case 1:
		if (len >= 12 && a->nr_ioapics < ACPI_MAX_IOAPICS) {
			a->ioapics[a->nr_ioapics++] =
				(struct acpi_madt_ioapic){ e[2], get32(e + 8), get32(e + 4) };
		}
		break;
	case 2:
		if (len >= 10 && a->nr_overrides < ACPI_MAX_OVERRIDES) {
			a->overrides[a->nr_overrides++] = (struct acpi_madt_override){ e[3],
				(uint16_t)(e[8] | (e[9] << 8)), get32(e + 4) };
		}
		break;
	case 5:
		if (len >= 12) {
			a->lapic_maddr = (uint32_t)get64(e + 4);
		}
		break;
	case 9:
		if (len >= 16) {
			add_cpu(get32(e + 4), get32(e + 12), get32(e + 8), true);
		}
		break;
	default:
		break;
	}
}

void __init acpi_parse_madt(void)
{
	const struct acpi_table_header *h = acpi_find_table("APIC", 0);
	const uint8_t *p, *end;

	if (h == NULL || h->length < sizeof(*h) + 8) {
		panic("ACPI: the firmware shows no interrupt controllers (MADT); turn the APIC on in the firmware setup");
	}
	p = (const uint8_t *)h + sizeof(*h);
	acpi_info.lapic_maddr = get32(p);
	acpi_info.madt_flags = get32(p + 4);
	end = (const uint8_t *)h + h->length;
	for (p += 8; p + 2 <= end; p += p[1]) {
		if (p[1] < 2 || p + p[1] > end) {
			printk(XENLOG_WARNING "ACPI: the MADT ends in a malformed entry\n");
			break;
		}
		madt_entry(p, p[1]);
	}
}

void __init acpi_parse_mcfg(void)
{
	const struct acpi_table_header *h = acpi_find_table("MCFG", 0);
	struct acpi_info *a = &acpi_info;

	if (h == NULL) {
		return;
	}
	for (size_t off = sizeof(*h) + 8; off + 16 <= h->length && a->nr_mcfg < ACPI_MAX_MCFG;
		off += 16) {
		const uint8_t *e = (const uint8_t *)h + off;

		if (e[11] >= e[10] && get64(e) != 0) {
			a->mcfg[a->nr_mcfg++] = (struct acpi_mcfg_entry){ get64(e),
				(uint16_t)(e[8] | (e[9] << 8)), e[10], e[11] };
		}
	}
}

void __init acpi_parse_hpet(void)
{
	const struct acpi_table_header *h = acpi_find_table("HPET", 0);

	if (h != NULL && h->length >= 52) {
		acpi_info.hpet_maddr = get64((const uint8_t *)h + 44);
	}
}
