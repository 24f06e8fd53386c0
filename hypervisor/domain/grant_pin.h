/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one grant entry while others use it: pure functions over the shared entry (hostile,
 * changes at any time) and our record of it. An entry is pinned while it has readers or writers;
 * then the record, not the shared entry, says which frame is meant and for whom. GTF_reading and
 * GTF_writing in the shared entry tell the granter: set by compare-and-exchange of flags and domid
 * together, so that a withdrawn grant is never pinned. Lock: the granter's grant table lock.
 */
#ifndef GRANT_PIN_H
#define GRANT_PIN_H

#include <hv/compiler.h>
#include <hv/types.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

struct grant_active {
	uint32_t mfn;  /* valid while pinned */
	uint16_t readers, writers;
	domid_t domid;  /* who pinned it */
	uint16_t page_is_ro; /* the granter itself may not write to the page */
};
#define GRANT_PIN_MAX 0xfff0u

static inline bool grant_is_pinned(const struct grant_active *act)
{
	return (act->readers | act->writers) != 0;
}

/* Flags and domid as one word, for the exchange. x86 is little endian: flags are the low half. */
static inline uint32_t grant_word(uint16_t flags, domid_t domid)
{
	return flags | ((uint32_t)domid << 16);
}

/*
 * Pin sha for domid. *first (out): it was not pinned before, so act->mfn is still to be filled in
 * (or grant_unpin() called). Returns GNTST_okay or GNTST_general_error (no grant for domid, read-
 * only, changes too fast, or too many pins). *frame: the frame number read together with a
 * successful pin.
 */
static inline int16_t grant_pin(struct grant_entry_v1 *sha, struct grant_active *act, domid_t domid,
	bool readonly, bool *first, uint32_t *frame)
{
	uint32_t *word = (uint32_t *)(void *)sha;

	*first = !grant_is_pinned(act);
	if (!*first && act->domid != domid) {
		return GNTST_general_error;
	}
	if (act->readers >= GRANT_PIN_MAX || act->writers >= GRANT_PIN_MAX) {
		return GNTST_general_error;
	}
	if (*first || (!readonly && act->writers == 0)) {
		unsigned int tries = 0;

		for (;;) {
			uint32_t old = READ_ONCE(*word);
			uint16_t flags = (uint16_t)old;

			if (*first &&
				((flags & (GTF_type_mask | GTF_sub_page)) != GTF_permit_access ||
					(domid_t)(old >> 16) != domid)) {
				return GNTST_general_error;
			}
			if (!readonly && (flags & GTF_readonly) != 0) {
				return GNTST_general_error;
			}
			flags |= readonly ? GTF_reading : GTF_reading | GTF_writing;
			if (__atomic_compare_exchange_n(word, &old,
				    grant_word(flags, (domid_t)(old >> 16)), false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
				break;
			}
			if (++tries > 4) {
				return GNTST_general_error;
			}
		}
	}
	*frame = READ_ONCE(sha->frame);
	act->domid = domid;
	if (readonly) {
		act->readers++;
	} else {
		act->writers++;
	}
	return GNTST_okay;
}

/* Undo one grant_pin(). */
static inline void grant_unpin(struct grant_entry_v1 *sha, struct grant_active *act, bool readonly)
{
	uint16_t clear = 0;

	if (readonly) {
		act->readers--;
	} else if (--act->writers == 0) {
		clear = GTF_writing;
	}
	if (!grant_is_pinned(act)) {
		clear |= GTF_reading;
	}
	if (clear != 0) {
		__atomic_fetch_and(&sha->flags, (uint16_t)~clear, __ATOMIC_SEQ_CST);
	}
}

#endif
