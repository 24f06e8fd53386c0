/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drivers/acpi.c and acpi_madt.c: arbitrary bytes as the firmware's area, with the checksums of
 * what looks like tables made right, so that the contents are looked at.
 */
#include <hv/acpi.h>
#include <hv/boot_info.h>

#include "fuzz.h"
#include "machine.h"

static struct boot_info bi;

static void init(void *arg)
{
	(void)arg;
	acpi_init(&bi);
}

static void fix(uint8_t *p, size_t n, size_t at)
{
	uint8_t s = 0;

	p[at] = 0;
	for (size_t i = 0; i < n; i++) {
		s = (uint8_t)(s + p[i]);
	}
	p[at] = (uint8_t)-s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t mem[0x20000];
	static const char *const sigs[] = { "XSDT", "RSDT", "APIC", "FACP", "MCFG", "HPET" };
	size_t at = 64;
	unsigned int n = 0;

	if (size > sizeof(mem) - 1024) {
		return 0;
	}
	memset(mem, 0, sizeof(mem));
	memset(&acpi_info, 0, sizeof(acpi_info));
	machine_bytes = mem;
	machine_base = 0xe0000;
	machine_size = sizeof(mem);
	memcpy(mem, "RSD PTR ", 8);
	mem[15] = size && data[0] & 1 ? 2 : 0;
	mem[20] = 36;
	{
		uint32_t root = 0xe0000 + 64;

		memcpy(mem + 16, &root, 4);
		memcpy(mem + 24, &root, 4);
	}
	fix(mem, 20, 8);
	fix(mem, 36, 32);
	/* Each table of the input: one byte of kind, one of length, then its bytes behind the header. */
	for (size_t i = 1; i + 2 <= size && n < 8 && at + 36 + 256 < sizeof(mem); n++) {
		uint32_t body = data[i + 1], len;
		const char *sig = n == 0 ? (mem[15] ? "XSDT" : "RSDT") : sigs[2 + data[i] % 4];

		i += 2;
		if (body > size - i) {
			body = (uint32_t)(size - i);
		}
		len = 36 + body;
		memcpy(mem + at, sig, 4);
		memcpy(mem + at + 4, &len, 4);
		memcpy(mem + at + 36, data + i, body);
		if (n == 0) {
			/* The root's entries point at the places where tables will be. */
			for (uint32_t k = 0; k * 8 + 8 <= body; k++) {
				uint64_t a = 0xe0000 + 64 + 36 + 256 + (uint64_t)k * 300;

				memcpy(mem + at + 36 + k * 8, &a, 8);
			}
		}
		fix(mem + at, len, 9);
		i += body;
		at = 64 + 36 + 256 + (size_t)n * 300;
	}
	(void)expect_bug(init, NULL);
	REQUIRE(acpi_info.nr_ioapics <= ACPI_MAX_IOAPICS);
	REQUIRE(acpi_info.nr_overrides <= ACPI_MAX_OVERRIDES);
	REQUIRE(acpi_info.nr_mcfg <= ACPI_MAX_MCFG);
	REQUIRE(acpi_info.nr_tables <= ACPI_MAX_TABLES);
	machine_reset();
	return 0;
}
