/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fixups for instructions that may fault on purpose (MSR accesses). The table is short, so it is searched from the start.
 */
#include <hv/types.h>
#include <asm/extable.h>

extern const struct extable_entry __extable_start[], __extable_end[];

unsigned long extable_search(unsigned long rip)
{
	for (const struct extable_entry *e = __extable_start; e < __extable_end; e++) {
		if ((unsigned long)&e->from + (unsigned long)(long)e->from == rip) {
			return (unsigned long)&e->to + (unsigned long)(long)e->to;
		}
	}
	return 0;
}
