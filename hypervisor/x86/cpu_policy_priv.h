/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* How many leaves of each group a policy really has; between the files that handle policies as data. */
#ifndef HV_CPU_POLICY_PRIV_H
#define HV_CPU_POLICY_PRIV_H

#include <hv/cpu_policy.h>
#include <hv/lib.h>

#define MSR_PLATFORM_INFO     0xceu
#define MSR_ARCH_CAPABILITIES 0x10au

#define NR_BASIC              ARRAY_SIZE(((struct cpu_policy *)0)->basic)
#define NR_CACHE              ARRAY_SIZE(((struct cpu_policy *)0)->cache)
#define NR_FEAT               ARRAY_SIZE(((struct cpu_policy *)0)->feat)
#define NR_TOPO               ARRAY_SIZE(((struct cpu_policy *)0)->topo)
#define NR_XSTATE             ARRAY_SIZE(((struct cpu_policy *)0)->xstate)
#define NR_EXTD               ARRAY_SIZE(((struct cpu_policy *)0)->extd)

_Static_assert(
	NR_BASIC + (NR_FEAT - 1) + (NR_CACHE - 1) + (NR_TOPO - 1) + (NR_XSTATE - 1) + NR_EXTD + 2 ==
		CPU_POLICY_MAX_LEAVES,
	"the ABI's largest policy");

static inline unsigned int nr_basic(const struct cpu_policy *p)
{
	return (unsigned int)min_t(size_t, p->basic[0].a, NR_BASIC - 1) + 1;
}

static inline unsigned int nr_extd(const struct cpu_policy *p)
{
	if ((p->extd[0].a >> 16) != 0x8000) {
		return 0;
	}
	return (unsigned int)min_t(size_t, p->extd[0].a & 0xffff, NR_EXTD - 1) + 1;
}

static inline unsigned int nr_feat(const struct cpu_policy *p)
{
	return nr_basic(p) > 7 ? (unsigned int)min_t(size_t, p->feat[0].a, NR_FEAT - 1) + 1 : 0;
}

/* Leaf 4 ends with the first entry of type 0, which is part of it. */
static inline unsigned int nr_cache(const struct cpu_policy *p)
{
	unsigned int i;

	for (i = 0; i < NR_CACHE - 1 && (p->cache[i].a & 0x1f) != 0; i++) {
	}
	return i + 1;
}

static inline unsigned int nr_topo(const struct cpu_policy *p)
{
	return (p->topo[0].c & 0xff00) != 0 ? NR_TOPO : 1;
}

static inline uint64_t policy_xstates(const struct cpu_policy *p)
{
	return ((uint64_t)(p->xstate[0].d | p->xstate[1].d) << 32) | p->xstate[0].a |
		p->xstate[1].c;
}

#endif
