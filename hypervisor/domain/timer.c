/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Per-CPU one-shot timers in a pairing heap (links inside struct timer, so that arming never
 * allocates and costs a handful of instructions). The LAPIC timer is programmed only when the
 * earliest deadline of the CPU changes; stopping leaves it programmed, because most timers are
 * armed again at once. Locking: one irq-safe lock a CPU; a timer belongs to the heap that t->cpu
 * names. Leaf lock but for the LAPIC.
 */
#include <hv/timer.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/spinlock.h>
#include <hv/time.h>

struct timer_base {
	spinlock_t lock;
	struct timer *root;
	struct timer *running;  /* callback in progress */
	int64_t programmed;  /* deadline the hardware knows, INT64_MAX none */
	unsigned int nr_armed;
};

static DEFINE_PER_CPU(struct timer_base, timer_bases);

/*
 * Two heaps into one: the later root becomes the first child of the earlier. Both roots have no
 * siblings.
 */
static struct timer *heap_meld(struct timer *a, struct timer *b)
{
	if (a == NULL) {
		return b;
	}
	if (b == NULL) {
		return a;
	}
	if (b->expires < a->expires) {
		swap(a, b);
	}
	b->next = a->child;
	if (b->next != NULL) {
		b->next->prev = b;
	}
	b->prev = a;
	a->child = b;
	return a;
}

/* Merge a list of siblings pairwise from the left, then all of them from the right. */
static struct timer *heap_merge_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *root = NULL;

	while (first != NULL) {
		struct timer *a = first, *b = a->next;

		first = b != NULL ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b != NULL) {
			b->next = b->prev = NULL;
		}
		a = heap_meld(a, b);
		a->next = pairs; /* a stack through next; undone below */
		pairs = a;
	}
	while (pairs != NULL) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = heap_meld(root, a);
	}
	return root;
}

static void heap_remove(struct timer_base *base, struct timer *t)
{
	struct timer *rest = heap_merge_siblings(t->child);

	if (base->root == t) {
		base->root = rest;
	} else {
		if (t->prev->child == t) {
			t->prev->child = t->next;
		} else {
			t->prev->next = t->next;
		}
		if (t->next != NULL) {
			t->next->prev = t->prev;
		}
		base->root = heap_meld(base->root, rest);
	}
	t->child = t->next = t->prev = NULL;
	t->armed = false;
	base->nr_armed--;
}

static void heap_insert(struct timer_base *base, struct timer *t)
{
	t->child = t->next = t->prev = NULL;
	t->armed = true;
	base->root = heap_meld(base->root, t);
	base->nr_armed++;
}

/* Lock the heap that t belongs to right now. */
static struct timer_base *timer_lock(struct timer *t, unsigned long *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timer_base *base = &per_cpu(timer_bases, cpu);

		spin_lock_irqsave(&base->lock, *flags);
		if (likely(t->cpu == cpu)) {
			return base;
		}
		spin_unlock_irqrestore(&base->lock, *flags);
	}
}

/* The root may have changed: tell this CPU's hardware, or ask the other CPU to do so. */
static void base_reprogram(struct timer_base *base, unsigned int cpu)
{
	int64_t deadline = base->root != NULL ? base->root->expires : INT64_MAX;

	if (deadline == base->programmed) {
		return;
	}
	if (cpu == smp_processor_id()) {
		base->programmed = deadline;
		lapic_timer_program(deadline);
	} else if (deadline < base->programmed) {
		cpu_raise_softirq(cpu, TIMER_SOFTIRQ);
	}
}

void init_timer(struct timer *t, void (*fn)(void *data), void *data, unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}

void set_timer(struct timer *t, int64_t expires_ns)
{
	unsigned long flags;
	struct timer_base *base = timer_lock(t, &flags);

	if (likely(!t->killed)) {
		if (t->armed) {
			heap_remove(base, t);
		}
		t->expires = expires_ns;
		heap_insert(base, t);
		if (base->root == t || base->programmed < base->root->expires) {
			base_reprogram(base, t->cpu);
		}
	}
	spin_unlock_irqrestore(&base->lock, flags);
}

void stop_timer(struct timer *t)
{
	unsigned long flags;
	struct timer_base *base;

	if (!READ_ONCE(t->armed)) {
		return;
	}
	base = timer_lock(t, &flags);
	if (t->armed) {
		heap_remove(base, t);
	}
	spin_unlock_irqrestore(&base->lock, flags);
}

void kill_timer(struct timer *t)
{
	unsigned long flags;
	struct timer_base *base;
	unsigned int cpu, self = smp_processor_id();

	if (t->fn == NULL) {
		return;
	}
	base = timer_lock(t, &flags);
	if (t->armed) {
		heap_remove(base, t);
	}
	t->killed = true;
	spin_unlock_irqrestore(&base->lock, flags);

	/* The callback may be under way on the CPU that the timer was on before a migration. */
	for_each_online_cpu(cpu) {
		while (cpu != self && READ_ONCE(per_cpu(timer_bases, cpu).running) == t) {
			cpu_relax();
		}
	}
}

void migrate_timer(struct timer *t, unsigned int new_cpu)
{
	struct timer_base *old, *new = &per_cpu(timer_bases, new_cpu);
	unsigned long flags;

	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);

		if (cpu == new_cpu) {
			return;
		}
		old = &per_cpu(timer_bases, cpu);
		flags = local_irq_save();
		spin_lock_pair(&old->lock, &new->lock);
		if (t->cpu == cpu) {
			break;
		}
		spin_unlock(&old->lock);
		spin_unlock(&new->lock);
		local_irq_restore(flags);
	}
	if (t->armed) {
		heap_remove(old, t);
		t->cpu = new_cpu;
		heap_insert(new, t);
		base_reprogram(new, new_cpu);
	} else {
		t->cpu = new_cpu;
	}
	spin_unlock(&old->lock);
	spin_unlock(&new->lock);
	local_irq_restore(flags);
}

int64_t timer_next_deadline(void)
{
	struct timer *root = READ_ONCE(this_cpu(timer_bases).root);

	return root != NULL ? root->expires : INT64_MAX;
}

unsigned int timer_count(unsigned int cpu)
{
	return per_cpu(timer_bases, cpu).nr_armed;
}

void timer_interrupt(void)
{
	raise_softirq(TIMER_SOFTIRQ);
}

static void timer_softirq(void)
{
	struct timer_base *base = this_cpu_ptr(timer_bases);
	unsigned int cpu = smp_processor_id();
	int64_t now = NOW();

	spin_lock_irq(&base->lock);
	/*
	 * What becomes due while the callbacks run waits for the next interrupt: a timer that
	 * rearms itself in the past cannot hold the CPU here.
	 */
	while (base->root != NULL && base->root->expires <= now) {
		struct timer *t = base->root;
		void (*fn)(void *data) = t->fn;
		void *data = t->data;

		heap_remove(base, t);
		WRITE_ONCE(base->running, t);
		spin_unlock_irq(&base->lock);
		fn(data);
		spin_lock_irq(&base->lock);
		WRITE_ONCE(base->running, NULL);
	}
	base->programmed = 0;
	base_reprogram(base, cpu);
	spin_unlock_irq(&base->lock);
}

void timer_cpu_init(unsigned int cpu)
{
	struct timer_base *base = &per_cpu(timer_bases, cpu);

	spin_lock_init(&base->lock, LOCK_TIMER);
	base->root = base->running = NULL;
	base->nr_armed = 0;
	base->programmed = INT64_MAX;
}

void timer_init(void)
{
	open_softirq(TIMER_SOFTIRQ, timer_softirq);
	lapic_set_timer_hook(timer_interrupt);
	timer_cpu_init(smp_processor_id());
}
