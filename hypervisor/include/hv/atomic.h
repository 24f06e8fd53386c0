/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Counters that several CPUs change. All read-modify-write forms are full barriers. */
#ifndef HV_ATOMIC_H
#define HV_ATOMIC_H

#include <hv/compiler.h>
#include <hv/types.h>

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	int64_t counter;
} atomic64_t;
#define ATOMIC_INIT(n) { (n) }

static inline int atomic_read(const atomic_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_RELAXED);
}
static inline void atomic_set(atomic_t *a, int n)
{
	__atomic_store_n(&a->counter, n, __ATOMIC_RELAXED);
}
static inline void atomic_inc(atomic_t *a)
{
	__atomic_fetch_add(&a->counter, 1, __ATOMIC_SEQ_CST);
}
static inline void atomic_dec(atomic_t *a)
{
	__atomic_fetch_sub(&a->counter, 1, __ATOMIC_SEQ_CST);
}
static inline void atomic_add(int n, atomic_t *a)
{
	__atomic_fetch_add(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline void atomic_sub(int n, atomic_t *a)
{
	__atomic_fetch_sub(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline int atomic_add_return(int n, atomic_t *a)
{
	return __atomic_add_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline int atomic_sub_return(int n, atomic_t *a)
{
	return __atomic_sub_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline int atomic_inc_return(atomic_t *a)
{
	return atomic_add_return(1, a);
}
static inline int atomic_dec_return(atomic_t *a)
{
	return atomic_sub_return(1, a);
}
static inline bool atomic_dec_and_test(atomic_t *a)
{
	return atomic_sub_return(1, a) == 0;
}
/* Returns the old value; stored only if it was old. */
static inline int atomic_cmpxchg(atomic_t *a, int old, int new_val)
{
	__atomic_compare_exchange_n(
		&a->counter, &old, new_val, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return old;
}
/* Add n unless the value is u; true when added. */
static inline bool atomic_add_unless(atomic_t *a, int n, int u)
{
	int old = atomic_read(a);

	while (old != u) {
		if (__atomic_compare_exchange_n(&a->counter, &old, old + n, false, __ATOMIC_SEQ_CST,
			    __ATOMIC_SEQ_CST)) {
			return true;
		}
	}
	return false;
}

static inline int64_t atomic64_read(const atomic64_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_RELAXED);
}
static inline void atomic64_set(atomic64_t *a, int64_t n)
{
	__atomic_store_n(&a->counter, n, __ATOMIC_RELAXED);
}
static inline int64_t atomic64_add_return(int64_t n, atomic64_t *a)
{
	return __atomic_add_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline void atomic64_inc(atomic64_t *a)
{
	__atomic_fetch_add(&a->counter, 1, __ATOMIC_SEQ_CST);
}

/* On plain scalars and pointers. cmpxchg returns the old value. */
#define xchg(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new_val)                                                              \
	({                                                                                    \
		__typeof__(*(p)) cx_old_ = (old);                                             \
		__atomic_compare_exchange_n(                                                  \
			(p), &cx_old_, (new_val), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		cx_old_;                                                                      \
	})

#define smp_mb()                __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()               __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()               __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

#endif
