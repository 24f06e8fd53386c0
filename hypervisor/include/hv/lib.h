/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Assertions and small arithmetic macros. BUG_ON is for our own mistakes and never reachable from guest input. */
#ifndef HV_LIB_H
#define HV_LIB_H

#include <hv/compiler.h>
#include <hv/types.h>

/* Stop the machine with one sentence on all consoles. Any context. */
void panic(const char *fmt, ...) __noreturn __cold __printf(1, 2);
/* Behind BUG() and ASSERT(). */
void hv_bug(const char *file, int line, const char *what) __noreturn __cold;
void hv_warn(const char *file, int line, const char *what) __cold;

#define BUG() hv_bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(c)                                       \
	do {                                            \
		if (unlikely(c)) {                      \
			hv_bug(__FILE__, __LINE__, #c); \
		}                                       \
	} while (0)
/* Evaluates to the condition. */
#define WARN_ON(c)                                       \
	({                                               \
		bool hv_warn_c_ = !!(c);                 \
		if (unlikely(hv_warn_c_)) {              \
			hv_warn(__FILE__, __LINE__, #c); \
		}                                        \
		hv_warn_c_;                              \
	})
#define WARN() hv_warn(__FILE__, __LINE__, "WARN")
#ifndef NDEBUG
#define ASSERT(c)                                                            \
	do {                                                                 \
		if (unlikely(!(c))) {                                        \
			hv_bug(__FILE__, __LINE__, "assertion failed: " #c); \
		}                                                            \
	} while (0)
#define ASSERT_UNREACHABLE() hv_bug(__FILE__, __LINE__, "unreachable")
#else
#define ASSERT(c)               \
	do {                    \
		if (0 && (c)) { \
		}               \
	} while (0)
#define ASSERT_UNREACHABLE() \
	do {                 \
	} while (0)
#endif
#define BUILD_BUG_ON(c) _Static_assert(!(c), "!(" #c ")")
#ifndef static_assert
#define static_assert _Static_assert
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* The counter keeps nested uses from shadowing each other's temporaries. */
#define HV_CMP_1_(ta, a, tb, b, op, n)                      \
	({                                                  \
		ta hv_a_##n = (a);                          \
		tb hv_b_##n = (b);                          \
		hv_a_##n op hv_b_##n ? hv_a_##n : hv_b_##n; \
	})
#define HV_CMP_(ta, a, tb, b, op, n) HV_CMP_1_(ta, a, tb, b, op, n)
#define min(a, b)                    HV_CMP_(__typeof__(a), a, __typeof__(b), b, <, __COUNTER__)
#define max(a, b)                    HV_CMP_(__typeof__(a), a, __typeof__(b), b, >, __COUNTER__)
#define min_t(t, a, b)               HV_CMP_(t, a, t, b, <, __COUNTER__)
#define max_t(t, a, b)               HV_CMP_(t, a, t, b, >, __COUNTER__)
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#define clamp(x, lo, hi) min(max((x), (lo)), (hi))
#define swap(a, b)                           \
	do {                                 \
		__typeof__(a) swap_t_ = (a); \
		(a) = (b);                   \
		(b) = swap_t_;               \
	} while (0)
#define DIV_ROUND_UP(n, d)            (((n) + (d) - 1) / (d))
/* Powers of two only. */
#define ROUND_UP(x, a)                (((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define ROUND_DOWN(x, a)              ((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)              (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define IS_POWER_OF_2(x)              ((x) != 0 && ((x) & ((x) - 1)) == 0)
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

#define BIT(n)                        (1ul << (n))
#define BIT_ULL(n)                    (1ull << (n))
#define GENMASK(h, l)                 ((~0ul >> (63 - (h))) & (~0ul << (l)))
/* floor(log2(x)) of a non-zero x; ceil form for orders. */
#define ILOG2(x)                      (63u - (unsigned int)__builtin_clzll((unsigned long long)(x)))
static inline unsigned int ilog2_ceil(uint64_t x)
{
	return x <= 1 ? 0 : ILOG2(x - 1) + 1;
}

#define KB(n) ((uint64_t)(n) << 10)
#define MB(n) ((uint64_t)(n) << 20)
#define GB(n) ((uint64_t)(n) << 30)

/* Heap sort of n elements in place; no allocation. */
void sort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b));
/* Text to number; base 0 follows 0x/0 prefixes. *end is set to the first character not used. */
unsigned long long strtoull(const char *s, const char **end, unsigned int base);
long long strtoll(const char *s, const char **end, unsigned int base);

#endif
