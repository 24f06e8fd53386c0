/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86/cpu_policy*.c: arbitrary leaves and MSRs written to a policy; after the clamp nothing is left
 * that the maximum does not have, and the policy can be written out again.
 */
#include <hv/cpu_policy.h>

#include "fuzz.h"

static void processor(uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	memset(r, 0, sizeof(*r));
	switch (leaf) {
	case 0:
		*r = (struct cpuid_regs){ 0xd, 0x68747541, 0x444d4163, 0x69746e65 };
		break;
	case 1:
		*r = (struct cpuid_regs){ 0x800f11, 0x00010800, 0x7effffff, 0xbfebfbff };
		break;
	case 7:
		r->b = sub ? 0 : 0x209c01a9;
		break;
	case 0xd:
		*r = sub == 0    ? (struct cpuid_regs){ 7, 832, 832, 0 } :
			sub == 2 ? (struct cpuid_regs){ 256, 576, 0, 0 } :
				   (struct cpuid_regs){ 0 };
		break;
	case 0x80000000:
		*r = (struct cpuid_regs){ 0x8000001f, 0x68747541, 0x444d4163, 0x69746e65 };
		break;
	case 0x80000001:
		*r = (struct cpuid_regs){ 0x800f11, 0, 0x75c237ff, 0x2fd3fbff };
		break;
	case 0x80000008:
		r->a = 0x3030;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cpu_policy host, max, def;
	static bool ready;
	struct cpu_policy p;
	uint32_t el, es, em, fs[FEATURESET_NR_WORDS], ms[FEATURESET_NR_WORDS];
	size_t nr = size / sizeof(xen_cpuid_leaf_t);
	xen_cpuid_leaf_t *in, out[CPU_POLICY_MAX_LEAVES];
	xen_msr_entry_t *msrs;

	if (!ready) {
		cpu_policy_read(&host, processor);
		cpu_policy_make_max(&max, &host, 7);
		cpu_policy_make_default(&def, &max, &host);
		ready = true;
	}
	if (nr > 200) {
		return 0;
	}
	in = (void *)exact_copy(data, nr * sizeof(*in));
	p = def;
	(void)!cpu_policy_from_leaves(&p, in, (unsigned int)nr, &el, &es);
	free(in);
	nr = size / sizeof(*msrs);
	msrs = (void *)exact_copy(data, nr * sizeof(*msrs));
	(void)!cpu_policy_from_msrs(&p, msrs, (unsigned int)nr, &em);
	free(msrs);
	(void)!cpu_policy_compatible(&max, &p, &el, &es, &em);
	cpu_policy_clamp(&p, &max);
	cpu_policy_featureset(&p, fs);
	cpu_policy_featureset(&max, ms);
	for (int i = 0; i < FEATURESET_NR_WORDS; i++) {
		REQUIRE(!(fs[i] & ~ms[i]));
	}
	REQUIRE(cpu_policy_to_leaves(&p, out, CPU_POLICY_MAX_LEAVES) > 0);
	(void)cpu_policy_xsave_size(&p, ~0ull);
	return 0;
}
