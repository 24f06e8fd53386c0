/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI's forms of a CPU policy: feature words, and lists of CPUID leaves and MSRs as the toolstack reads and writes them. A list that
 * comes in is merged into a policy; whether the result is allowed is cpu_policy.c's business. Pure code without locking.
 */
#include <hv/cpu_policy.h>

#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/string.h>

#include "cpu_policy_priv.h"

void cpu_policy_featureset(const struct cpu_policy *p, uint32_t fs[FEATURESET_NR_WORDS])
{
	fs[0] = p->basic[1].d;
	fs[1] = p->basic[1].c;
	fs[2] = p->extd[1].d;
	fs[3] = p->extd[1].c;
	fs[4] = p->xstate[1].a;
	fs[5] = p->feat[0].b;
	fs[6] = p->feat[0].c;
	fs[7] = p->extd[7].d;
	fs[8] = p->extd[8].b;
	fs[9] = p->feat[0].d;
	fs[10] = p->feat[1].a;
	fs[11] = p->extd[0x21].a;
	fs[12] = p->feat[1].b;
	fs[13] = p->feat[2].d;
	fs[14] = p->feat[1].c;
	fs[15] = p->feat[1].d;
	fs[16] = (uint32_t)p->arch_caps;
	fs[17] = (uint32_t)(p->arch_caps >> 32);
	fs[18] = p->extd[0x21].c;
}

void cpu_policy_set_featureset(struct cpu_policy *p, const uint32_t fs[FEATURESET_NR_WORDS])
{
	p->basic[1].d = fs[0];
	p->basic[1].c = fs[1];
	p->extd[1].d = fs[2];
	p->extd[1].c = fs[3];
	p->xstate[1].a = fs[4];
	p->feat[0].b = fs[5];
	p->feat[0].c = fs[6];
	p->extd[7].d = fs[7];
	p->extd[8].b = fs[8];
	p->feat[0].d = fs[9];
	p->feat[1].a = fs[10];
	p->extd[0x21].a = fs[11];
	p->feat[1].b = fs[12];
	p->feat[2].d = fs[13];
	p->feat[1].c = fs[14];
	p->feat[1].d = fs[15];
	p->arch_caps = (uint64_t)fs[17] << 32 | fs[16];
	p->extd[0x21].c = fs[18];
}

bool cpu_policy_has(const struct cpu_policy *p, unsigned int feature)
{
	uint32_t fs[FEATURESET_NR_WORDS];

	cpu_policy_featureset(p, fs);
	return feature < FEATURESET_NR_WORDS * 32 && ((fs[feature / 32] >> (feature % 32)) & 1);
}

struct leaf_writer {
	struct xen_cpuid_leaf *leaves;
	unsigned int nr, max;
};

static void write_leaf(
	struct leaf_writer *w, uint32_t leaf, uint32_t subleaf, const struct cpuid_regs *r)
{
	if (w->nr < w->max) {
		w->leaves[w->nr] = (struct xen_cpuid_leaf){
			.leaf = leaf,
			.subleaf = subleaf,
			.a = r->a,
			.b = r->b,
			.c = r->c,
			.d = r->d,
		};
	}
	w->nr++;
}

static void write_subleaves(
	struct leaf_writer *w, uint32_t leaf, const struct cpuid_regs *r, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		write_leaf(w, leaf, i, &r[i]);
	}
}

int cpu_policy_to_leaves(
	const struct cpu_policy *p, struct xen_cpuid_leaf *leaves, unsigned int max)
{
	struct leaf_writer w = { .leaves = leaves, .max = max };
	struct cpuid_regs hv = { .a = p->hv_limit }, hv2 = { .a = p->hv2_limit };

	for (unsigned int i = 0; i < nr_basic(p); i++) {
		switch (i) {
		case 4:
			write_subleaves(&w, 4, p->cache, nr_cache(p));
			break;
		case 7:
			write_subleaves(&w, 7, p->feat, nr_feat(p));
			break;
		case 0xb:
			write_subleaves(&w, 0xb, p->topo, nr_topo(p));
			break;
		case 0xd: {
			uint64_t states = policy_xstates(p);

			write_subleaves(&w, 0xd, p->xstate, 2);
			for (unsigned int j = 2; j < NR_XSTATE; j++) {
				if ((states >> j) & 1) {
					write_leaf(&w, 0xd, j, &p->xstate[j]);
				}
			}
			break;
		}
		default:
			write_leaf(&w, i, XEN_CPUID_NO_SUBLEAF, &p->basic[i]);
		}
	}
	write_leaf(&w, 0x40000000u, XEN_CPUID_NO_SUBLEAF, &hv);
	write_leaf(&w, 0x40000100u, XEN_CPUID_NO_SUBLEAF, &hv2);
	for (unsigned int i = 0; i < nr_extd(p); i++) {
		write_leaf(&w, 0x80000000u + i, XEN_CPUID_NO_SUBLEAF, &p->extd[i]);
	}
	return w.nr <= w.max ? (int)w.nr : -ENOBUFS;
}

/* The place of a serialised leaf in *p, NULL when it has none. */
static struct cpuid_regs *leaf_slot(struct cpu_policy *p, uint32_t leaf, uint32_t subleaf)
{
	if (leaf < NR_BASIC) {
		switch (leaf) {
		case 4:
			return subleaf < NR_CACHE ? &p->cache[subleaf] : NULL;
		case 7:
			return subleaf < NR_FEAT ? &p->feat[subleaf] : NULL;
		case 0xb:
			return subleaf < NR_TOPO ? &p->topo[subleaf] : NULL;
		case 0xd:
			return subleaf < NR_XSTATE ? &p->xstate[subleaf] : NULL;
		default:
			return subleaf == XEN_CPUID_NO_SUBLEAF ? &p->basic[leaf] : NULL;
		}
	}
	leaf -= 0x80000000u;
	return leaf < NR_EXTD && subleaf == XEN_CPUID_NO_SUBLEAF ? &p->extd[leaf] : NULL;
}

int cpu_policy_from_leaves(struct cpu_policy *p, const struct xen_cpuid_leaf *leaves,
	unsigned int nr, uint32_t *err_leaf, uint32_t *err_subleaf)
{
	*err_leaf = *err_subleaf = XEN_CPUID_NO_SUBLEAF;
	for (unsigned int i = 0; i < nr; i++) {
		const struct xen_cpuid_leaf *l = &leaves[i];
		struct cpuid_regs *slot = leaf_slot(p, l->leaf, l->subleaf);

		if (slot != NULL) {
			*slot = (struct cpuid_regs){ l->a, l->b, l->c, l->d };
		} else if (l->leaf == 0x40000000u && l->subleaf == XEN_CPUID_NO_SUBLEAF) {
			p->hv_limit = l->a;
		} else if (l->leaf == 0x40000100u && l->subleaf == XEN_CPUID_NO_SUBLEAF) {
			p->hv2_limit = l->a;
		} else {
			*err_leaf = l->leaf;
			*err_subleaf = l->subleaf;
			return -ERANGE;
		}
	}
	return 0;
}

int cpu_policy_to_msrs(const struct cpu_policy *p, struct xen_msr_entry *msrs, unsigned int max)
{
	const struct xen_msr_entry all[CPU_POLICY_NR_MSRS] = {
		{ .idx = MSR_PLATFORM_INFO, .val = p->platform_info },
		{ .idx = MSR_ARCH_CAPABILITIES, .val = p->arch_caps },
	};

	if (max < CPU_POLICY_NR_MSRS) {
		return -ENOBUFS;
	}
	memcpy(msrs, all, sizeof(all));
	return CPU_POLICY_NR_MSRS;
}

int cpu_policy_from_msrs(
	struct cpu_policy *p, const struct xen_msr_entry *msrs, unsigned int nr, uint32_t *err_msr)
{
	*err_msr = XEN_CPUID_NO_SUBLEAF;
	for (unsigned int i = 0; i < nr; i++) {
		int rc = 0;

		if (msrs[i].flags != 0) {
			rc = -EINVAL;
		} else if (msrs[i].idx == MSR_PLATFORM_INFO) {
			rc = msrs[i].val > UINT32_MAX ? -EOVERFLOW : 0;
			p->platform_info = rc == 0 ? msrs[i].val : p->platform_info;
		} else if (msrs[i].idx == MSR_ARCH_CAPABILITIES) {
			p->arch_caps = msrs[i].val;
		} else {
			rc = -ERANGE;
		}
		if (rc != 0) {
			*err_msr = msrs[i].idx;
			return rc;
		}
	}
	return 0;
}
