/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain/grant_pin.h against a granter that may write anything into its entry between any two
 * calls: a pin is only ever given to the domain that the entry named when it was pinned, a writing
 * pin never on a read-only grant, counts match the calls, and a second domain never shares a pin.
 */
#include "proof.h"

#include "../../hypervisor/domain/grant_pin.h"

int main(void)
{
	struct grant_entry_v1 sha;
	struct grant_active act = { 0 };
	unsigned int readers = 0, writers = 0;
	domid_t owner = 0;

	for (int i = 0; i < 4; i++) {
		domid_t domid = nondet_u16();
		bool readonly = nondet_bool(), first = false;
		uint32_t frame;

		if (nondet_bool()) {
			/* The granter does as it likes. */
			sha.flags = nondet_u16();
			sha.domid = nondet_u16();
			sha.frame = nondet_u32();
		}
		if (nondet_bool()) {
			struct grant_entry_v1 before = sha;
			bool pinned = grant_is_pinned(&act);
			int16_t rc = grant_pin(&sha, &act, domid, readonly, &first, &frame);

			prove(first == !pinned);
			if (rc == GNTST_okay) {
				prove(pinned ? domid == owner :
					       before.domid == domid &&
							(before.flags & GTF_type_mask) ==
								GTF_permit_access);
				if (!pinned || (!readonly && !writers)) {
					prove(readonly || !(before.flags & GTF_readonly));
					prove(sha.flags & GTF_reading);
					prove(readonly || (sha.flags & GTF_writing));
					prove(sha.domid == before.domid);
				}
				owner = domid;
				readers += readonly;
				writers += !readonly;
			} else {
				prove(rc == GNTST_general_error);
			}
		} else if (readonly ? readers : writers) {
			grant_unpin(&sha, &act, readonly);
			readers -= readonly;
			writers -= !readonly;
			if (!readers && !writers) {
				prove(!(sha.flags & GTF_reading));
			}
			if (!readonly && !writers) {
				prove(!(sha.flags & GTF_writing));
			}
		}
		prove(act.readers == readers && act.writers == writers);
		prove(grant_is_pinned(&act) == (readers || writers));
	}
	return 0;
}
