/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: drivers */
/* Static ACPI tables, checked (length, checksum) and kept mapped. No AML. */
#ifndef HV_ACPI_H
#define HV_ACPI_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/percpu.h>
#include <hv/types.h>

struct acpi_table_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __packed;

struct acpi_gas {
	uint8_t space_id; /* 0 memory, 1 I/O */
	uint8_t bit_width, bit_offset, access_size;
	uint64_t address;
} __packed;

struct acpi_madt_cpu {
	uint32_t apicid, uid;
	bool enabled, is_x2apic;
};
struct acpi_madt_ioapic {
	uint8_t id;
	uint32_t gsi_base;
	uint64_t maddr;
};
struct acpi_madt_override {
	uint8_t irq;
	uint16_t flags;  /* as in the table: polarity 1:0, trigger 3:2 */
	uint32_t gsi;
};
struct acpi_mcfg_entry {
	uint64_t base;
	uint16_t segment;
	uint8_t start_bus, end_bus;
};

#define ACPI_MAX_IOAPICS   16
#define ACPI_MAX_OVERRIDES 32
#define ACPI_MAX_MCFG      16
#define ACPI_MAX_TABLES    64

struct acpi_info {
	bool present;
	maddr_t rsdp_maddr, rsdt_maddr, xsdt_maddr; /* 0 none */
	uint8_t rsdp_revision;
	char rsdp_oem_id[6];
	unsigned int nr_tables;
	struct {
		maddr_t maddr;
		const struct acpi_table_header *hdr;
	} tables[ACPI_MAX_TABLES]; /* those of the XSDT or RSDT, in order */
	/* MADT */
	uint32_t lapic_maddr, madt_flags;
	unsigned int nr_cpus;    /* enabled ones */
	struct acpi_madt_cpu cpus[NR_CPUS];
	unsigned int nr_ioapics;
	struct acpi_madt_ioapic ioapics[ACPI_MAX_IOAPICS];
	unsigned int nr_overrides;
	struct acpi_madt_override overrides[ACPI_MAX_OVERRIDES];
	/* MCFG */
	unsigned int nr_mcfg;
	struct acpi_mcfg_entry mcfg[ACPI_MAX_MCFG];
	/* FADT */
	maddr_t dsdt_maddr, facs_maddr;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm_tmr; /* ports, 0 none */
	uint8_t pm1_evt_len, pm1_cnt_len;
	bool pm_tmr_32bit;
	uint32_t fadt_flags;
	bool reset_supported;
	struct acpi_gas reset_reg;
	uint8_t reset_value;
	/* HPET */
	uint64_t hpet_maddr;
};
extern struct acpi_info acpi_info;

struct boot_info;
void acpi_init(const struct boot_info *bi);
/* The instance-th (0 first) table with this signature, mapped for good; NULL none. */
const struct acpi_table_header *acpi_find_table(const char sig[4], unsigned int instance);
/* Machine address of that table; 0 none. */
maddr_t acpi_find_table_maddr(const char sig[4], unsigned int instance);
/* Map a whole table by address after checking its header; NULL when malformed. Unmap with iounmap(). */
const struct acpi_table_header *acpi_map_table(maddr_t maddr);
bool acpi_checksum_ok(const void *p, size_t len);

#endif
