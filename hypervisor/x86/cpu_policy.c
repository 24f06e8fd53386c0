/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU policies as data: reading one from a CPUID source, looking up a leaf, deriving what guests may see, clamping what a toolstack asks
 * for. Main type: struct cpu_policy. Pure code without locking or hardware access; the ABI's serial forms are in cpu_policy_serial.c, boot
 * and domains in cpu_policy_init.c, the feature tables in cpu_features.c.
 */
#include <hv/cpu_policy.h>

#include <xen/arch-x86/cpufeatureset.h>

#include <hv/addr.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/string.h>

#include "cpu_policy_priv.h"

/* Features that AMD repeats in leaf 0x80000001 EDX. */
#define COMMON_1D_MASK 0x0183f3ffu

#define XSTATE_FP      (1ull << 0)
#define XSTATE_SSE     (1ull << 1)
#define XSTATE_YMM     (1ull << 2)
#define XSTATE_AVX512  (7ull << 5)
#define XSTATE_PKRU    (1ull << 9)

static bool regs_equal_vendor(const struct cpuid_regs *r, const char *id)
{
	uint32_t w[3];

	memcpy(w, id, sizeof(w));
	return r->b == w[0] && r->d == w[1] && r->c == w[2];
}

static bool is_amd_like(const struct cpu_policy *p)
{
	return regs_equal_vendor(&p->basic[0], "AuthenticAMD") ||
		regs_equal_vendor(&p->basic[0], "HygonGenuine");
}

static bool is_intel_like(const struct cpu_policy *p)
{
	return regs_equal_vendor(&p->basic[0], "GenuineIntel") ||
		regs_equal_vendor(&p->basic[0], "CentaurHauls") ||
		regs_equal_vendor(&p->basic[0], "  Shanghai  ");
}

const struct cpuid_regs *cpu_policy_leaf(
	const struct cpu_policy *p, uint32_t leaf, uint32_t subleaf)
{
	static const struct cpuid_regs zero;

	if (leaf < NR_BASIC) {
		if (leaf > p->basic[0].a) {
			return &zero;
		}
		switch (leaf) {
		case 4:
			return subleaf < NR_CACHE ? &p->cache[subleaf] : &zero;
		case 7:
			return subleaf < NR_FEAT && subleaf <= p->feat[0].a ? &p->feat[subleaf] :
									      &zero;
		case 0xb:
			return subleaf < NR_TOPO ? &p->topo[subleaf] : &zero;
		case 0xd:
			return subleaf < NR_XSTATE ? &p->xstate[subleaf] : &zero;
		default:
			return &p->basic[leaf];
		}
	}
	leaf -= 0x80000000u;
	if (leaf < NR_EXTD && leaf <= (p->extd[0].a & 0xffff)) {
		return &p->extd[leaf];
	}
	return &zero;
}

void cpu_policy_read(struct cpu_policy *p, cpuid_reader_t reader)
{
	memset(p, 0, sizeof(*p));
	reader(0, 0, &p->basic[0]);
	for (unsigned int i = 1; i < nr_basic(p); i++) {
		if (i != 4 && i != 7 && i != 0xb && i != 0xd) {
			reader(i, 0, &p->basic[i]);
		}
	}
	reader(0x80000000u, 0, &p->extd[0]);
	for (unsigned int i = 1; i < nr_extd(p); i++) {
		reader(0x80000000u + i, 0, &p->extd[i]);
	}
	if (nr_basic(p) > 4 && !is_amd_like(p)) {
		for (unsigned int i = 0; i < NR_CACHE; i++) {
			reader(4, i, &p->cache[i]);
			if ((p->cache[i].a & 0x1f) == 0) {
				break;
			}
		}
	}
	if (nr_basic(p) > 7) {
		reader(7, 0, &p->feat[0]);
		for (unsigned int i = 1; i < nr_feat(p); i++) {
			reader(7, i, &p->feat[i]);
		}
	}
	if (nr_basic(p) > 0xb) {
		for (unsigned int i = 0; i < NR_TOPO; i++) {
			reader(0xb, i, &p->topo[i]);
		}
	}
	if (nr_basic(p) > 0xd && cpu_policy_has(p, XEN_X86_FEATURE_XSAVE)) {
		uint64_t states;

		reader(0xd, 0, &p->xstate[0]);
		reader(0xd, 1, &p->xstate[1]);
		states = policy_xstates(p);
		for (unsigned int i = 2; i < NR_XSTATE; i++) {
			if ((states >> i) & 1) {
				reader(0xd, i, &p->xstate[i]);
			}
		}
	}
	p->maxphysaddr = nr_extd(p) > 8 ? p->extd[8].a & 0xff : 36;
}

uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0)
{
	uint32_t size = 512 + 64;

	for (unsigned int i = 2; i < NR_XSTATE; i++) {
		if (((xcr0 >> i) & 1) && p->xstate[i].a != 0) {
			size = max(size, p->xstate[i].b + p->xstate[i].a);
		}
	}
	return size;
}

/* Leaf 0xd follows from the features: sizes and offsets are the hardware's, taken from max (which may be p itself). */
static void recalculate_xstate(struct cpu_policy *p, const struct cpu_policy *max)
{
	uint64_t states = XSTATE_FP | XSTATE_SSE;

	p->xcr0_max = 0;
	if (!cpu_policy_has(p, XEN_X86_FEATURE_XSAVE)) {
		memset(p->xstate, 0, sizeof(p->xstate));
		return;
	}
	if (cpu_policy_has(p, XEN_X86_FEATURE_AVX)) {
		states |= XSTATE_YMM;
	}
	if (cpu_policy_has(p, XEN_X86_FEATURE_AVX512F)) {
		states |= XSTATE_AVX512;
	}
	if (cpu_policy_has(p, XEN_X86_FEATURE_PKU)) {
		states |= XSTATE_PKRU;
	}
	for (unsigned int i = 2; i < NR_XSTATE; i++) {
		if ((states >> i) & 1) {
			/* ECX bit 1: 64-byte aligned in the compact form. */
			p->xstate[i] = (struct cpuid_regs){ max->xstate[i].a, max->xstate[i].b,
				max->xstate[i].c & 2, 0 };
		} else {
			p->xstate[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
		}
	}
	p->xcr0_max = states;
	/* EBX is of XCR0 at reset; the vCPU's value is patched in. */
	p->xstate[0] = (struct cpuid_regs){ (uint32_t)states, 512 + 64,
		cpu_policy_xsave_size(p, states), (uint32_t)(states >> 32) };
	p->xstate[1].b = (p->xstate[1].a & 2) != 0 ? p->xstate[0].b : 0;
	p->xstate[1].c = p->xstate[1].d = 0;
}

/* What common code asks often, as plain members. */
static void recalculate_derived(struct cpu_policy *p)
{
	const uint32_t d1 = p->basic[1].d, c1 = p->basic[1].c, b7 = p->feat[0].b, c7 = p->feat[0].c;
	uint64_t cr4 = 1u << 8; /* PCE */

	p->has_lm = (p->extd[1].d >> 29) & 1;
	p->has_nx = (p->extd[1].d >> 20) & 1;
	p->has_1g = (p->extd[1].d >> 26) & 1;
	p->has_rdtscp = (p->extd[1].d >> 27) & 1;
	p->has_pcid = (c1 >> 17) & 1;
	p->has_x2apic = (c1 >> 21) & 1;
	p->has_tsc_deadline = (c1 >> 24) & 1;
	p->has_xsave = (c1 >> 26) & 1;
	p->has_itsc = (p->extd[7].d >> 8) & 1;
	p->has_fsgsbase = b7 & 1;
	p->has_smep = (b7 >> 7) & 1;
	p->has_smap = (b7 >> 20) & 1;
	p->has_pku = (c7 >> 3) & 1;
	p->has_la57 = false;
	cr4 |= (d1 & (1u << 1)) != 0 ? 3u : 0; /* VME, PVI */
	cr4 |= (d1 & (1u << 4)) != 0 ? 1u << 2 : 0; /* TSD */
	cr4 |= (d1 & (1u << 2)) != 0 ? 1u << 3 : 0; /* DE */
	cr4 |= (d1 & (1u << 3)) != 0 ? 1u << 4 : 0; /* PSE */
	cr4 |= (d1 & (1u << 6)) != 0 ? 1u << 5 : 0; /* PAE */
	cr4 |= (d1 & (1u << 7)) != 0 ? 1u << 6 : 0; /* MCE */
	cr4 |= (d1 & (1u << 13)) != 0 ? 1u << 7 : 0; /* PGE */
	cr4 |= (d1 & (1u << 24)) != 0 ? 1u << 9 : 0; /* OSFXSR */
	cr4 |= (d1 & (1u << 25)) != 0 ? 1u << 10 : 0; /* OSXMMEXCPT */
	cr4 |= (c7 & (1u << 2)) != 0 ? 1u << 11 : 0; /* UMIP */
	cr4 |= p->has_fsgsbase ? 1u << 16 : 0;
	cr4 |= p->has_pcid ? 1u << 17 : 0;
	cr4 |= p->has_xsave ? 1u << 18 : 0;
	cr4 |= p->has_smep ? 1u << 20 : 0;
	cr4 |= p->has_smap ? 1u << 21 : 0;
	cr4 |= p->has_pku ? 1u << 22 : 0;
	p->cr4_valid = cr4;
}

/* Leaves without a feature bit of their own: keep what describes, drop what promises something we do not do. */
static void recalculate_plain_leaves(struct cpu_policy *p, const struct cpu_policy *max)
{
	bool amd = is_amd_like(max);
	unsigned int maxphys;

	/* The vendor and the hypercall instruction belong together. */
	p->basic[0].b = max->basic[0].b;
	p->basic[0].c = max->basic[0].c;
	p->basic[0].d = max->basic[0].d;
	p->vendor = max->vendor;
	p->basic[1].b &= 0x00ffff00u; /* CLFLUSH size, logical CPUs; APIC id and brand per vCPU */
	p->basic[2] = is_intel_like(max) ? p->basic[2] : (struct cpuid_regs){ 0, 0, 0, 0 };
	for (unsigned int i = 3; i < NR_BASIC; i++) {
		p->basic[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
	}
	if (amd) {
		memset(p->cache, 0, sizeof(p->cache));
	}
	for (unsigned int i = 0, end = 0; i < NR_CACHE; i++) {
		end |= (p->cache[i].a & 0x1f) == 0;
		if (end) {
			p->cache[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
		}
		p->cache[i].d &= 7;
	}
	memset(p->topo, 0, sizeof(p->topo));
	p->feat[1].b = p->feat[1].c = 0;
	p->feat[2].a = p->feat[2].b = p->feat[2].c = 0;

	p->extd[0].b = amd ? max->extd[0].b : 0;
	p->extd[0].c = amd ? max->extd[0].c : 0;
	p->extd[0].d = amd ? max->extd[0].d : 0;
	p->extd[1].a = amd ? p->extd[1].a : 0;
	p->extd[1].b = amd ? p->extd[1].b : 0;
	if (!amd) {
		p->extd[5] = (struct cpuid_regs){ 0, 0, 0, 0 };
		p->extd[6] = (struct cpuid_regs){ 0, 0, p->extd[6].c, 0 };
	}
	p->extd[7].a = p->extd[7].b = p->extd[7].c = 0;

	maxphys = p->extd[8].a & 0xff;
	if (maxphys == 0 || maxphys > max->maxphysaddr) {
		maxphys = max->maxphysaddr;
	}
	p->maxphysaddr = max(maxphys, 32u);
	p->extd[8].a = p->maxphysaddr | (p->has_lm ? 48u : 32u) << 8;
	p->extd[8].c &= amd ? 0x0000f0ffu : 0;
	p->extd[8].d = 0;
	for (unsigned int i = 9; i < NR_EXTD; i++) {
		if (!amd || (i != 0x19 && i != 0x1a && i != 0x21)) {
			p->extd[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
		}
	}
	p->extd[0x21].b = p->extd[0x21].d = 0;
}

/* Nothing may lie past the limits that the leaves themselves tell. */
static void trim_to_limits(struct cpu_policy *p)
{
	for (unsigned int i = nr_basic(p); i < NR_BASIC; i++) {
		p->basic[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
	}
	for (unsigned int i = nr_feat(p); i < NR_FEAT; i++) {
		p->feat[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
	}
	for (unsigned int i = nr_extd(p); i < NR_EXTD; i++) {
		p->extd[i] = (struct cpuid_regs){ 0, 0, 0, 0 };
	}
	if (nr_basic(p) <= 4) {
		memset(p->cache, 0, sizeof(p->cache));
	}
	if (nr_basic(p) <= 0xd) {
		p->basic[1].c &= ~(1u << (XEN_X86_FEATURE_XSAVE % 32));
		memset(p->xstate, 0, sizeof(p->xstate));
	}
}

void cpu_policy_clamp(struct cpu_policy *p, const struct cpu_policy *max)
{
	uint32_t fs[FEATURESET_NR_WORDS], max_fs[FEATURESET_NR_WORDS];

	p->basic[0].a = min(p->basic[0].a, max->basic[0].a);
	p->feat[0].a = min(p->feat[0].a, max->feat[0].a);
	p->extd[0].a = nr_extd(max) == 0 ?
		0 :
		0x80000000u | min(p->extd[0].a & 0xffff, max->extd[0].a & 0xffff);
	p->extd[0].a =
		nr_extd(max) != 0 && (p->extd[0].a & 0xffff) == 0 ? 0x80000000u : p->extd[0].a;
	trim_to_limits(p);

	cpu_policy_featureset(p, fs);
	cpu_policy_featureset(max, max_fs);
	for (unsigned int i = 0; i < FEATURESET_NR_WORDS; i++) {
		fs[i] &= max_fs[i];
	}
	if (is_amd_like(max)) {
		fs[2] &= ~COMMON_1D_MASK;
	}
	fs[1] |= 1u << (XEN_X86_FEATURE_HYPERVISOR % 32);
	fs[0] |= 1u << (XEN_X86_FEATURE_APIC % 32);
	cpu_features_drop_orphans(fs);
	if (is_amd_like(max)) {
		fs[2] |= fs[0] & COMMON_1D_MASK;
	}
	cpu_policy_set_featureset(p, fs);
	p->platform_info &= max->platform_info;
	recalculate_derived(p);
	recalculate_plain_leaves(p, max);
	recalculate_xstate(p, max);
	trim_to_limits(p);
	p->hv_limit &= 0xff;
	p->hv2_limit &= 0xff;
}

void cpu_policy_make_max(struct cpu_policy *p, const struct cpu_policy *host, uint64_t xcr0)
{
	uint32_t fs[FEATURESET_NR_WORDS];
	struct cpu_policy *limit = p;

	*p = *host;
	/* Leaf 0xb goes with x2APIC, which every guest has; the table ends at 0xd, 7.2 and 0x80000021. */
	p->basic[0].a = min_t(uint32_t, max_t(uint32_t, host->basic[0].a, 0xb), NR_BASIC - 1);
	p->feat[0].a = min_t(uint32_t, host->feat[0].a, NR_FEAT - 1);
	if (nr_extd(host) != 0) {
		p->extd[0].a = 0x80000000u | min_t(uint32_t, host->extd[0].a & 0xffff, NR_EXTD - 1);
	}
	cpu_policy_featureset(host, fs);
	for (unsigned int i = 0; i < FEATURESET_NR_WORDS; i++) {
		fs[i] = (fs[i] & cpu_features_max[i]) | cpu_features_emulated[i];
	}
	if ((xcr0 & (XSTATE_FP | XSTATE_SSE)) != (XSTATE_FP | XSTATE_SSE)) {
		fs[1] &= ~(1u << (XEN_X86_FEATURE_XSAVE % 32));
	}
	if ((xcr0 & XSTATE_YMM) == 0) {
		fs[1] &= ~(1u << (XEN_X86_FEATURE_AVX % 32));
	}
	if ((xcr0 & XSTATE_AVX512) != XSTATE_AVX512) {
		fs[5] &= ~(1u << (XEN_X86_FEATURE_AVX512F % 32));
	}
	if ((xcr0 & XSTATE_PKRU) == 0) {
		fs[6] &= ~(1u << (XEN_X86_FEATURE_PKU % 32));
	}
	/* Where TSX exists its three bits may be combined at will. */
	if (cpu_policy_has(host, XEN_X86_FEATURE_RTM)) {
		fs[5] |= 1u << (XEN_X86_FEATURE_HLE % 32);
		fs[9] |= 1u << (XEN_X86_FEATURE_RTM_ALWAYS_ABORT % 32);
	}
	cpu_policy_set_featureset(p, fs);
	p->platform_info = 0;
	p->hv_limit = p->hv2_limit = 0;
	cpu_policy_clamp(p, limit);
}

void cpu_policy_make_default(
	struct cpu_policy *p, const struct cpu_policy *max, const struct cpu_policy *host)
{
	uint32_t fs[FEATURESET_NR_WORDS];

	*p = *max;
	cpu_policy_featureset(max, fs);
	for (unsigned int i = 0; i < FEATURESET_NR_WORDS; i++) {
		fs[i] &=
			cpu_features_default[i] | (i == 2 && is_amd_like(max) ? COMMON_1D_MASK : 0);
	}
	if (cpu_policy_has(max, XEN_X86_FEATURE_RTM) &&
		cpu_policy_has(host, XEN_X86_FEATURE_RTM_ALWAYS_ABORT)) {
		fs[5] &= ~(1u << (XEN_X86_FEATURE_RTM % 32));
		fs[9] |= 1u << (XEN_X86_FEATURE_RTM_ALWAYS_ABORT % 32);
	}
	cpu_policy_set_featureset(p, fs);
	cpu_policy_clamp(p, max);
}

int cpu_policy_compatible(const struct cpu_policy *max, const struct cpu_policy *p,
	uint32_t *err_leaf, uint32_t *err_subleaf, uint32_t *err_msr)
{
	*err_leaf = *err_subleaf = *err_msr = XEN_CPUID_NO_SUBLEAF;
	if (p->basic[0].a > max->basic[0].a) {
		*err_leaf = 0;
	} else if (p->feat[0].a > max->feat[0].a) {
		*err_leaf = 7;
		*err_subleaf = 0;
	} else if (p->extd[0].a > max->extd[0].a) {
		*err_leaf = 0x80000000u;
	} else if ((p->platform_info & ~max->platform_info) != 0) {
		*err_msr = MSR_PLATFORM_INFO;
	} else if ((p->arch_caps & ~max->arch_caps) != 0) {
		*err_msr = MSR_ARCH_CAPABILITIES;
	} else {
		return 0;
	}
	return -EINVAL;
}

void cpu_policy_set_topology(struct cpu_policy *p, unsigned int nr_vcpus)
{
	unsigned int ids = 1u << order_from_pages(2ul * max(nr_vcpus, 1u));

	p->basic[1].d |= 1u << (XEN_X86_FEATURE_HTT % 32);
	p->basic[1].b = (p->basic[1].b & 0xff00ffffu) | min(ids, 128u) << 16;
	if (is_amd_like(p)) {
		p->extd[1].c &= ~(1u << (XEN_X86_FEATURE_CMP_LEGACY % 32));
		if (nr_extd(p) > 8) {
			p->extd[8].c = min(ids, 256u) - 1;
			p->extd[8].c |= (uint32_t)min(order_from_pages(ids), 7u) << 12;
		}
		return;
	}
	for (unsigned int i = 0; i < NR_CACHE; i++) {
		if ((p->cache[i].a & 0x1f) != 0) {
			p->cache[i].a &= 0x3fffu; /* no cache is shared, cores fill the package */
			p->cache[i].a |= (min(ids / 2, 64u) * 2 - 1) % 64 << 26;
		}
	}
}
