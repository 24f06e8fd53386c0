/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Doubly linked circular lists, the links inside the objects. */
#ifndef HV_LIST_H
#define HV_LIST_H

#include <hv/lib.h>

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name)      struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h->prev = h;
}
#define list_init(h) INIT_LIST_HEAD(h)
static inline void list_insert_between_(
	struct list_head *n, struct list_head *prev, struct list_head *next)
{
	n->next = next;
	n->prev = prev;
	next->prev = n;
	prev->next = n;
}
/* Add n after h (front when h is a head) / before h (tail). */
static inline void list_add(struct list_head *n, struct list_head *h)
{
	list_insert_between_(n, h, h->next);
}
static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_insert_between_(n, h->prev, h);
}
/* After list_del the links are self-pointing, so that list_empty(n) is true and a second delete is harmless. */
static inline void list_del(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = n;
}
static inline void list_del_init(struct list_head *n)
{
	list_del(n);
}
static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}
static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add_tail(n, h);
}
/* Move all of from to the tail of to. */
static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	if (!list_empty(from)) {
		from->next->prev = to->prev;
		to->prev->next = from->next;
		from->prev->next = to;
		to->prev = from->prev;
		INIT_LIST_HEAD(from);
	}
}

#define list_entry(p, type, member)       container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_last_entry(h, type, member)  list_entry((h)->prev, type, member)
#define list_first_entry_or_null(h, type, member) \
	(list_empty(h) ? NULL : list_first_entry(h, type, member))
#define list_next_entry(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_for_each(p, h)          for ((p) = (h)->next; (p) != (h); (p) = (p)->next)
#define list_for_each_safe(p, n, h) \
	for ((p) = (h)->next, (n) = (p)->next; (p) != (h); (p) = (n), (n) = (p)->next)
#define list_for_each_entry(pos, h, member)                                                    \
	for ((pos) = list_entry((h)->next, __typeof__(*(pos)), member); &(pos)->member != (h); \
		(pos) = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, n, h, member)                     \
	for ((pos) = list_entry((h)->next, __typeof__(*(pos)), member), \
	    (n) = list_next_entry(pos, member);                         \
		&(pos)->member != (h); (pos) = (n), (n) = list_next_entry(n, member))

#endif
