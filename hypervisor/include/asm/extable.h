/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Instructions that may fault on purpose: the fault continues at the fixup. */
#ifndef ASM_EXTABLE_H
#define ASM_EXTABLE_H

#define ASM_EXTABLE(from, to)                                                               \
	".pushsection .extable, \"a\"\n\t.balign 4\n\t.long (" #from ") - .\n\t.long (" #to \
	") - .\n\t.popsection\n"

struct extable_entry {
	int from, to;  /* relative to the member itself */
};
/* Address to continue at, 0 when the instruction has no fixup. */
unsigned long extable_search(unsigned long rip);

#endif
