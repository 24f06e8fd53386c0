/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying by grant references: both directions, offsets and lengths to the page's edge, errors with
 * their status, several in one call, entry bits clear afterwards.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u8 *a = alloc_page(), *b = alloc_page();

	grant_table_map();
	for (u32 i = 0; i < 4096; i++) {
		a[i] = (u8)(i * 7);
	}
	grant_access(8, 0, gfn_of(a), true);
	grant_access(9, 0, gfn_of(b), false);
	m->ret[0] = 1;
	CHECK(wait_for(m->arg[0] == 1 || sched_op(SCHEDOP_yield, 0), 3000 * MS), "dom0");
	CHECK_EQ(b[0], 0);
	CHECK_EQ(b[100], 0x5a);
	CHECK_EQ(b[199], 0x5a);
	CHECK_EQ(b[200], 0);
	CHECK_EQ(b[4095], 0x5a);
	CHECK_EQ(grant_table[8].flags, GTF_permit_access | GTF_readonly);
	CHECK_EQ(grant_table[9].flags, GTF_permit_access);
}

static s16 copy(u32 dom, u32 sref, void *src, u32 soff, u32 dref, void *dst, u32 doff, u32 len)
{
	struct gnttab_copy c = { .len = (u16)len, .status = 77 };

	c.source.offset = (u16)soff;
	c.dest.offset = (u16)doff;
	if (src) {
		c.source.domid = DOMID_SELF;
		c.source.u.gmfn = gfn_of(src);
	} else {
		c.source.domid = (domid_t)dom;
		c.source.u.ref = sref;
		c.flags |= GNTCOPY_source_gref;
	}
	if (dst) {
		c.dest.domid = DOMID_SELF;
		c.dest.u.gmfn = gfn_of(dst);
	} else {
		c.dest.domid = (domid_t)dom;
		c.dest.u.ref = dref;
		c.flags |= GNTCOPY_dest_gref;
	}
	CHECK_EQ(gnttab_op(GNTTABOP_copy, &c, 1), 0);
	return c.status;
}

void test_main(void)
{
	struct domu u;
	u8 *buf = alloc_pages(1), *pat = alloc_page();
	u32 d;

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	d = u.domid;
	domu_unpause(&u);
	CHECK(wait_irq(u.box->ret[0] || sched_op(SCHEDOP_yield, 0), 3000 * MS), "domain");
	memset(pat, 0x5a, 4096);
	CHECK_EQ(copy(d, 8, NULL, 0, 0, buf, 0, 4096), GNTST_okay);
	for (u32 i = 0; i < 4096; i++) {
		if (buf[i] != (u8)(i * 7)) {
			test_failure("byte %u is %x", i, buf[i]);
			break;
		}
	}
	memset(buf, 0, 4096);
	CHECK_EQ(copy(d, 8, NULL, 4090, 0, buf, 3, 6), GNTST_okay);
	CHECK_EQ(buf[2], 0);
	CHECK_EQ(buf[3], (u8)(4090 * 7));
	CHECK_EQ(buf[9], 0);
	CHECK_EQ(copy(d, 0, pat, 5, 9, NULL, 100, 100), GNTST_okay);
	CHECK_EQ(copy(d, 0, pat, 0, 9, NULL, 4095, 1), GNTST_okay);
	CHECK_EQ(copy(d, 0, pat, 0, 9, NULL, 4095, 2), GNTST_bad_copy_arg);
	CHECK_EQ(copy(d, 8, NULL, 1, 0, buf, 0, 4096), GNTST_bad_copy_arg);
	CHECK(copy(d, 0, pat, 0, 8, NULL, 0, 16) < 0, "wrote to a read-only grant");
	CHECK(copy(d, 12, NULL, 0, 0, buf, 0, 16) < 0, "entry not granted");
	CHECK_EQ(copy(d, 1000000, NULL, 0, 0, buf, 0, 16), GNTST_bad_gntref);
	CHECK_EQ(copy(77, 8, NULL, 0, 0, buf, 0, 16), GNTST_bad_domain);
	CHECK_EQ(copy(d, 0, pat, 0, 0, buf, 0, 4096), GNTST_okay); /* own to own */
	CHECK_EQ(buf[4095], 0x5a);
	{
		struct gnttab_copy c[3];

		memset(c, 0, sizeof(c));
		for (u32 i = 0; i < 3; i++) {
			c[i].source.domid = (domid_t)d;
			c[i].source.u.ref = i == 1 ? 13 : 8;
			c[i].source.offset = (u16)i;
			c[i].dest.domid = DOMID_SELF;
			c[i].dest.u.gmfn = gfn_of(buf);
			c[i].dest.offset = (u16)(i * 8);
			c[i].len = 8;
			c[i].flags = GNTCOPY_source_gref;
		}
		CHECK_EQ(gnttab_op(GNTTABOP_copy, c, 3), 0);
		CHECK_EQ(c[0].status, GNTST_okay);
		CHECK(c[1].status < 0, "%d", c[1].status);
		CHECK_EQ(c[2].status, GNTST_okay);
		CHECK_EQ(buf[16], 14);
		/* Another domain's frame by number is not allowed. */
		c[0].flags = 0;
		c[0].source.u.gmfn = 0x100;
		CHECK_EQ(gnttab_op(GNTTABOP_copy, c, 1), 0);
		CHECK(c[0].status < 0, "copied from another domain's frame");
	}
	CHECK_EQ(gnttab_op(GNTTABOP_copy, 0, 0), 0);
	CHECK_EQ(gnttab_op(GNTTABOP_copy, NOT_MAPPED, 1), -EFAULT);
	u.box->arg[0] = 1;
	domu_wait(&u, 3000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
}
