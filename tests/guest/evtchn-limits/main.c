/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All ports there are: allocation ends with -ENOSPC and nothing else, closing gives every one
 * back, and reset closes the rest.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct evtchn_reset r = { .dom = DOMID_SELF };
	struct evtchn_status st = { .dom = DOMID_SELF };
	u32 p, n = 0, m = 0;
	s64 rc;

	while (!(rc = alloc_unbound(DOMID_SELF, DOMID_SELF, &p))) {
		n++;
		if (n > 5000) {
			break;
		}
	}
	CHECK_EQ(rc, -ENOSPC);
	CHECK(n >= 4080 && n < 4096, "%u ports", n);
	for (u32 i = 1; i < 4096; i++) {
		evtchn_close(i);
	}
	while (!(rc = alloc_unbound(DOMID_SELF, DOMID_SELF, &p))) {
		m++;
	}
	CHECK(m >= n, "%u ports the second time, %u before", m, n);
	CHECK_EQ(evtchn_op(EVTCHNOP_reset, &r), 0);
	st.port = 100;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_closed);
	CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &p), 0);
	CHECK_EQ(alloc_unbound(99, 0, &p), -ESRCH);
	CHECK_EQ(bind_interdomain(99, 1, &p), -ESRCH);
	CHECK_EQ(bind_interdomain(DOMID_SELF, 4000, &p), -EINVAL);
	CHECK_EQ(bind_interdomain(DOMID_SELF, 0, &p), -EINVAL);
}
