/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's side of the FIFO event ABI for one vCPU and up to 4096 ports: queues by priority,
 * heads kept here, the links in the shared event words.
 */
#ifndef TESTS_GUEST_LIB_FIFO_H
#define TESTS_GUEST_LIB_FIFO_H

#include "xenlib.h"

struct fifo {
	struct evtchn_fifo_control_block *control;
	volatile event_word_t *words;
	u32 head[EVTCHN_FIFO_MAX_QUEUES];
	u32 order[64];  /* the ports in the order in which they were taken */
	u32 taken;
};

static inline s64 fifo_init(struct fifo *f, unsigned int vcpu)
{
	struct evtchn_init_control ic = { .vcpu = vcpu };

	f->control = alloc_page();
	ic.control_gfn = gfn_of(f->control);
	return evtchn_op(EVTCHNOP_init_control, &ic);
}

static inline s64 fifo_expand(struct fifo *f)
{
	struct evtchn_expand_array e = { 0 };

	f->words = alloc_pages(1);
	e.array_gfn = gfn_of((void *)f->words);
	for (unsigned int i = 0; i < 1024; i++) {
		f->words[i] = 1u << EVTCHN_FIFO_MASKED;
	}
	return evtchn_op(EVTCHNOP_expand_array, &e);
}

static inline void fifo_unmask(struct fifo *f, u32 port)
{
	struct evtchn_unmask u = { .port = port };

	__atomic_and_fetch(&f->words[port], ~(1u << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	if (f->words[port] >> EVTCHN_FIFO_PENDING & 1) {
		evtchn_op(EVTCHNOP_unmask, &u);
	}
}

static inline u32 fifo_pop(struct fifo *f, unsigned int prio, u32 *ready)
{
	u32 head = f->head[prio], word, old;

	if (!head) {
		barrier();
		head = READ_ONCE(f->control->head[prio]);
	}
	do {
		old = READ_ONCE(f->words[head]);
		word = old & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
	} while (!__sync_bool_compare_and_swap(&f->words[head], old, word));
	f->head[prio] = old & EVTCHN_FIFO_LINK_MASK;
	if (!f->head[prio]) {
		*ready &= ~(1u << prio);
	}
	if ((old >> EVTCHN_FIFO_PENDING & 1) && !(old >> EVTCHN_FIFO_MASKED & 1)) {
		__atomic_and_fetch(&f->words[head], ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
		f->order[f->taken++ & 63] = head;
	}
	return head;
}

/* Takes everything that is queued, highest priority first. */
static inline void fifo_drain(struct fifo *f)
{
	u32 ready = __atomic_exchange_n(&f->control->ready, 0, __ATOMIC_SEQ_CST);

	while (ready) {
		fifo_pop(f, (unsigned int)__builtin_ctz(ready), &ready);
		ready |= __atomic_exchange_n(&f->control->ready, 0, __ATOMIC_SEQ_CST);
	}
}

#endif
