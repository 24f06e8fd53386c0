/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Reader-writer locks; a waiting writer holds back new readers. Not recursive, not for interrupt context. */
#ifndef HV_RWLOCK_H
#define HV_RWLOCK_H

#include <hv/compiler.h>
#include <hv/lock_order.h>
#include <hv/types.h>

typedef struct rwlock {
	uint32_t state; /* bit 31: written; bit 30: a writer waits; rest: number of readers */
#ifndef NDEBUG
	uint16_t writer; /* CPU + 1 */
	uint8_t level; /* enum lock_level */
#endif
} rwlock_t;

static inline void rwlock_init(rwlock_t *l, enum lock_level level)
{
	*l = (rwlock_t){ .state = 0 };
#ifndef NDEBUG
	l->level = level;
#endif
	(void)level;
}
void read_lock(rwlock_t *l);
void read_unlock(rwlock_t *l);
bool __must_check read_trylock(rwlock_t *l);
void write_lock(rwlock_t *l);
void write_unlock(rwlock_t *l);
bool rw_is_locked(const rwlock_t *l);
bool rw_is_write_locked(const rwlock_t *l);
static inline bool rw_is_write_locked_by_me(const rwlock_t *l)
{
	return rw_is_write_locked(l);
}

#endif
