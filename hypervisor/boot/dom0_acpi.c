/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI view of dom0: a root pointer and an XSDT of our own, a MADT with dom0's vCPUs and virtual I/O APICs, and the firmware's other tables, in place, as
 * far as a hardware domain may see them (ACPI 6.5, 5.2.5.3 RSDP, 5.2.8 XSDT, 5.2.12 MADT). Tables that describe what the hypervisor keeps for itself (HPET,
 * DMAR, IVRS, memory affinity) are left out.
 */
#include <hv/acpi.h>
#include <hv/dom0.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/string.h>

#include "dom0_priv.h"

#define MADT_TYPE_IOAPIC   1
#define MADT_TYPE_OVERRIDE 2
#define MADT_TYPE_X2APIC   9
#define MAX_TABLES         64

struct madt_ioapic {
	uint8_t type, length, id, reserved;
	uint32_t addr, gsi_base;
} __packed;

struct madt_override {
	uint8_t type, length, bus, source;
	uint32_t gsi;
	uint16_t flags;
} __packed;

struct madt_x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t apic_id, flags, uid;
} __packed;

struct madt_head {
	struct acpi_table_header h;
	uint32_t lapic_addr, flags;
} __packed;

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t ext_checksum;
	uint8_t reserved[3];
} __packed;

static uint8_t __init checksum(const void *p, size_t bytes)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	while (bytes-- != 0) {
		sum += *b++;
	}
	return (uint8_t)-sum;
}

static bool __init table_allowed(const struct acpi_table_header *t)
{
	static const char allowed[][5] __initconst = { "FACP", "PSDT", "SSDT", "SBST", "MCFG",
		"SLIC", "MSDM", "WDAT", "FPDT", "S3PT", "TCPA", "TPM2", "VFCT" };

	if (memcmp(t->signature, "OEM", 3) == 0) {
		return true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(allowed); i++) {
		if (memcmp(t->signature, allowed[i], 4) == 0) {
			return true;
		}
	}
	return false;
}

static size_t __init madt_bytes(unsigned int nr_vcpus)
{
	return sizeof(struct madt_head) + acpi_info.nr_ioapics * sizeof(struct madt_ioapic) +
		nr_vcpus * sizeof(struct madt_x2apic) +
		acpi_info.nr_overrides * sizeof(struct madt_override);
}

size_t __init dom0_acpi_size(unsigned int nr_vcpus)
{
	size_t bytes = ROUND_UP(sizeof(struct rsdp), 8) +
		ROUND_UP(sizeof(struct acpi_table_header) + 8 * MAX_TABLES, 8) +
		madt_bytes(nr_vcpus);

	return ROUND_UP(bytes, PAGE_SIZE);
}

static void __init header_fill(
	struct acpi_table_header *h, const char *signature, uint8_t revision, size_t bytes)
{
	memcpy(h->signature, signature, 4);
	h->length = (uint32_t)bytes;
	h->revision = revision;
	memcpy(h->oem_id, "UNDERC", 6);
	memcpy(h->oem_table_id, "UNDERCRO", 8);
	h->oem_revision = 1;
	memcpy(h->creator_id, "UCFT", 4);
	h->creator_revision = 1;
	h->checksum = 0;
}

static size_t __init madt_build(uint8_t *out, unsigned int nr_vcpus)
{
	size_t bytes = madt_bytes(nr_vcpus);
	struct madt_head *m = (struct madt_head *)out;
	uint8_t *p = out + sizeof(*m);

	header_fill(&m->h, "APIC", 5, bytes);
	m->lapic_addr = 0xfee00000;
	m->flags = 0; /* no 8259 */
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++) {
		struct madt_ioapic e = { .type = MADT_TYPE_IOAPIC,
			.length = sizeof(e),
			.id = acpi_info.ioapics[i].id,
			.addr = (uint32_t)acpi_info.ioapics[i].maddr,
			.gsi_base = acpi_info.ioapics[i].gsi_base };

		memcpy(p, &e, sizeof(e));
		p += sizeof(e);
	}
	/* The UID is the vCPU number: Linux takes it as such (xen-abi A.5). */
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		struct madt_x2apic e = { .type = MADT_TYPE_X2APIC,
			.length = sizeof(e),
			.apic_id = 2 * i,
			.flags = 1,
			.uid = i };

		memcpy(p, &e, sizeof(e));
		p += sizeof(e);
	}
	for (unsigned int i = 0; i < acpi_info.nr_overrides; i++) {
		struct madt_override e = { .type = MADT_TYPE_OVERRIDE,
			.length = sizeof(e),
			.bus = 0,
			.source = acpi_info.overrides[i].irq,
			.gsi = acpi_info.overrides[i].gsi,
			.flags = acpi_info.overrides[i].flags };

		memcpy(p, &e, sizeof(e));
		p += sizeof(e);
	}
	m->h.checksum = checksum(out, bytes);
	return bytes;
}

uint64_t __init dom0_acpi_build(struct domain *d, uint64_t gpa, unsigned int nr_vcpus)
{
	size_t total = dom0_acpi_size(nr_vcpus), xsdt_off = ROUND_UP(sizeof(struct rsdp), 8),
	       madt_off, xsdt_bytes;
	uint8_t *buf = xmalloc_bytes(total);
	struct acpi_table_header *xsdt;
	struct rsdp *rsdp;
	uint64_t *entry;
	unsigned int nr = 0;

	if (buf == NULL) {
		panic("dom0: no memory for its ACPI tables");
	}
	memset(buf, 0, total);
	rsdp = (struct rsdp *)buf;
	xsdt = (struct acpi_table_header *)(buf + xsdt_off);
	entry = (uint64_t *)(void *)(buf + xsdt_off + sizeof(*xsdt));
	madt_off = ROUND_UP(xsdt_off + sizeof(*xsdt) + 8 * MAX_TABLES, 8);

	madt_build(buf + madt_off, nr_vcpus);
	memcpy(entry + nr++, &(uint64_t){ gpa + madt_off }, 8);
	for (unsigned int i = 0; i < acpi_info.nr_tables && nr < MAX_TABLES; i++) {
		if (acpi_info.tables[i].hdr != NULL && table_allowed(acpi_info.tables[i].hdr)) {
			uint64_t a = acpi_info.tables[i].maddr;

			memcpy(entry + nr++, &a, 8);
		}
	}
	xsdt_bytes = sizeof(*xsdt) + 8 * nr;
	header_fill(xsdt, "XSDT", 1, xsdt_bytes);
	xsdt->checksum = checksum(xsdt, xsdt_bytes);

	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "UNDERC", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = gpa + xsdt_off;
	rsdp->checksum = checksum(rsdp, 20);
	rsdp->ext_checksum = checksum(rsdp, sizeof(*rsdp));

	if (copy_to_gpa(d, gpa, buf, total) != 0) {
		panic("dom0: its ACPI tables cannot be written");
	}
	xfree(buf);
	return gpa;
}
