/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drivers/acpi.c and acpi_madt.c: a small set of tables is read right, broken checksums, lengths
 * and pointers leave tables out or stop with a sentence, nothing is read outside.
 */
#include <hv/acpi.h>
#include <hv/boot_info.h>

#include "host.h"
#include "machine.h"

static uint8_t mem[0x30000];
static struct boot_info bi;

static void checksum(uint8_t *p, size_t n, size_t at)
{
	uint8_t s = 0;

	p[at] = 0;
	for (size_t i = 0; i < n; i++) {
		s = (uint8_t)(s + p[i]);
	}
	p[at] = (uint8_t)-s;
}

static void put32(uint32_t off, uint32_t v)
{
	memcpy(mem + off, &v, 4);
}

static void put64(uint32_t off, uint64_t v)
{
	memcpy(mem + off, &v, 8);
}

static void header(uint32_t off, const char *sig, uint32_t len)
{
	memcpy(mem + off, sig, 4);
	put32(off + 4, len);
	mem[off + 8] = 1;
	memcpy(mem + off + 10, "OEMID ", 6);
}

#define BASE 0xe0000
enum { RSDP = 0x1000, XSDT = 0x2000, MADT = 0x3000, FADT = 0x4000, MCFG = 0x5000, HPET = 0x6000 };

static void make(void)
{
	memset(mem, 0, sizeof(mem));
	memset(&acpi_info, 0, sizeof(acpi_info));
	memset(&bi, 0, sizeof(bi));
	machine_bytes = mem;
	machine_base = BASE;
	machine_size = sizeof(mem);
	memcpy(mem + RSDP, "RSD PTR ", 8);
	mem[RSDP + 15] = 2;
	put32(RSDP + 20, 36);
	put64(RSDP + 24, BASE + XSDT);
	checksum(mem + RSDP, 20, 8);
	checksum(mem + RSDP, 36, 32);
	header(XSDT, "XSDT", 36 + 4 * 8);
	put64(XSDT + 36, BASE + FADT);
	put64(XSDT + 44, BASE + MADT);
	put64(XSDT + 52, BASE + MCFG);
	put64(XSDT + 60, BASE + HPET);
	checksum(mem + XSDT, 68, 9);
	header(MADT, "APIC", 44 + 3 * 8 + 12 + 10);
	put32(MADT + 36, 0xfee00000);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t o = MADT + 44 + i * 8;

		mem[o + 1] = 8;
		mem[o + 2] = (uint8_t)i;
		mem[o + 3] = (uint8_t)i;
		put32(o + 4, i < 2);
	}
	mem[MADT + 68] = 1;
	mem[MADT + 69] = 12;
	put32(MADT + 72, 0xfec00000);
	mem[MADT + 80] = 2;
	mem[MADT + 81] = 10;
	put32(MADT + 84, 2);
	checksum(mem + MADT, 90, 9);
	header(FADT, "FACP", 244);
	mem[FADT + 46] = 9;
	put32(FADT + 56, 0x600);
	put32(FADT + 64, 0x604);
	put32(FADT + 76, 0x608);
	mem[FADT + 88] = 4;
	mem[FADT + 89] = 2;
	mem[FADT + 91] = 4;
	checksum(mem + FADT, 244, 9);
	header(MCFG, "MCFG", 44 + 16);
	put64(MCFG + 44, 0xb0000000);
	mem[MCFG + 55] = 255;
	checksum(mem + MCFG, 60, 9);
	header(HPET, "HPET", 56);
	put64(HPET + 44, 0xfed00000);
	checksum(mem + HPET, 56, 9);
}

static void init(void *arg)
{
	(void)arg;
	acpi_init(&bi);
}

static void good(void **state)
{
	(void)state;
	make();
	init(NULL);
	assert_true(acpi_info.present);
	assert_int_equal(acpi_info.nr_cpus, 2);
	assert_int_equal(acpi_info.lapic_maddr, 0xfee00000);
	assert_int_equal(acpi_info.nr_ioapics, 1);
	assert_int_equal(acpi_info.ioapics[0].maddr, 0xfec00000);
	assert_int_equal(acpi_info.nr_overrides, 1);
	assert_int_equal(acpi_info.overrides[0].gsi, 2);
	assert_int_equal(acpi_info.nr_mcfg, 1);
	assert_int_equal(acpi_info.mcfg[0].base, 0xb0000000);
	assert_int_equal(acpi_info.sci_int, 9);
	assert_int_equal(acpi_info.pm1a_cnt, 0x604);
	assert_int_equal(acpi_info.pm_tmr, 0x608);
	assert_int_equal(acpi_info.hpet_maddr, 0xfed00000);
	assert_non_null(acpi_find_table("APIC", 0));
	assert_null(acpi_find_table("APIC", 1));
	assert_null(acpi_find_table("SSDT", 0));
	machine_reset();
}

static void broken(void **state)
{
	static const struct {
		uint32_t at, n;
	} spot[] = { { RSDP, 36 }, { XSDT, 68 }, { MADT, 90 }, { FADT, 244 }, { MCFG, 60 },
		{ HPET, 56 } };

	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned int s = host_rnd() % 6;

		make();
		for (int k = 0; k < 2; k++) {
			mem[spot[s].at + host_rnd() % spot[s].n] = (uint8_t)host_rnd();
		}
		if (host_rnd() & 3) {
			checksum(mem + RSDP, 20, 8);
			checksum(mem + RSDP, 36, 32);
			if (s) {
				uint32_t len;

				memcpy(&len, mem + spot[s].at + 4, 4);
				if (len >= 36 && len < 4096) {
					checksum(mem + spot[s].at, len, 9);
				}
			}
		}
		(void)expect_bug(init, NULL);
		assert_true(acpi_info.nr_ioapics <= ACPI_MAX_IOAPICS);
		assert_true(acpi_info.nr_mcfg <= ACPI_MAX_MCFG);
		machine_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good), cmocka_unit_test(broken) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
