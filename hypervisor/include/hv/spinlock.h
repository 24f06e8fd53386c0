/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Fair (ticket) spinlocks. Debug builds record the holder, and stop on self-deadlock, on a lock that is
 * taken by an _irq form and by the plain form with interrupts on, and on an order against
 * hv/lock_order.h. Use one family per lock: plain, or _irq/_irqsave everywhere.
 */
#ifndef HV_SPINLOCK_H
#define HV_SPINLOCK_H

#include <hv/compiler.h>
#include <hv/lock_order.h>
#include <hv/types.h>
#include <asm/irqflags.h>

typedef struct spinlock {
	union {
		uint32_t word;
		struct {
			uint16_t head;  /* served now */
			uint16_t tail;  /* next ticket */
		};
	};
#ifndef NDEBUG
	uint16_t holder; /* CPU + 1, 0 free */
	int8_t irq_use; /* 0 unknown, 1 taken by _irq forms, -1 plain with interrupts on */
	uint8_t level; /* enum lock_level */
#endif
} spinlock_t;

#ifndef NDEBUG
#define SPINLOCK_INIT(level_) { .level = (level_) }
#else
#define SPINLOCK_INIT(level_) { .word = 0 }
#endif
#define DEFINE_SPINLOCK(l, level_) spinlock_t l = SPINLOCK_INIT(level_)

void spin_lock_slow(spinlock_t *l, uint16_t ticket);

#ifndef NDEBUG
void spin_debug_acquire(spinlock_t *l, bool irq_form); /* before waiting */
void spin_debug_acquired(spinlock_t *l);
void spin_debug_release(spinlock_t *l);
#else
static inline void spin_debug_acquire(spinlock_t *l, bool irq_form)
{
	(void)l;
	(void)irq_form;
}
static inline void spin_debug_acquired(spinlock_t *l)
{
	(void)l;
}
static inline void spin_debug_release(spinlock_t *l)
{
	(void)l;
}
#endif

static inline void spin_lock_init(spinlock_t *l, enum lock_level level)
{
	(void)level;
	*l = (spinlock_t)SPINLOCK_INIT(level);
}
static inline void spin_lock_form_(spinlock_t *l, bool irq_form)
{
	uint32_t old;

	spin_debug_acquire(l, irq_form);
	old = __atomic_fetch_add(&l->word, 1u << 16, __ATOMIC_ACQUIRE);
	if (unlikely((uint16_t)(old >> 16) != (uint16_t)old)) {
		spin_lock_slow(l, (uint16_t)(old >> 16));
	}
	spin_debug_acquired(l);
}
static inline void spin_lock(spinlock_t *l)
{
	spin_lock_form_(l, false);
}
static inline void spin_unlock(spinlock_t *l)
{
	spin_debug_release(l);
	__atomic_store_n(&l->head, (uint16_t)(l->head + 1), __ATOMIC_RELEASE);
}
static inline bool __must_check spin_trylock(spinlock_t *l)
{
	uint32_t old = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	if ((uint16_t)(old >> 16) != (uint16_t)old ||
		!__atomic_compare_exchange_n(&l->word, &old, old + (1u << 16), false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		return false;
	}
	spin_debug_acquired(l);
	return true;
}
static inline bool spin_is_locked(const spinlock_t *l)
{
	uint32_t w = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	return (uint16_t)(w >> 16) != (uint16_t)w;
}
static inline void spin_lock_irq(spinlock_t *l)
{
	local_irq_disable();
	spin_lock_form_(l, true);
}
static inline void spin_unlock_irq(spinlock_t *l)
{
	spin_unlock(l);
	local_irq_enable();
}
#define spin_lock_irqsave(l, flags)         \
	do {                                \
		(flags) = local_irq_save(); \
		spin_lock_form_((l), true); \
	} while (0)
#define spin_unlock_irqrestore(l, flags)  \
	do {                              \
		spin_unlock(l);           \
		local_irq_restore(flags); \
	} while (0)
#define spin_irqrestore(l, flags) spin_unlock_irqrestore((l), (flags))
/* A lock of the kind that this CPU holds one of already, at a lower address. Any other order: trylock. */
void spin_lock_second(spinlock_t *l);
/* Two locks of a kind, lower address first; a == b takes it once. */
void spin_lock_pair(spinlock_t *a, spinlock_t *b);
void spin_unlock_pair(spinlock_t *a, spinlock_t *b);

#endif
