/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercall arguments are guest-virtual addresses resolved by the caller's page tables: structures
 * across two pages, across a page and a hole, on read-only pages, through non-identity mappings.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *a = alloc_page(), *b = alloc_page();
	u64 va = MAP_BASE;
	struct xen_feature_info *f;
	char *cap;

	map_page(va, virt_to_phys(b), 3);
	map_page(va + 4096, virt_to_phys(a), 3);
	f = (void *)(va + 4096 - 4);
	f->submap_idx = 0;
	f->submap = 0;
	CHECK_EQ(xen_version(XENVER_get_features, f), 0);
	CHECK(f->submap, "structure across pages");
	CHECK_EQ(*(u32 *)a, f->submap);

	/* A 1024-byte output that ends in a hole. */
	map_page(va + 4096, 0, 0);
	cap = (char *)(va + 4096 - 512);
	CHECK_EQ(xen_version(XENVER_capabilities, cap), -EFAULT);
	f = (void *)(va + 4096 - 4);
	CHECK_EQ(xen_version(XENVER_get_features, f), -EFAULT);
	f = (void *)(va + 4096 - 8);
	CHECK_EQ(xen_version(XENVER_get_features, f), 0);

	/* A read-only page takes no output while CR0.WP is set. */
	map_page(va + 8192, virt_to_phys(a), 1);
	CHECK_EQ(write_cr0_safe(read_cr0() | CR0_WP), EXC_NONE);
	memset(a, 0, 4096);
	CHECK_EQ(xen_version(XENVER_get_features, va + 8192), -EFAULT);
	CHECK_EQ(*(u32 *)(a + 4), 0);

	/* User pages are taken too: privcmd passes them. */
	map_page(va + 12288, virt_to_phys(a), 7);
	CHECK_EQ(xen_version(XENVER_get_features, va + 12288), 0);
	CHECK(*(u32 *)(a + 4), "user page");

	CHECK_EQ(xen_version(XENVER_get_features, NOT_MAPPED), -EFAULT);
	CHECK_EQ(xen_version(XENVER_get_features, ~0UL - 3), -EFAULT);
	/* Mapped, but without memory behind it. */
	map_page(va + 16384, scratch_gfn(1) << 12, 3);
	CHECK_EQ(xen_version(XENVER_get_features, va + 16384), -EFAULT);
}
