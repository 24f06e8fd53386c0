/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO event ABI: an array of event words that grows by pages, and per vCPU a control block
 * with sixteen priority queues, linked through the words. The guest writes all of it, so a queue's
 * tail is remembered here, links are changed with bounded compare-and-exchange, and a guest that
 * fights over its words loses its own events only.
 * Locking: one irq-safe lock a queue, inside the channel's lock. An event is linked with the locks
 * of its old and its new queue held, lower address first; last_vcpu_id and last_priority change
 * under both. Mapping and unmapping: d->evtchn_lock.
 */
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/p2m.h>
#include <hv/page.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "evtchn_priv.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(uint32_t))
#define MAX_PAGES      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

#define WORD_PENDING   (1u << EVTCHN_FIFO_PENDING)
#define WORD_MASKED    (1u << EVTCHN_FIFO_MASKED)
#define WORD_LINKED    (1u << EVTCHN_FIFO_LINKED)
#define WORD_BUSY      (1u << EVTCHN_FIFO_BUSY)
#define WORD_LINK      ((uint32_t)EVTCHN_FIFO_LINK_MASK)

struct fifo_queue {
	spinlock_t lock;
	uint32_t tail;   /* last port linked, 0 none */
};

struct evtchn_fifo_vcpu {
	struct evtchn_fifo_control_block
		*control; /* in a global mapping; NULL until init_control */
	struct page_info *page;
	void *map;
	struct fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

struct evtchn_fifo_domain {
	unsigned int nr_pages;  /* grows; published after the page */
	uint32_t *array[MAX_PAGES];
	struct page_info *page[MAX_PAGES];
};

static uint32_t *event_word(const struct domain *d, unsigned int port)
{
	const struct evtchn_fifo_domain *f = d->evtchn_fifo;
	unsigned int idx = port / WORDS_PER_PAGE;

	if (unlikely(f == NULL || idx >= smp_load_acquire(&f->nr_pages))) {
		return NULL;
	}
	return &f->array[array_index_nospec(idx, MAX_PAGES)][port % WORDS_PER_PAGE];
}

static unsigned int max_ports_fifo(const struct domain *d)
{
	(void)d;
	return EVTCHN_FIFO_NR_CHANNELS;
}

static void init_fifo(struct domain *d, struct evtchn *chn)
{
	uint32_t *word = event_word(d, chn->port);

	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	/* A reused port may still be linked in a queue: last_* keep saying which. */
	if (word != NULL && (READ_ONCE(*word) & WORD_LINKED) == 0) {
		chn->last_priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		chn->last_vcpu_id = chn->notify_vcpu_id;
	}
}

static struct fifo_queue *queue_of(
	const struct domain *d, unsigned int vcpu_id, unsigned int priority)
{
	struct vcpu *v =
		vcpu_id < d->max_vcpus ? d->vcpu[array_index_nospec(vcpu_id, d->max_vcpus)] : NULL;

	if (v == NULL || v->evtchn_fifo == NULL) {
		return NULL;
	}
	return &v->evtchn_fifo->queue[priority & (EVTCHN_FIFO_MAX_QUEUES - 1)];
}

/* Lock the event's old queue and `to`. Interrupts are off. */
static struct fifo_queue *lock_queues(struct domain *d, struct evtchn *chn, struct fifo_queue *to)
{
	for (;;) {
		uint16_t vcpu = READ_ONCE(chn->last_vcpu_id), prio = READ_ONCE(chn->last_priority);
		struct fifo_queue *from = queue_of(d, vcpu, prio);

		if (from == NULL) {
			from = to;
		}
		spin_lock_pair(&from->lock, &to->lock);
		if (likely(READ_ONCE(chn->last_vcpu_id) == vcpu &&
			    READ_ONCE(chn->last_priority) == prio)) {
			return from;
		}
		spin_unlock_pair(&from->lock, &to->lock);
	}
}

/*
 * Make the tail's word point to port. False: the guest has unlinked the tail, so port starts the
 * queue. BUSY asks the guest to leave the word alone; one that does not gets its event dropped
 * (true) after a few tries.
 */
static bool link_behind(struct domain *d, uint32_t tail, uint32_t port)
{
	uint32_t *word = event_word(d, tail);
	uint32_t old;

	if (word == NULL) {
		return false;
	}
	old = READ_ONCE(*word);
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t seen;

		if ((old & WORD_LINKED) == 0) {
			if (i != 0) {
				__atomic_fetch_and(word, ~WORD_BUSY, __ATOMIC_SEQ_CST);
			}
			return false;
		}
		seen = cmpxchg(word, old, (old & ~(WORD_BUSY | WORD_LINK)) | port);
		if (seen == old) {
			return true;
		}
		old = __atomic_or_fetch(word, WORD_BUSY, __ATOMIC_SEQ_CST);
	}
	__atomic_fetch_and(word, ~WORD_BUSY, __ATOMIC_SEQ_CST);
	printk(XENLOG_G_DEBUG
		"d%u keeps changing the event word of port %u: event of port %u dropped\n",
		d->domain_id, tail, port);
	return true;
}

static void set_pending_fifo(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;
	uint32_t port = chn->port, *word, old;
	unsigned int prio = chn->priority;
	struct fifo_queue *q, *old_q;
	bool raise = false;
	unsigned long flags;

	if (unlikely(fv == NULL || READ_ONCE(fv->control) == NULL)) {
		return; /* no queue to put it in: the guest set this vCPU up in the wrong order */
	}
	word = event_word(d, port);
	if (unlikely(word == NULL)) {
		chn->pending = true; /* until expand_array */
		return;
	}
	q = &fv->queue[prio & (EVTCHN_FIFO_MAX_QUEUES - 1)];
	flags = local_irq_save();
	old_q = lock_queues(d, chn, q);
	old = __atomic_fetch_or(word, WORD_PENDING, __ATOMIC_SEQ_CST);
	if ((old & (WORD_MASKED | WORD_LINKED)) == 0 &&
		(__atomic_fetch_or(word, WORD_LINKED, __ATOMIC_SEQ_CST) & WORD_LINKED) == 0) {
		bool linked = false;

		if (old_q != q && old_q->tail == port) {
			old_q->tail = 0; /* nothing may be linked behind it there any more */
		}
		WRITE_ONCE(chn->last_vcpu_id, (uint16_t)v->vcpu_id);
		WRITE_ONCE(chn->last_priority, (uint16_t)prio);
		/* A new event in a queue that the guest has drained becomes its head. */
		if (q->tail != 0 && q->tail != port) {
			linked = link_behind(d, q->tail, port);
		}
		if (!linked) {
			WRITE_ONCE(fv->control->head[prio & (EVTCHN_FIFO_MAX_QUEUES - 1)], port);
			raise = true;
		}
		q->tail = port;
	}
	spin_unlock_pair(&old_q->lock, &q->lock);
	if (raise &&
		(__atomic_fetch_or(&fv->control->ready, 1u << prio, __ATOMIC_SEQ_CST) &
			(1u << prio)) == 0) {
		vcpu_mark_events_pending(v);
	}
	local_irq_restore(flags);
	if ((old & WORD_PENDING) == 0) {
		evtchn_check_pollers(d, port);
	}
}

static void clear_pending_fifo(struct domain *d, struct evtchn *chn)
{
	uint32_t *word = event_word(d, chn->port);

	if (word != NULL) {
		__atomic_fetch_and(word, ~WORD_PENDING, __ATOMIC_SEQ_CST);
	}
	chn->pending = false;
}

static void unmask_fifo(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[chn->notify_vcpu_id];
	uint32_t *word = event_word(d, chn->port);

	if (word == NULL || v == NULL) {
		return;
	}
	__atomic_fetch_and(word, ~WORD_MASKED, __ATOMIC_SEQ_CST);
	if (READ_ONCE(*word) & WORD_PENDING) {
		set_pending_fifo(v, chn);
	}
}

static bool is_pending_fifo(const struct domain *d, const struct evtchn *chn)
{
	uint32_t *word = event_word(d, chn->port);

	return word != NULL ? (READ_ONCE(*word) & WORD_PENDING) != 0 : chn->pending;
}

static bool is_masked_fifo(const struct domain *d, const struct evtchn *chn)
{
	uint32_t *word = event_word(d, chn->port);

	return word == NULL || (READ_ONCE(*word) & WORD_MASKED) != 0;
}

static bool is_busy_fifo(const struct domain *d, const struct evtchn *chn)
{
	uint32_t *word = event_word(d, chn->port);

	return word != NULL && (READ_ONCE(*word) & WORD_LINKED) != 0;
}

static int set_priority_fifo(struct domain *d, struct evtchn *chn, unsigned int priority)
{
	(void)d;
	if (priority > EVTCHN_FIFO_PRIORITY_MIN) {
		return -EINVAL;
	}
	/* Takes effect when the event is linked next. */
	chn->priority = (uint8_t)priority;
	return 0;
}

const struct evtchn_port_ops evtchn_fifo_ops = {
	.init = init_fifo,
	.set_pending = set_pending_fifo,
	.clear_pending = clear_pending_fifo,
	.unmask = unmask_fifo,
	.is_pending = is_pending_fifo,
	.is_masked = is_masked_fifo,
	.set_priority = set_priority_fifo,
	.is_busy = is_busy_fifo,
	.max_ports = max_ports_fifo,
};

/* A writable page of d where all CPUs see it, with a reference held. */
static void *map_guest_page(struct domain *d, uint64_t gfn, struct page_info **page)
{
	p2m_type_t t;
	struct page_info *pg = p2m_get_page(d, _gfn(gfn), &t, true);
	void *va;

	if (pg == NULL) {
		return NULL;
	}
	/* Another domain's page would be written long after its grant has ended. */
	if (!p2m_is_ram(t)) {
		put_page(pg);
		return NULL;
	}
	va = map_domain_page_global(page_to_mfn(pg));
	if (va == NULL) {
		put_page(pg);
		return NULL;
	}
	*page = pg;
	return va;
}

static void unmap_vcpu(struct vcpu *v)
{
	struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;

	if (fv == NULL) {
		return;
	}
	WRITE_ONCE(fv->control, NULL);
	v->evtchn_fifo = NULL;
	if (fv->map != NULL) {
		unmap_domain_page_global(fv->map);
		put_page(fv->page);
	}
	xfree(fv);
}

/* First init_control of a domain: queues for all vCPUs, no pages yet. [e] */
static int setup_domain(struct domain *d)
{
	struct evtchn_fifo_domain *f = xzalloc(struct evtchn_fifo_domain);
	struct vcpu *v;

	if (f == NULL) {
		return -ENOMEM;
	}
	for_each_vcpu(d, v) {
		v->evtchn_fifo = xzalloc(struct evtchn_fifo_vcpu);
		if (v->evtchn_fifo == NULL) {
			goto nomem;
		}
		for (unsigned int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
			spin_lock_init(&v->evtchn_fifo->queue[i].lock, LOCK_FIFO_QUEUE);
		}
	}
	/* What is pending the old way is remembered and raised when the port's array page comes. */
	for (unsigned int port = 1; port < d->valid_evtchns; port++) {
		struct evtchn *chn = evtchn_from_port(d, port);
		unsigned long flags;

		spin_lock_irqsave(&chn->lock, flags);
		if (chn->state != ECS_FREE && d->evtchn_port_ops->is_pending(d, chn)) {
			chn->pending = true;
		}
		chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		chn->last_priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		chn->last_vcpu_id = chn->notify_vcpu_id;
		spin_unlock_irqrestore(&chn->lock, flags);
	}
	d->evtchn_fifo = f;
	smp_store_release(&d->evtchn_port_ops, &evtchn_fifo_ops);
	return 0;

nomem:
	for_each_vcpu(d, v) {
		XFREE(v->evtchn_fifo);
	}
	xfree(f);
	return -ENOMEM;
}

int evtchn_fifo_init_control(struct evtchn_init_control *init)
{
	struct domain *d = current->domain;
	struct evtchn_fifo_vcpu *fv;
	struct vcpu *v;
	struct page_info *pg = NULL;
	void *map;
	int rc = 0;

	init->link_bits = EVTCHN_FIFO_LINK_BITS;
	memset(init->_pad, 0, sizeof(init->_pad));
	if (init->vcpu >= d->max_vcpus ||
		(v = d->vcpu[array_index_nospec(init->vcpu, d->max_vcpus)]) == NULL) {
		return -ENOENT;
	}
	if (init->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) ||
		(init->offset & 7) != 0) {
		return -EINVAL;
	}
	map = map_guest_page(d, init->control_gfn, &pg);
	if (map == NULL) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn_lock);
	if (d->is_dying != DOMDYING_alive) {
		rc = -EINVAL;
	} else if (d->evtchn_fifo == NULL) {
		rc = setup_domain(d);
	}
	if (rc == 0) {
		fv = v->evtchn_fifo;
		if (fv == NULL || fv->control != NULL) {
			rc = -EINVAL;
		} else {
			fv->page = pg;
			fv->map = map;
			memset((char *)map + init->offset, 0,
				sizeof(struct evtchn_fifo_control_block));
			smp_store_release(&fv->control,
				(struct evtchn_fifo_control_block *)((char *)map + init->offset));
		}
	}
	spin_unlock(&d->evtchn_lock);
	if (rc != 0) {
		unmap_domain_page_global(map);
		put_page(pg);
	}
	return rc;
}

int evtchn_fifo_expand_array(const struct evtchn_expand_array *expand)
{
	struct domain *d = current->domain;
	struct evtchn_fifo_domain *f;
	struct page_info *pg = NULL;
	uint32_t *map;
	unsigned int idx, first;
	int rc = 0;

	if (READ_ONCE(d->evtchn_fifo) == NULL) {
		return -EOPNOTSUPP;
	}
	map = map_guest_page(d, expand->array_gfn, &pg);
	if (map == NULL) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn_lock);
	f = d->evtchn_fifo;
	if (f == NULL) {
		rc = -EOPNOTSUPP;
	} else if (f->nr_pages >= MAX_PAGES || f->nr_pages * WORDS_PER_PAGE > d->max_evtchn_port) {
		rc = -ENOSPC;
	} else {
		idx = f->nr_pages;
		f->array[idx] = map;
		f->page[idx] = pg;
		smp_store_release(&f->nr_pages, idx + 1);
		first = idx * WORDS_PER_PAGE;
		for (unsigned int port = max(first, 1u);
			port < min((unsigned int)(first + WORDS_PER_PAGE), d->valid_evtchns);
			port++) {
			struct evtchn *chn = evtchn_from_port(d, port);
			unsigned long flags;

			spin_lock_irqsave(&chn->lock, flags);
			if (chn->pending) {
				chn->pending = false;
				evtchn_port_set_pending(d, chn->notify_vcpu_id, chn);
			}
			spin_unlock_irqrestore(&chn->lock, flags);
		}
	}
	spin_unlock(&d->evtchn_lock);
	if (rc != 0) {
		unmap_domain_page_global(map);
		put_page(pg);
	}
	return rc;
}

void evtchn_fifo_destroy(struct domain *d)
{
	struct evtchn_fifo_domain *f = d->evtchn_fifo;
	struct vcpu *v;

	if (f == NULL) {
		return;
	}
	/*
	 * All ports are closed; whoever works on one checks its state under its lock. No sender is
	 * left in the queues.
	 */
	evtchn_2l_init(d);
	d->evtchn_fifo = NULL;
	for_each_vcpu(d, v) {
		unmap_vcpu(v);
	}
	for (unsigned int i = 0; i < f->nr_pages; i++) {
		unmap_domain_page_global(f->array[i]);
		put_page(f->page[i]);
	}
	xfree(f);
}
