/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The waiting halves of the locks, and the checks of debug builds: a CPU that takes a lock it holds, a lock used from both families.
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
}

void spin_debug_acquired(spinlock_t *l)
{
	l->holder = (uint16_t)(smp_processor_id() + 1);
}

void spin_debug_release(spinlock_t *l)
{
	if (l->holder != smp_processor_id() + 1) {
		hv_bug(__FILE__, __LINE__, "lock released by a CPU that does not hold it");
	}
	l->holder = 0;
}
#endif

void spin_lock_pair(spinlock_t *a, spinlock_t *b)
{
	if (a > b) {
		swap(a, b);
	}
	spin_lock(a);
	if (a != b) {
		spin_lock(b);
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
	while (!read_trylock(l)) {
#ifndef NDEBUG
		if (l->writer == smp_processor_id() + 1) {
			hv_bug(__FILE__, __LINE__, "read lock wanted by its writer");
		}
#endif
		cpu_relax();
	}
}

void read_unlock(rwlock_t *l)
{
	uint32_t old = __atomic_fetch_sub(&l->state, 1, __ATOMIC_RELEASE);

	ASSERT((old & RW_READERS) != 0);
	(void)old;
}

void write_lock(rwlock_t *l)
{
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
	l->writer = smp_processor_id() + 1;
#endif
}

void write_unlock(rwlock_t *l)
{
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
