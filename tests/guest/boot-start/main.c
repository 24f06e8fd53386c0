/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state at entry: start_info with its magic, command line and flags, BSS zero, modules none,
 * ACPI's root table with right checksums down to a MADT that lists this machine's processors.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static bool sum_ok(const u8 *p, u32 n)
{
	u8 s = 0;

	while (n--) {
		s = (u8)(s + *p++);
	}
	return !s;
}

static u32 check_acpi(void)
{
	u8 *rsdp = (u8 *)start_info->rsdp_paddr, *xsdt;
	u32 len, cpus_seen = 0, ioapics = 0;

	CHECK(!memcmp(rsdp, "RSD PTR ", 8), "no RSDP at %lx", (u64)rsdp);
	CHECK(sum_ok(rsdp, 20) && sum_ok(rsdp, *(u32 *)(rsdp + 20)), "RSDP checksum");
	CHECK_EQ(rsdp[15], 2);
	xsdt = (u8 *)*(u64 *)(rsdp + 24);
	CHECK(!memcmp(xsdt, "XSDT", 4), "no XSDT");
	len = *(u32 *)(xsdt + 4);
	CHECK(len < 1000 && sum_ok(xsdt, len), "XSDT checksum");
	for (u32 off = 36; off + 8 <= len && len < 1000; off += 8) {
		u64 a;
		u8 *t;

		memcpy(&a, xsdt + off, 8);
		t = (u8 *)a;
		CHECK(memcmp(t, "HPET", 4) && memcmp(t, "DMAR", 4) && memcmp(t, "IVRS", 4) &&
				memcmp(t, "SRAT", 4),
			"table %c%c%c%c is shown", t[0], t[1], t[2], t[3]);
		if (*(u32 *)(t + 4) > 0x100000) {
			test_failure("table %u at %lx is not readable", (off - 36) / 8, a);
			continue;
		}
		CHECK(sum_ok(t, *(u32 *)(t + 4)), "checksum of %c%c%c%c", t[0], t[1], t[2], t[3]);
		if (memcmp(t, "APIC", 4)) {
			continue;
		}
		CHECK_EQ(*(u32 *)(t + 36), LAPIC_BASE);
		for (u32 i = 44; i + 2 <= *(u32 *)(t + 4) && t[i + 1]; i += t[i + 1]) {
			if (t[i] == 0 && t[i + 4] & 1) {
				CHECK_EQ(t[i + 3], cpus_seen * 2);
				cpus_seen++;
			} else if (t[i] == 9 && t[i + 8] & 1) {
				CHECK_EQ(*(u32 *)(t + i + 4), cpus_seen * 2);
				cpus_seen++;
			} else if (t[i] == 1) {
				ioapics++;
				CHECK_EQ(*(u32 *)(t + i + 4), 0xfec00000);
			}
		}
	}
	CHECK_EQ(ioapics, 1);
	return cpus_seen;
}

void test_main(void)
{
	CHECK_EQ(start_info->magic, XEN_HVM_START_MAGIC_VALUE);
	CHECK(start_info->version <= 1, "version %u", start_info->version);
	CHECK_EQ(start_info->flags & 3, 3);
	CHECK_EQ(start_info->nr_modules, 1); /* given by the runner's options of this test */
	CHECK(strstr(cmdline(), "hv="), "command line: %s", cmdline());
	CHECK(start_info->modlist_paddr && start_info->modlist_paddr < 1UL << 30,
		"modules' list at %lx", (u64)start_info->modlist_paddr);
	if (start_info->nr_modules) {
		struct hvm_modlist_entry *m = (void *)start_info->modlist_paddr;

		CHECK(!(m->paddr & 0xfff), "module at %lx", (u64)m->paddr);
		CHECK(m->size > 1000, "module of %lu bytes", (u64)m->size);
		CHECK_EQ(*(u32 *)m->paddr, 0x464c457f);
	}
	/* Little of the BSS is touched before this point: its middle is the user stack. */
	for (u64 *p = (u64 *)data_backup - 2048; p < (u64 *)data_backup - 1024; p++) {
		if (*p) {
			test_failure("BSS at %lx holds %lx", (u64)p, *p);
			break;
		}
	}
	CHECK_EQ(check_acpi(), 2);
	CHECK_EQ(read_cr0() & CR0_PE, 1);
	/* SMBIOS's and the firmware's low areas are there to read. */
	CHECK(*(volatile u16 *)0x413 > 500 && *(volatile u16 *)0x413 <= 640, "low memory %u KiB",
		*(volatile u16 *)0x413);
}
