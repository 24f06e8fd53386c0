/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's CPU policies, made once at boot, and the one that each domain carries. A domain's policy changes only before it first runs,
 * under the domctl lock with the domain paused; afterwards it is read without a lock.
 */
#include <hv/cpu_policy.h>

#include <xen/arch-x86/cpufeatureset.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <asm/cpuid.h>
#include <asm/msr.h>

#define MSR_ARCH_CAPABILITIES_NR 0x10au

struct cpu_policy host_cpu_policy __ro_after_init;
struct cpu_policy hvm_max_cpu_policy __ro_after_init;
struct cpu_policy hvm_default_cpu_policy __ro_after_init;

static __init void read_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *out)
{
	cpuid_count(leaf, subleaf, &out->a, &out->b, &out->c, &out->d);
}

__init void cpu_policy_init(void)
{
	cpu_policy_read(&host_cpu_policy, read_cpuid);
	host_cpu_policy.vendor = (uint8_t)boot_cpu_info.vendor;
	host_cpu_policy.maxphysaddr = boot_cpu_info.phys_bits;
	host_cpu_policy.hv_limit = host_cpu_policy.hv2_limit = 0;
	if (cpu_policy_has(&host_cpu_policy, XEN_X86_FEATURE_ARCH_CAPS) &&
		rdmsr_safe(MSR_ARCH_CAPABILITIES_NR, &host_cpu_policy.arch_caps) != 0) {
		host_cpu_policy.arch_caps = 0;
	}
	cpu_policy_make_max(&hvm_max_cpu_policy, &host_cpu_policy, xstate_max_xcr0());
	if (!hvm_ops->has_1g_pages) {
		hvm_max_cpu_policy.extd[1].d &= ~(1u << (XEN_X86_FEATURE_PAGE1GB % 32));
		cpu_policy_clamp(&hvm_max_cpu_policy, &hvm_max_cpu_policy);
	}
	cpu_policy_make_default(&hvm_default_cpu_policy, &hvm_max_cpu_policy, &host_cpu_policy);
}

int cpu_policy_domain_init(struct domain *d)
{
	struct cpu_policy *p = xmalloc(struct cpu_policy);

	if (p == NULL) {
		return -ENOMEM;
	}
	*p = hvm_default_cpu_policy;
	cpu_policy_set_topology(p, d->max_vcpus);
	/* The hardware domain never moves to another machine. */
	if (is_hardware_domain(d)) {
		p->extd[7].d |= hvm_max_cpu_policy.extd[7].d & (1u << (XEN_X86_FEATURE_ITSC % 32));
	}
	cpu_policy_recalculate(d, p);
	d->policy = p;
	return 0;
}

void cpu_policy_domain_fini(struct domain *d)
{
	xfree(d->policy);
	d->policy = NULL;
}

void cpu_policy_recalculate(struct domain *d, struct cpu_policy *p)
{
	(void)d;
	cpu_policy_clamp(p, &hvm_max_cpu_policy);
}
