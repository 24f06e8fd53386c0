/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Static ACPI tables: find the RSDP, walk XSDT or RSDT, check and map each table, read the FADT. MADT and MCFG are acpi_madt.c. Firmware is not trusted to
 * be well-formed: lengths are bounded and checksums tested; a bad table is left out with a warning, a bad root is fatal in words.
 */
#include <hv/acpi.h>
#include <hv/boot_info.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "acpi_priv.h"

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
	uint8_t rsvd[3];
} __packed;

#define MAX_TABLE_BYTES MB(8)

bool acpi_checksum_ok(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum = (uint8_t)(sum + b[i]);
	}
	return sum == 0;
}

const struct acpi_table_header *acpi_map_table(maddr_t maddr)
{
	struct acpi_table_header *h = ioremap_wb(maddr, sizeof(*h));
	uint32_t len;

	if (h == NULL) {
		return NULL;
	}
	len = h->length;
	iounmap(h);
	if (len < sizeof(*h) || len > MAX_TABLE_BYTES) {
		return NULL;
	}
	h = ioremap_wb(maddr, len);
	/* FACS has no checksum; everything that we map has. */
	if (h != NULL && !acpi_checksum_ok(h, len)) {
		iounmap(h);
		return NULL;
	}
	return h;
}

static bool rsdp_ok(const struct rsdp *r, size_t avail)
{
	if (avail < 20 || memcmp(r->signature, "RSD PTR ", 8) != 0 || !acpi_checksum_ok(r, 20)) {
		return false;
	}
	return r->revision < 2 ||
		(avail >= 36 && r->length >= 36 && r->length <= avail &&
			acpi_checksum_ok(r, r->length));
}

static bool __init scan_area(maddr_t start, size_t len, struct rsdp *out)
{
	const char *p = ioremap_wb(start, len);
	bool found = false;

	if (p == NULL) {
		return false;
	}
	for (size_t off = 0; off + 36 <= len && !found; off += 16) {
		if (rsdp_ok((const void *)(p + off), len - off)) {
			memcpy(out, p + off, sizeof(*out));
			acpi_info.rsdp_maddr = start + off;
			found = true;
		}
	}
	iounmap((void *)(uintptr_t)p);
	return found;
}

static bool __init find_rsdp(const struct boot_info *bi, struct rsdp *out)
{
	const uint16_t *bda;
	maddr_t ebda;

	memset(out, 0, sizeof(*out));
	if (bi->rsdp_len >= 20 && rsdp_ok((const void *)bi->rsdp_copy, bi->rsdp_len)) {
		memcpy(out, bi->rsdp_copy, min_t(size_t, bi->rsdp_len, sizeof(*out)));
		acpi_info.rsdp_maddr = bi->rsdp;
		return true;
	}
	if (bi->efi) {
		return false;
	}
	bda = ioremap_wb(0x40e, 2);
	ebda = bda != NULL ? (maddr_t)*bda << 4 : 0;
	iounmap((void *)(uintptr_t)bda);
	if (ebda >= 0x80000 && ebda < 0xa0000 && scan_area(ebda, 1024, out)) {
		return true;
	}
	return scan_area(0xe0000, 0x20000, out);
}

static void __init add_table(maddr_t maddr)
{
	const struct acpi_table_header *h;

	if (maddr == 0 || acpi_info.nr_tables >= ACPI_MAX_TABLES) {
		return;
	}
	h = acpi_map_table(maddr);
	if (h == NULL) {
		printk(XENLOG_WARNING "ACPI: the table at %#lx is malformed: left out\n",
			(unsigned long)maddr);
		return;
	}
	acpi_info.tables[acpi_info.nr_tables].maddr = maddr;
	acpi_info.tables[acpi_info.nr_tables].hdr = h;
	acpi_info.nr_tables++;
}

static bool __init walk_root(maddr_t maddr, const char *sig, size_t entry_bytes)
{
	const struct acpi_table_header *h = maddr != 0 ? acpi_map_table(maddr) : NULL;
	size_t n;

	if (h == NULL) {
		return false;
	}
	if (memcmp(h->signature, sig, 4) != 0) {
		iounmap((void *)(uintptr_t)h);
		return false;
	}
	n = (h->length - sizeof(*h)) / entry_bytes;
	for (size_t i = 0; i < n; i++) {
		uint64_t a = 0;

		memcpy(&a, (const char *)h + sizeof(*h) + i * entry_bytes, entry_bytes);
		add_table(a);
	}
	iounmap((void *)(uintptr_t)h);
	return true;
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

/* Field of the FADT by offset, 0 when the table is too short. */
static uint64_t __init fadt_get(
	const struct acpi_table_header *h, unsigned int off, unsigned int size)
{
	uint64_t v = 0;

	if (off + size <= h->length) {
		memcpy(&v, (const char *)h + off, size);
	}
	return v;
}

/* A port: the 64-bit address structure when it names I/O space, else the old field. */
static uint32_t __init fadt_port(
	const struct acpi_table_header *h, unsigned int old, unsigned int gas)
{
	uint64_t addr = fadt_get(h, gas + 4, 8);

	if (addr != 0 && fadt_get(h, gas, 1) == 1 && addr < 0x10000) {
		return (uint32_t)addr;
	}
	return (uint32_t)fadt_get(h, old, 4);
}

static void __init parse_fadt(void)
{
	const struct acpi_table_header *h = acpi_find_table("FACP", 0);
	struct acpi_info *a = &acpi_info;

	if (h == NULL) {
		printk(XENLOG_WARNING "ACPI: no FADT: power-off and reboot may not work\n");
		return;
	}
	a->facs_maddr = fadt_get(h, 132, 8) ? fadt_get(h, 132, 8) : fadt_get(h, 36, 4);
	a->dsdt_maddr = fadt_get(h, 140, 8) ? fadt_get(h, 140, 8) : fadt_get(h, 40, 4);
	a->sci_int = (uint16_t)fadt_get(h, 46, 2);
	a->smi_cmd = (uint32_t)fadt_get(h, 48, 4);
	a->pm1a_evt = fadt_port(h, 56, 148);
	a->pm1b_evt = fadt_port(h, 60, 160);
	a->pm1a_cnt = fadt_port(h, 64, 172);
	a->pm1b_cnt = fadt_port(h, 68, 184);
	a->pm_tmr = fadt_port(h, 76, 208);
	a->pm1_evt_len = (uint8_t)fadt_get(h, 88, 1);
	a->pm1_cnt_len = (uint8_t)fadt_get(h, 89, 1);
	if (fadt_get(h, 91, 1) != 4 || a->pm_tmr >= 0x10000) {
		a->pm_tmr = 0;
	}
	a->fadt_flags = (uint32_t)fadt_get(h, 112, 4);
	a->pm_tmr_32bit = (a->fadt_flags & (1u << 8)) != 0;
	if ((a->fadt_flags & (1u << 10)) != 0 && h->length >= 129) {
		memcpy(&a->reset_reg, (const char *)h + 116, sizeof(a->reset_reg));
		a->reset_value = (uint8_t)fadt_get(h, 128, 1);
		a->reset_supported = a->reset_reg.address != 0 && a->reset_reg.space_id <= 2;
	}
}

void __init acpi_init(const struct boot_info *bi)
{
	struct rsdp r;
	bool ok;

	if (!find_rsdp(bi, &r)) {
		panic("ACPI: the firmware shows no valid ACPI tables (RSDP); turn ACPI on in the firmware setup");
	}
	acpi_info.rsdp_revision = r.revision;
	memcpy(acpi_info.rsdp_oem_id, r.oem_id, 6);
	acpi_info.rsdt_maddr = r.rsdt;
	acpi_info.xsdt_maddr = r.revision >= 2 ? r.xsdt : 0;
	ok = walk_root(acpi_info.xsdt_maddr, "XSDT", 8);
	if (!ok) {
		acpi_info.xsdt_maddr = 0;
		ok = walk_root(acpi_info.rsdt_maddr, "RSDT", 4);
	}
	if (!ok) {
		panic("ACPI: the firmware's root table (XSDT or RSDT) is malformed; update the firmware");
	}
	acpi_info.present = true;
	parse_fadt();
	acpi_parse_madt();
	acpi_parse_mcfg();
	acpi_parse_hpet();
	printk(XENLOG_INFO
		"ACPI: %u tables, %u processors, %u I/O APICs, %u overrides, %u MMCONFIG areas\n",
		acpi_info.nr_tables, acpi_info.nr_cpus, acpi_info.nr_ioapics,
		acpi_info.nr_overrides, acpi_info.nr_mcfg);
}
