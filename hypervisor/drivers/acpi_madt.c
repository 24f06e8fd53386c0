/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MADT (ACPI 6.5, 5.2.12): processors, I/O APICs and interrupt source overrides. Entries are copied out before use; one that does not fit ends the walk. Boot
 * only, no locks.
 */
#include <hv/acpi.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "acpi_priv.h"

#define MADT_LAPIC		0
#define MADT_IOAPIC		1
#define MADT_OVERRIDE		2
#define MADT_LAPIC_ADDR		5
#define MADT_X2APIC		9
#define MADT_FLAG_ENABLED	(1u << 0)

struct madt_lapic {
	uint8_t type, length, uid, apicid;
	uint32_t flags;
} __packed;

struct madt_ioapic {
	uint8_t type, length, id, reserved;
	uint32_t addr, gsi_base;
} __packed;

struct madt_override {
	uint8_t type, length, bus, source;
	uint32_t gsi;
	uint16_t flags;
} __packed;

struct madt_lapic_addr {
	uint8_t type, length;
	uint16_t reserved;
	uint64_t addr;
} __packed;

struct madt_x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t apicid, flags, uid;
} __packed;

static void __init cpu_add(uint32_t apicid, uint32_t uid, uint32_t flags, bool x2apic)
{
	if ((flags & MADT_FLAG_ENABLED) == 0) {
		return;
	}
	/* A processor may be listed in both forms. */
	for (unsigned int i = 0; i < acpi_info.nr_cpus; i++) {
		if (acpi_info.cpus[i].apicid == apicid) {
			return;
		}
	}
	if (acpi_info.nr_cpus == NR_CPUS) {
		printk(XENLOG_WARN "ACPI: more than %u processors: the one with APIC ID %#x is not used\n", (unsigned int)NR_CPUS, apicid);
		return;
	}
	acpi_info.cpus[acpi_info.nr_cpus++] = (struct acpi_madt_cpu){apicid, uid, true, x2apic};
}

static void __init ioapic_add(const struct madt_ioapic *e)
{
	if (acpi_info.nr_ioapics < ACPI_MAX_IOAPICS && e->addr != 0) {
		acpi_info.ioapics[acpi_info.nr_ioapics++] = (struct acpi_madt_ioapic){.id = e->id, .gsi_base = e->gsi_base, .maddr = e->addr};
	}
}

static void __init override_add(const struct madt_override *e)
{
	if (acpi_info.nr_overrides < ACPI_MAX_OVERRIDES && e->source < 16) {
		acpi_info.overrides[acpi_info.nr_overrides++] = (struct acpi_madt_override){.irq = e->source, .flags = e->flags, .gsi = e->gsi};
	}
}

/* Copy an entry of exactly the wanted form; false when it is too short. */
static bool __init entry_copy(void *dst, size_t want, const uint8_t *src, size_t have)
{
	if (have < want) {
		return false;
	}
	memcpy(dst, src, want);
	return true;
}

static void __init entry_take(const uint8_t *p, size_t length)
{
	union {
		struct madt_lapic lapic;
		struct madt_ioapic ioapic;
		struct madt_override override;
		struct madt_lapic_addr lapic_addr;
		struct madt_x2apic x2apic;
	} e;

	switch (p[0]) {
	case MADT_LAPIC:
		if (entry_copy(&e.lapic, sizeof(e.lapic), p, length) && e.lapic.apicid != 0xff) {
			cpu_add(e.lapic.apicid, e.lapic.uid, e.lapic.flags, false);
		}
		break;
	case MADT_X2APIC:
		if (entry_copy(&e.x2apic, sizeof(e.x2apic), p, length) && e.x2apic.apicid != 0xffffffffu) {
			cpu_add(e.x2apic.apicid, e.x2apic.uid, e.x2apic.flags, true);
		}
		break;
	case MADT_IOAPIC:
		if (entry_copy(&e.ioapic, sizeof(e.ioapic), p, length)) {
			ioapic_add(&e.ioapic);
		}
		break;
	case MADT_OVERRIDE:
		if (entry_copy(&e.override, sizeof(e.override), p, length)) {
			override_add(&e.override);
		}
		break;
	case MADT_LAPIC_ADDR:
		if (entry_copy(&e.lapic_addr, sizeof(e.lapic_addr), p, length)) {
			acpi_info.lapic_maddr = (uint32_t)e.lapic_addr.addr;
		}
		break;
	default:
		break;
	}
}

void __init acpi_madt_read(const struct acpi_table_header *madt)
{
	const uint8_t *base = (const uint8_t *)madt;
	uint32_t off = 44;

	acpi_info.lapic_maddr = 0xfee00000;
	if (madt == NULL || madt->length < off) {
		return;
	}
	memcpy(&acpi_info.lapic_maddr, base + 36, 4);
	memcpy(&acpi_info.madt_flags, base + 40, 4);
	while (madt->length - off >= 2) {
		size_t length = base[off + 1];

		if (length < 2 || length > madt->length - off) {
			printk(XENLOG_WARN "ACPI: the MADT has a malformed entry at offset %u; the rest of it is not used\n", off);
			return;
		}
		entry_take(base + off, length);
		off += (uint32_t)length;
	}
}
