/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv/refcount.h: from any count and any sequence of gets and puts, the object is released at most
 * once, only by the last holder, and never comes back; a saturated count stays saturated.
 */
#include "proof.h"

#include <hv/refcount.h>

int main(void)
{
	refcount_t r;
	uint32_t start = nondet_u32();
	uint64_t holders = start;
	bool saturated = start >= REFCOUNT_SATURATED, released = start == 0;
	unsigned int releases = 0;

	refcount_set(&r, start);
	for (int i = 0; i < 6; i++) {
		if (nondet_bool()) {
			bool ok = refcount_get(&r);

			if (released) {
				prove(!ok);
			} else {
				prove(ok);
				holders++;
			}
		} else if (!released) {
			/* Only a holder puts. */
			bool last = refcount_put(&r);

			holders--;
			saturated |= refcount_read(&r) >= REFCOUNT_SATURATED;
			if (last) {
				prove(!saturated);
				prove(holders == 0);
				released = true;
				releases++;
			} else {
				prove(saturated || holders > 0);
			}
		}
		saturated |= refcount_read(&r) >= REFCOUNT_SATURATED;
		if (saturated) {
			prove(refcount_read(&r) >= REFCOUNT_SATURATED);
		} else {
			prove(released || refcount_read(&r) == holders);
		}
	}
	prove(releases <= 1);
	return 0;
}
