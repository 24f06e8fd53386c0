/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Frame numbers and addresses as distinct types, and the only conversions between them. */
#ifndef HV_ADDR_H
#define HV_ADDR_H

#include <hv/types.h>

#define PAGE_SHIFT       12
#define PAGE_SIZE        4096ul
#define PAGE_MASK        (~(PAGE_SIZE - 1))
#define PAGE_OFFSET_MASK (PAGE_SIZE - 1)
#define PAGE_ORDER_4K    0
#define PAGE_ORDER_2M    9
#define PAGE_ORDER_1G    18
#define SIZE_2M          (1ul << 21)
#define SIZE_1G          (1ul << 30)

#define PFN_DOWN(x)      ((uint64_t)(x) >> PAGE_SHIFT)
#define PFN_UP(x)        (((uint64_t)(x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PAGE_ALIGN(x)    (((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_OFFSET(x)   ((uint64_t)(x) & PAGE_OFFSET_MASK)

typedef struct {
	uint64_t v;
} gfn_t;
typedef struct {
	uint64_t v;
} mfn_t;
typedef uint64_t gpa_t;
typedef uint64_t maddr_t;

static inline gfn_t _gfn(uint64_t x)
{
	return (gfn_t){ x };
}
static inline uint64_t gfn_x(gfn_t g)
{
	return g.v;
}
static inline mfn_t _mfn(uint64_t x)
{
	return (mfn_t){ x };
}
static inline uint64_t mfn_x(mfn_t m)
{
	return m.v;
}
#define INVALID_GFN_RAW (~0ull)
#define INVALID_MFN_RAW (~0ull)
#define INVALID_GFN     ((gfn_t){ INVALID_GFN_RAW })
#define INVALID_MFN     ((mfn_t){ INVALID_MFN_RAW })

static inline gfn_t gfn_add(gfn_t g, uint64_t n)
{
	return _gfn(g.v + n);
}
static inline mfn_t mfn_add(mfn_t m, uint64_t n)
{
	return _mfn(m.v + n);
}
static inline bool gfn_eq(gfn_t a, gfn_t b)
{
	return a.v == b.v;
}
static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.v == b.v;
}
static inline bool gfn_valid_value(gfn_t g)
{
	return g.v != INVALID_GFN_RAW;
}

static inline gfn_t gpa_to_gfn(gpa_t a)
{
	return _gfn(a >> PAGE_SHIFT);
}
static inline gpa_t gfn_to_gpa(gfn_t g)
{
	return g.v << PAGE_SHIFT;
}
static inline mfn_t maddr_to_mfn(maddr_t a)
{
	return _mfn(a >> PAGE_SHIFT);
}
static inline maddr_t mfn_to_maddr(mfn_t m)
{
	return m.v << PAGE_SHIFT;
}

/* Smallest order whose block holds nr pages / size bytes. */
static inline unsigned int order_from_pages(uint64_t nr)
{
	return nr <= 1 ? 0 : 64u - (unsigned int)__builtin_clzll(nr - 1);
}
static inline unsigned int order_from_bytes(uint64_t size)
{
	return order_from_pages(PFN_UP(size));
}

#endif
