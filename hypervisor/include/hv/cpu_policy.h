/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* CPUID policies: host, the most a guest may see (max) and the default; per domain as leaves. */
#ifndef HV_CPU_POLICY_H
#define HV_CPU_POLICY_H

#include <hv/types.h>
#include <xen/xen.h>
#include <hv/compiler.h>

struct domain;
struct vcpu;

#define CPU_POLICY_MAX_LEAVES 120
#define CPU_POLICY_NR_MSRS    2 /* 0xce PLATFORM_INFO, 0x10a ARCH_CAPABILITIES */
#define FEATURESET_NR_WORDS   19

struct cpuid_regs {
	uint32_t a, b, c, d;
};

/* Leaves as arrays by group, so that a look-up is an index. */
struct cpu_policy {
	struct cpuid_regs basic[0xe];  /* 0..0xd (4, 7, 0xb, 0xd: subleaf 0 here) */
	struct cpuid_regs cache[6];  /* leaf 4 subleaves */
	struct cpuid_regs feat[3];  /* leaf 7 subleaves */
	struct cpuid_regs topo[2];  /* leaf 0xb subleaves */
	struct cpuid_regs xstate[63];  /* leaf 0xd subleaves */
	struct cpuid_regs extd[0x22];  /* 0x80000000..0x80000021 */
	uint32_t hv_limit, hv2_limit;
	uint64_t platform_info, arch_caps;
	uint8_t vendor;    /* as struct cpu_info */
	/* derived */
	uint64_t cr4_valid, xcr0_max;
	unsigned int maxphysaddr;
	bool has_lm, has_nx, has_1g, has_x2apic, has_tsc_deadline, has_rdtscp, has_pcid, has_xsave,
		has_itsc, has_fsgsbase, has_smep, has_smap, has_la57, has_pku;
};

extern struct cpu_policy host_cpu_policy, hvm_max_cpu_policy, hvm_default_cpu_policy;

void cpu_policy_init(void);   /* BSP, after CPU feature detection and hvm probe */
int __must_check cpu_policy_domain_init(struct domain *d);
void cpu_policy_domain_fini(struct domain *d);
/* Recalculate the derived part and clamp to max; call after changes. */
void cpu_policy_recalculate(struct domain *d, struct cpu_policy *p);
/*
 * Pure parts (host-testable). cpu_policy_read: fill *p from a CPUID source, as much of it as the structure holds.
 * cpu_policy_clamp: take away from *p what max does not have, then all that depends on it; recompute what follows from the rest.
 * cpu_policy_make_max/default: what we can offer of *host / offer when nobody asks for more. xcr0: components that the hypervisor switches.
 * cpu_policy_compatible: -EINVAL when p asks for leaves that max does not have, with the culprit.
 */
typedef void (*cpuid_reader_t)(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *out);
void cpu_policy_read(struct cpu_policy *p, cpuid_reader_t reader);
void cpu_policy_clamp(struct cpu_policy *p, const struct cpu_policy *max);
void cpu_policy_make_max(struct cpu_policy *p, const struct cpu_policy *host, uint64_t xcr0);
void cpu_policy_make_default(
	struct cpu_policy *p, const struct cpu_policy *max, const struct cpu_policy *host);
int __must_check cpu_policy_compatible(const struct cpu_policy *max, const struct cpu_policy *p,
	uint32_t *err_leaf, uint32_t *err_subleaf, uint32_t *err_msr);
/* Topology fields for APIC id = 2 * vcpu_id, at least nr_vcpus of them in one package. */
void cpu_policy_set_topology(struct cpu_policy *p, unsigned int nr_vcpus);
/* Is a feature (XEN_X86_FEATURE_*) on? */
bool cpu_policy_has(const struct cpu_policy *p, unsigned int feature);
/* Bytes of a standard-format XSAVE area for the components in xcr0. */
uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0);
/* The leaf as stored (no per-vCPU dynamic bits). */
const struct cpuid_regs *cpu_policy_leaf(
	const struct cpu_policy *p, uint32_t leaf, uint32_t subleaf);
/* Per-vCPU APIC id etc. are patched by hvm_cpuid(). */

/* ABI serialisation. leaves: array in hypervisor memory. Returns number or -ENOBUFS. */
struct xen_cpuid_leaf;
struct xen_msr_entry;
int cpu_policy_to_leaves(
	const struct cpu_policy *p, struct xen_cpuid_leaf *leaves, unsigned int max);
int cpu_policy_from_leaves(struct cpu_policy *p, const struct xen_cpuid_leaf *leaves,
	unsigned int nr, uint32_t *err_leaf, uint32_t *err_subleaf);
int cpu_policy_to_msrs(const struct cpu_policy *p, struct xen_msr_entry *msrs, unsigned int max);
int cpu_policy_from_msrs(
	struct cpu_policy *p, const struct xen_msr_entry *msrs, unsigned int nr, uint32_t *err_msr);
void cpu_policy_featureset(const struct cpu_policy *p, uint32_t fs[FEATURESET_NR_WORDS]);
void cpu_policy_set_featureset(struct cpu_policy *p, const uint32_t fs[FEATURESET_NR_WORDS]);

/* cpu_features.c: the tables behind it. Bits that guests may have / have by default / that make no sense without another. */
extern const uint32_t cpu_features_max[FEATURESET_NR_WORDS],
	cpu_features_default[FEATURESET_NR_WORDS];
/* Present whatever the host has, because we emulate them. */
extern const uint32_t cpu_features_emulated[FEATURESET_NR_WORDS];
/* Clear every feature whose requirement is missing, transitively. */
void cpu_features_drop_orphans(uint32_t fs[FEATURESET_NR_WORDS]);

#endif
