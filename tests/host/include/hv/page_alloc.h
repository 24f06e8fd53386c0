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

#endif
