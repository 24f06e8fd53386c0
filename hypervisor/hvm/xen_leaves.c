/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUID 0x40000000 and following: how a guest finds the hypervisor, its version, the hypercall-page
 * MSR, the facts about its TSC, and its own vCPU and domain numbers. Nothing here is locked.
 */
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/time.h>

#include <xen/arch-x86/cpuid.h>

#define XEN_LEAF_MAX  5u
#define XEN_VERSION   0x00040014u /* 4.20; the number of XENVER_version */
#define HYPERCALL_MSR 0x40000000u

static void tsc_leaf(struct vcpu *v, uint32_t subleaf, uint32_t out[4])
{
	const struct domain *d = v->domain;
	uint32_t khz = d->tsc_khz ? d->tsc_khz : time_scale.tsc_khz, mul;
	int8_t shift;

	switch (subleaf) {
	case 0:
		out[0] = (tsc_is_invariant ? 1u << 1 : 0) | (d->policy->has_rdtscp ? 1u << 2 : 0);
		out[1] = d->tsc_mode;
		out[2] = khz;
		out[3] = d->tsc_incarnation;
		break;
	case 1:
		time_set_scale(khz, &mul, &shift);
		out[0] = (uint32_t)d->vtsc_offset;
		out[1] = (uint32_t)(d->vtsc_offset >> 32);
		out[2] = mul;
		out[3] = (uint8_t)shift;
		break;
	case 2:
		out[0] = time_scale.tsc_khz;
		break;
	}
}

void hvm_xen_leaf(struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	const struct domain *d = v->domain;
	uint32_t limit = d->policy->hv_limit & 0xff;

	limit = limit == 0 || limit > XEN_LEAF_MAX ? XEN_LEAF_MAX : limit < 2 ? 2 : limit;
	out[0] = out[1] = out[2] = out[3] = 0;
	leaf &= 0xffff;
	if (leaf > limit) {
		return;
	}
	switch (leaf) {
	case 0:
		out[0] = 0x40000000u + limit;
		out[1] = XEN_CPUID_SIGNATURE_EBX;
		out[2] = XEN_CPUID_SIGNATURE_ECX;
		out[3] = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		out[0] = XEN_VERSION;
		break;
	case 2:
		out[0] = 1;
		out[1] = HYPERCALL_MSR;
		break;
	case 3:
		tsc_leaf(v, subleaf, out);
		break;
	case 4:
		if (subleaf == 0) {
			out[0] = XEN_HVM_CPUID_VCPU_ID_PRESENT | XEN_HVM_CPUID_DOMID_PRESENT |
				XEN_HVM_CPUID_UPCALL_VECTOR;
			if (domain_has_iommu(d->iommu_priv)) {
				out[0] |= XEN_HVM_CPUID_IOMMU_MAPPINGS;
			}
			out[1] = v->vcpu_id;
			out[2] = d->domain_id;
		}
		break;
	}
}
