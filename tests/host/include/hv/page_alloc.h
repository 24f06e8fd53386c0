/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for hypervisor/include/hv/page_alloc.h on the host: machine addresses are the
 * process's own (tests map their data low).
 */
#ifndef TESTS_HOST_HV_PAGE_ALLOC_H
#define TESTS_HOST_HV_PAGE_ALLOC_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/types.h>

static inline void *maddr_to_hv_va(maddr_t a)
{
	return (void *)a;
}

/* The rest for files that hold tables; the test brings alloc and free, from low memory. */
static inline void *mfn_to_hv_va(mfn_t m)
{
	return maddr_to_hv_va(mfn_to_maddr(m));
}
static inline mfn_t hv_va_to_mfn(const void *va)
{
	return maddr_to_mfn((maddr_t)(uintptr_t)va);
}
void *alloc_hv_pages(unsigned int order);
void free_hv_pages(void *va, unsigned int order);

#endif
