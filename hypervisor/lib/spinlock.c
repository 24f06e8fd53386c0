/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The waiting halves of the locks, and the checks of debug builds: a CPU that takes a lock it holds, a
 * lock used from both families, locks against their order (a bit a level for what this CPU holds; a
 * handler clears what it has set before the interrupted code goes on).
 */
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/rwlock.h>
#include <hv/spinlock.h>

#define RW_WRITE   (1u << 31)
#define RW_WAIT    (1u << 30)
#define RW_READERS (RW_WAIT - 1)

void spin_lock_slow(spinlock_t *l, uint16_t ticket)
{
	while (__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) != ticket) {
		cpu_relax();
	}
}

#ifndef NDEBUG
static DEFINE_PER_CPU(uint64_t, held_levels);
_Static_assert(LOCK_NR <= 64, "a word has a bit for each level");

static void check_order(unsigned int level)
{
	if (level != LOCK_UNORDERED && this_cpu(held_levels) >> level != 0) {
		/* Not once more for the message's own locks. */
		unsigned int held = 63 - (unsigned int)__builtin_clzl(this_cpu(held_levels));

		this_cpu(held_levels) = 0;
		panic("hypervisor: a lock of level %u is waited for with one of level %u held (hv/lock_order.h), at %p",
			level, held, __builtin_return_address(0));
	}
}

static void level_taken(unsigned int level)
{
	this_cpu(held_levels) |= (uint64_t)(level != LOCK_UNORDERED) << level;
}

static void level_dropped(unsigned int level)
{
	this_cpu(held_levels) &= ~(1ull << level);
}

void spin_debug_acquire(spinlock_t *l, bool irq_form)
{
	int8_t use = irq_form ? 1 : (local_irq_is_enabled() ? -1 : 0);

	/* A plain lock taken while interrupts happen to be off says nothing. */
	if (use != 0) {
		if (l->irq_use == 0) {
			l->irq_use = use;
		} else if (l->irq_use != use) {
			hv_bug(__FILE__, __LINE__,
				"lock taken both with interrupts on and in the irq-safe form");
		}
	}
	if (l->holder == smp_processor_id() + 1 && spin_is_locked(l)) {
		hv_bug(__FILE__, __LINE__, "lock taken twice by one CPU");
	}
	check_order(l->level);
}

void spin_debug_acquired(spinlock_t *l)
{
	level_taken(l->level);
	l->holder = (uint16_t)(smp_processor_id() + 1);
}

void spin_debug_release(spinlock_t *l)
{
	if (l->holder != smp_processor_id() + 1) {
		hv_bug(__FILE__, __LINE__, "lock released by a CPU that does not hold it");
	}
	l->holder = 0;
	level_dropped(l->level);
}
#else
#define check_order(level)   ((void)0)
#define level_taken(level)   ((void)0)
#define level_dropped(level) ((void)0)
#endif

void spin_lock_second(spinlock_t *l)
{
	level_dropped(l->level);
	spin_lock(l);
}

void spin_lock_pair(spinlock_t *a, spinlock_t *b)
{
	if (a > b) {
		swap(a, b);
	}
	spin_lock(a);
	if (a != b) {
		spin_lock_second(b);
	}
}

void spin_unlock_pair(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}

bool read_trylock(rwlock_t *l)
{
	uint32_t old = __atomic_load_n(&l->state, __ATOMIC_RELAXED);

	return (old & (RW_WRITE | RW_WAIT)) == 0 &&
		__atomic_compare_exchange_n(
			&l->state, &old, old + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void read_lock(rwlock_t *l)
{
	check_order(l->level);
	while (!read_trylock(l)) {
#ifndef NDEBUG
		if (l->writer == smp_processor_id() + 1) {
			hv_bug(__FILE__, __LINE__, "read lock wanted by its writer");
		}
#endif
		cpu_relax();
	}
	level_taken(l->level);
}

void read_unlock(rwlock_t *l)
{
	level_dropped(l->level);
	uint32_t old = __atomic_fetch_sub(&l->state, 1, __ATOMIC_RELEASE);

	ASSERT((old & RW_READERS) != 0);
	(void)old;
}

void write_lock(rwlock_t *l)
{
	check_order(l->level);
	for (;;) {
		uint32_t old = __atomic_load_n(&l->state, __ATOMIC_RELAXED);

		if ((old & (RW_WRITE | RW_READERS)) == 0) {
			if (__atomic_compare_exchange_n(&l->state, &old, RW_WRITE, false,
				    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
				break;
			}
			continue;
		}
#ifndef NDEBUG
		if (l->writer == smp_processor_id() + 1) {
			hv_bug(__FILE__, __LINE__, "write lock taken twice by one CPU");
		}
#endif
		if ((old & RW_WAIT) == 0) {
			__atomic_fetch_or(&l->state, RW_WAIT, __ATOMIC_RELAXED);
		}
		cpu_relax();
	}
#ifndef NDEBUG
	l->writer = (uint16_t)(smp_processor_id() + 1);
#endif
	level_taken(l->level);
}

void write_unlock(rwlock_t *l)
{
	level_dropped(l->level);
#ifndef NDEBUG
	ASSERT(l->writer == smp_processor_id() + 1);
	l->writer = 0;
#endif
	__atomic_fetch_and(&l->state, ~RW_WRITE, __ATOMIC_RELEASE);
}

bool rw_is_locked(const rwlock_t *l)
{
	return (__atomic_load_n(&l->state, __ATOMIC_RELAXED) & (RW_WRITE | RW_READERS)) != 0;
}

bool rw_is_write_locked(const rwlock_t *l)
{
	return (__atomic_load_n(&l->state, __ATOMIC_RELAXED) & RW_WRITE) != 0;
}
