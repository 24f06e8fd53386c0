/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain/grant_pin.h: pins by several readers and writers of one entry, with the granter changing
 * its entry in between; the shared bits always tell what is pinned, the frame stays the pinned one.
 */
#include "../../hypervisor/domain/grant_pin.h"
#include "host.h"

static struct grant_entry_v1 sha;
static struct grant_active act;

static void set(uint16_t flags, domid_t domid, uint32_t frame)
{
	sha.flags = flags;
	sha.domid = domid;
	sha.frame = frame;
	act = (struct grant_active){ 0 };
}

static void simple(void **state)
{
	bool first;
	uint32_t frame;

	(void)state;
	set(GTF_permit_access, 5, 0x123);
	assert_int_equal(grant_pin(&sha, &act, 6, true, &first, &frame), GNTST_general_error);
	assert_int_equal(sha.flags, GTF_permit_access);
	assert_int_equal(grant_pin(&sha, &act, 5, true, &first, &frame), GNTST_okay);
	assert_true(first);
	assert_int_equal(frame, 0x123);
	assert_int_equal(sha.flags, GTF_permit_access | GTF_reading);
	assert_int_equal(grant_pin(&sha, &act, 5, false, &first, &frame), GNTST_okay);
	assert_false(first);
	assert_int_equal(sha.flags, GTF_permit_access | GTF_reading | GTF_writing);
	grant_unpin(&sha, &act, false);
	assert_int_equal(sha.flags, GTF_permit_access | GTF_reading);
	grant_unpin(&sha, &act, true);
	assert_int_equal(sha.flags, GTF_permit_access);
	assert_false(grant_is_pinned(&act));

	set(GTF_permit_access | GTF_readonly, 5, 1);
	assert_int_equal(grant_pin(&sha, &act, 5, false, &first, &frame), GNTST_general_error);
	assert_int_equal(grant_pin(&sha, &act, 5, true, &first, &frame), GNTST_okay);
	assert_int_equal(grant_pin(&sha, &act, 5, false, &first, &frame), GNTST_general_error);
	set(0, 5, 1);
	assert_int_equal(grant_pin(&sha, &act, 5, true, &first, &frame), GNTST_general_error);
	set(GTF_accept_transfer, 5, 1);
	assert_int_equal(grant_pin(&sha, &act, 5, true, &first, &frame), GNTST_general_error);
}

static void random_life(void **state)
{
	unsigned int readers = 0, writers = 0;

	(void)state;
	set(GTF_permit_access, 5, 7);
	for (int i = 0; i < 200000; i++) {
		bool first, ro = host_rnd() & 1;
		uint32_t frame;

		switch (host_rnd() % 3) {
		case 0:
			if (grant_pin(&sha, &act, 5, ro, &first, &frame) == GNTST_okay) {
				readers += ro;
				writers += !ro;
			}
			break;
		case 1:
			if (ro ? readers : writers) {
				grant_unpin(&sha, &act, ro);
				readers -= ro;
				writers -= !ro;
			}
			break;
		default:
			/* An honest granter revokes only what nobody uses. */
			if (!(sha.flags & (GTF_reading | GTF_writing))) {
				assert_int_equal(readers + writers, 0);
				sha.flags = host_rnd() & 1 ? GTF_permit_access : 0;
			}
			break;
		}
		assert_int_equal(act.readers, readers);
		assert_int_equal(act.writers, writers);
		if (writers) {
			assert_true(sha.flags & GTF_writing);
		} else if (!readers) {
			assert_false(sha.flags & (GTF_reading | GTF_writing));
		}
		if (readers || writers) {
			assert_true(sha.flags & GTF_reading);
		}
	}
	/* The count ends before it wraps. */
	set(GTF_permit_access, 5, 7);
	for (unsigned int i = 0; i < 0x20000; i++) {
		bool first;
		uint32_t frame;

		(void)!grant_pin(&sha, &act, 5, true, &first, &frame);
	}
	assert_true(act.readers <= GRANT_PIN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(simple),
		cmocka_unit_test(random_life) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
