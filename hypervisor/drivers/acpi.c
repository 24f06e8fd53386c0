/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Static ACPI tables (ACPI 6.5, chapter 5.2): finds the root pointer, maps every table of the XSDT or RSDT after checking length and checksum, and reads the
 * FADT, HPET and MCFG. The MADT is acpi_madt.c's. A table that is malformed is left out with a log line; nothing here stops the boot. Boot only, no locks.
 */
#include <hv/acpi.h>
#include <hv/boot_info.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "acpi_priv.h"

#define TABLE_MAX_BYTES MB(16)

struct acpi_info acpi_info;

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

#define RSDP_V1_BYTES 20

struct fadt {
	struct acpi_table_header h;
	uint32_t facs, dsdt;
	uint8_t reserved0, pm_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
	uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base, cst_cnt;
	uint16_t p_lvl2_lat, p_lvl3_lat, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
	uint16_t boot_arch;
	uint8_t reserved1;
	uint32_t flags;
	struct acpi_gas reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor;
	uint64_t x_facs, x_dsdt;
} __packed;

#define FADT_TMR_VAL_EXT	(1u << 8)
#define FADT_RESET_REG_SUP	(1u << 10)

struct hpet {
	struct acpi_table_header h;
	uint32_t event_block_id;
	struct acpi_gas base;
} __packed;

struct mcfg_entry {
	uint64_t base;
	uint16_t segment;
	uint8_t start_bus, end_bus;
	uint32_t reserved;
} __packed;

bool acpi_checksum_ok(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	while (len-- != 0) {
		sum += *b++;
	}
	return sum == 0;
}

const struct acpi_table_header *acpi_map_table(maddr_t maddr)
{
	struct acpi_table_header *h;
	uint32_t bytes;

	if (maddr == 0) {
		return NULL;
	}
	h = ioremap_wb(maddr, sizeof(*h));
	if (h == NULL) {
		return NULL;
	}
	bytes = h->length;
	iounmap(h);
	if (bytes < sizeof(*h) || bytes > TABLE_MAX_BYTES) {
		return NULL;
	}
	h = ioremap_wb(maddr, bytes);
	/* The length is read again: firmware memory does not change, but nothing here depends on that. */
	if (h != NULL && (h->length != bytes || !acpi_checksum_ok(h, bytes))) {
		iounmap(h);
		return NULL;
	}
	return h;
}

/* Look for the root pointer in [maddr, maddr + bytes), on 16-byte steps (ACPI 5.2.5.1). */
static maddr_t __init rsdp_scan(maddr_t maddr, size_t bytes)
{
	uint8_t *va = ioremap_wb(maddr, bytes);
	maddr_t found = 0;

	if (va == NULL) {
		return 0;
	}
	for (size_t at = 0; at + RSDP_V1_BYTES <= bytes && found == 0; at += 16) {
		if (memcmp(va + at, "RSD PTR ", 8) == 0 && acpi_checksum_ok(va + at, RSDP_V1_BYTES)) {
			found = maddr + at;
		}
	}
	iounmap(va);
	return found;
}

static maddr_t __init rsdp_find_low(void)
{
	uint16_t *ebda = ioremap_wb(0x40e, 2);
	maddr_t base = 0, found = 0;

	if (ebda != NULL) {
		base = (maddr_t)*ebda << 4;
		iounmap(ebda);
	}
	if (base >= 0x400 && base < 0xa0000) {
		found = rsdp_scan(base, 1024);
	}
	return found != 0 ? found : rsdp_scan(0xe0000, 0x20000);
}

/* Fill *r from the loader's copy or from memory. */
static bool __init rsdp_get(const struct boot_info *bi, struct rsdp *r)
{
	maddr_t at = bi->rsdp;
	uint32_t bytes;

	memset(r, 0, sizeof(*r));
	if (bi->rsdp_len >= RSDP_V1_BYTES && memcmp(bi->rsdp_copy, "RSD PTR ", 8) == 0) {
		memcpy(r, bi->rsdp_copy, MIN((size_t)bi->rsdp_len, sizeof(*r)));
	} else {
		void *va;

		if (at == 0) {
			at = rsdp_find_low();
		}
		if (at == 0) {
			return false;
		}
		va = ioremap_wb(at, sizeof(*r));
		if (va == NULL) {
			return false;
		}
		memcpy(r, va, sizeof(*r));
		iounmap(va);
		if (memcmp(r->signature, "RSD PTR ", 8) != 0) {
			return false;
		}
	}
	acpi_info.rsdp_maddr = at;
	acpi_info.rsdp_revision = r->revision;
	memcpy(acpi_info.rsdp_oem_id, r->oem_id, sizeof(r->oem_id));
	bytes = r->revision >= 2 ? MIN(r->length, (uint32_t)sizeof(*r)) : RSDP_V1_BYTES;
	return acpi_checksum_ok(r, RSDP_V1_BYTES) && bytes >= RSDP_V1_BYTES;
}

static void __init table_take(maddr_t maddr)
{
	const struct acpi_table_header *h;

	if (maddr == 0 || acpi_info.nr_tables == ACPI_MAX_TABLES) {
		return;
	}
	h = acpi_map_table(maddr);
	if (h == NULL) {
		printk(XENLOG_WARN "ACPI: the table at %#lx is malformed and left out\n", maddr);
		return;
	}
	printk(XENLOG_DEBUG "ACPI: %.4s at %#lx, %u bytes\n", h->signature, maddr, h->length);
	acpi_info.tables[acpi_info.nr_tables].maddr = maddr;
	acpi_info.tables[acpi_info.nr_tables].hdr = h;
	acpi_info.nr_tables++;
}

/* All tables that root (XSDT: 8-byte entries, RSDT: 4-byte) lists. */
static bool __init root_walk(maddr_t root, const char *signature, unsigned int entry_bytes)
{
	const struct acpi_table_header *h = acpi_map_table(root);

	if (h == NULL) {
		return false;
	}
	if (memcmp(h->signature, signature, 4) != 0) {
		iounmap((void *)(uintptr_t)h);
		return false;
	}
	for (uint32_t off = sizeof(*h); off + entry_bytes <= h->length; off += entry_bytes) {
		uint64_t at = 0;

		memcpy(&at, (const uint8_t *)h + off, entry_bytes);
		table_take(at);
	}
	iounmap((void *)(uintptr_t)h);
	return acpi_info.nr_tables != 0;
}

const struct acpi_table_header *acpi_find_table(const char sig[4], unsigned int instance)
{
	for (unsigned int i = 0; i < acpi_info.nr_tables; i++) {
		if (memcmp(acpi_info.tables[i].hdr->signature, sig, 4) == 0 && instance-- == 0) {
			return acpi_info.tables[i].hdr;
		}
	}
	return NULL;
}

maddr_t acpi_find_table_maddr(const char sig[4], unsigned int instance)
{
	for (unsigned int i = 0; i < acpi_info.nr_tables; i++) {
		if (memcmp(acpi_info.tables[i].hdr->signature, sig, 4) == 0 && instance-- == 0) {
			return acpi_info.tables[i].maddr;
		}
	}
	return 0;
}

static void __init read_fadt(void)
{
	const struct acpi_table_header *h = acpi_find_table("FACP", 0);
	struct fadt f = {0};

	if (h == NULL) {
		return;
	}
	memcpy(&f, h, MIN((size_t)h->length, sizeof(f)));
	acpi_info.dsdt_maddr = f.x_dsdt != 0 ? f.x_dsdt : f.dsdt;
	acpi_info.facs_maddr = f.x_facs != 0 ? f.x_facs : f.facs;
	acpi_info.sci_int = f.sci_int;
	acpi_info.smi_cmd = f.smi_cmd;
	acpi_info.pm1a_evt = f.pm1a_evt;
	acpi_info.pm1b_evt = f.pm1b_evt;
	acpi_info.pm1a_cnt = f.pm1a_cnt;
	acpi_info.pm1b_cnt = f.pm1b_cnt;
	acpi_info.pm_tmr = f.pm_tmr_len >= 4 ? f.pm_tmr : 0;
	acpi_info.pm1_evt_len = f.pm1_evt_len;
	acpi_info.pm1_cnt_len = f.pm1_cnt_len;
	acpi_info.pm_tmr_32bit = (f.flags & FADT_TMR_VAL_EXT) != 0;
	acpi_info.fadt_flags = f.flags;
	acpi_info.reset_supported = (f.flags & FADT_RESET_REG_SUP) != 0 && f.reset_reg.address != 0;
	acpi_info.reset_reg = f.reset_reg;
	acpi_info.reset_value = f.reset_value;
}

static void __init read_hpet(void)
{
	const struct acpi_table_header *h = acpi_find_table("HPET", 0);
	struct hpet t;

	if (h != NULL && h->length >= sizeof(t)) {
		memcpy(&t, h, sizeof(t));
		if (t.base.space_id == 0) {
			acpi_info.hpet_maddr = t.base.address;
		}
	}
}

static void __init read_mcfg(void)
{
	const struct acpi_table_header *h = acpi_find_table("MCFG", 0);

	for (uint32_t off = 44; h != NULL && off + sizeof(struct mcfg_entry) <= h->length && acpi_info.nr_mcfg < ACPI_MAX_MCFG;
	     off += sizeof(struct mcfg_entry)) {
		struct mcfg_entry e;

		memcpy(&e, (const uint8_t *)h + off, sizeof(e));
		if (e.base == 0 || e.end_bus < e.start_bus) {
			continue;
		}
		acpi_info.mcfg[acpi_info.nr_mcfg++] = (struct acpi_mcfg_entry){e.base, e.segment, e.start_bus, e.end_bus};
	}
}

void __init acpi_init(const struct boot_info *bi)
{
	struct rsdp r;

	if (!rsdp_get(bi, &r)) {
		printk(XENLOG_WARN "ACPI: no root pointer found\n");
		return;
	}
	acpi_info.rsdt_maddr = r.rsdt;
	acpi_info.xsdt_maddr = r.revision >= 2 ? r.xsdt : 0;
	if (!(acpi_info.xsdt_maddr != 0 && root_walk(acpi_info.xsdt_maddr, "XSDT", 8)) &&
	    !(acpi_info.rsdt_maddr != 0 && root_walk(acpi_info.rsdt_maddr, "RSDT", 4))) {
		printk(XENLOG_WARN "ACPI: no usable XSDT or RSDT\n");
		return;
	}
	acpi_info.present = true;
	read_fadt();
	read_hpet();
	read_mcfg();
	acpi_madt_read(acpi_find_table("APIC", 0));
}
