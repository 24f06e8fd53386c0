/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grant table's own calls: size and limits, version 1, and the sub-ops that HVM guests do not
 * have.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF, .status = 77 };
	struct gnttab_set_version v = { .version = 1 };
	struct gnttab_get_version gv = { .dom = DOMID_SELF };

	CHECK_EQ(gnttab_op(GNTTABOP_query_size, &q, 1), 0);
	CHECK_EQ(q.status, GNTST_okay);
	CHECK(q.nr_frames >= 1 && q.nr_frames <= q.max_nr_frames, "%u of %u", q.nr_frames,
		q.max_nr_frames);
	CHECK_EQ(q.max_nr_frames, 64);
	CHECK_EQ(gnttab_op(GNTTABOP_set_version, &v, 1), 0);
	CHECK_EQ(v.version, 1);
	CHECK_EQ(gnttab_op(GNTTABOP_get_version, &gv, 1), 0);
	CHECK_EQ(gv.version, 1);
	v.version = 3;
	CHECK(gnttab_op(GNTTABOP_set_version, &v, 1) < 0, "version 3");
	grant_table_map();
	CHECK_EQ(add_to_physmap(XENMAPSPACE_grant_table, 7, scratch_gfn(1)), 0);
	CHECK_EQ(gnttab_op(GNTTABOP_query_size, &q, 1), 0);
	CHECK(q.nr_frames >= 8, "%u frames after frame 7 was mapped", q.nr_frames);
	CHECK(add_to_physmap(XENMAPSPACE_grant_table, 64, scratch_gfn(1)) < 0, "frame 64");
	q.dom = 77;
	CHECK_EQ(gnttab_op(GNTTABOP_query_size, &q, 1), 0);
	CHECK_EQ(q.status, GNTST_bad_domain);
	CHECK_EQ(gnttab_op(GNTTABOP_transfer, &q, 1), -ENOSYS);
	CHECK_EQ(gnttab_op(GNTTABOP_dump_table, &q, 1), -ENOSYS);
	CHECK_EQ(gnttab_op(GNTTABOP_unmap_and_replace, &q, 1), -ENOSYS);
}
