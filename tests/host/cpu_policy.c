/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86/cpu_policy.c and its tables: reading a processor, what guests may see of it, the leaves' way
 * out and in, and leaves that must not be accepted.
 */
#include <hv/cpu_policy.h>
#include <hv/errno.h>

#include "host.h"

#include <string.h>

static void processor(uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	memset(r, 0, sizeof(*r));
	switch (leaf) {
	case 0:
		*r = (struct cpuid_regs){ 0xd, 0x68747541, 0x444d4163,
			0x69746e65 }; /* AuthenticAMD */
		break;
	case 1:
		*r = (struct cpuid_regs){ 0x800f11, 0x00010800, 0xfeffffff, 0xbfebfbff };
		break;
	case 7:
		if (sub == 0) {
			*r = (struct cpuid_regs){ 0, 0x209c01a9, 0x00000018, 0x10000000 };
		}
		break;
	case 0xd:
		if (sub == 0) {
			*r = (struct cpuid_regs){ 7, 832, 832, 0 };
		} else if (sub == 1) {
			r->a = 0xf;
		} else if (sub == 2) {
			*r = (struct cpuid_regs){ 256, 576, 0, 0 };
		}
		break;
	case 0x80000000:
		*r = (struct cpuid_regs){ 0x8000001f, 0x68747541, 0x444d4163, 0x69746e65 };
		break;
	case 0x80000001:
		*r = (struct cpuid_regs){ 0x800f11, 0, 0x75c237ff, 0x2fd3fbff };
		break;
	case 0x80000008:
		*r = (struct cpuid_regs){ 0x3030, 0x7, 0x700f, 0 };
		break;
	case 0x8000000a:
		*r = (struct cpuid_regs){ 1, 0x8000, 0, 0x1bcff };
		break;
	}
}

static struct cpu_policy host, max, def;

static int setup(void **state)
{
	(void)state;
	cpu_policy_read(&host, processor);
	cpu_policy_make_max(&max, &host, 7);
	cpu_policy_make_default(&def, &max, &host);
	return 0;
}

static void what_guests_see(void **state)
{
	const struct cpuid_regs *l1 = cpu_policy_leaf(&def, 1, 0);

	(void)state;
	assert_false(l1->c >> 5 & 1);     /* VMX */
	assert_false(l1->c >> 3 & 1);     /* MONITOR */
	assert_true(l1->c >> 21 & 1);     /* x2APIC, emulated */
	assert_true(l1->c >> 31);     /* hypervisor */
	assert_false(cpu_policy_leaf(&def, 0x80000001, 0)->c >> 2 & 1); /* SVM */
	assert_int_equal(
		cpu_policy_leaf(&def, 0x8000000a, 0) ? cpu_policy_leaf(&def, 0x8000000a, 0)->d : 0,
		0);
	assert_true(def.has_lm && def.has_nx && def.has_x2apic && def.has_xsave);
	assert_true(def.maxphysaddr >= 36 && def.maxphysaddr <= 48);
	assert_int_equal(cpu_policy_xsave_size(&def, 3), 576);
	assert_int_equal(cpu_policy_xsave_size(&def, 7), 832);
}

static void there_and_back(void **state)
{
	xen_cpuid_leaf_t *leaves = malloc(sizeof(*leaves) * CPU_POLICY_MAX_LEAVES);
	struct cpu_policy p = def;
	uint32_t el, es;
	int n;

	(void)state;
	n = cpu_policy_to_leaves(&def, leaves, CPU_POLICY_MAX_LEAVES);
	assert_true(n > 10 && n <= CPU_POLICY_MAX_LEAVES);
	for (int i = 0; i < n; i++) {
		xen_cpuid_leaf_t *few = malloc(sizeof(*few) * (size_t)(i ? i : 1));

		assert_int_equal(cpu_policy_to_leaves(&def, few, (unsigned int)i), -ENOBUFS);
		free(few);
	}
	assert_int_equal(cpu_policy_from_leaves(&p, leaves, (unsigned int)n, &el, &es), 0);
	assert_memory_equal(&p.basic, &def.basic, sizeof(p.basic));
	assert_memory_equal(&p.feat, &def.feat, sizeof(p.feat));
	assert_memory_equal(&p.extd, &def.extd, sizeof(p.extd));
	assert_int_equal(cpu_policy_compatible(&max, &p, &el, &es, &es), 0);
	leaves[0].leaf = 0x12345678;
	leaves[0].subleaf = 3;
	assert_true(cpu_policy_from_leaves(&p, leaves, 1, &el, &es) < 0);
	assert_int_equal(el, 0x12345678);
	assert_int_equal(es, 3);
	free(leaves);
}

static void never_more_than_max(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct cpu_policy p = def;
		xen_cpuid_leaf_t l[4];
		uint32_t el, es, fs[FEATURESET_NR_WORDS], ms[FEATURESET_NR_WORDS];

		for (int i = 0; i < 4; i++) {
			static const uint32_t leaf[] = { 0, 1, 4, 7, 0xb, 0xd, 0x80000000,
				0x80000001, 0x80000008, 0x80000021 };

			l[i].leaf = leaf[host_rnd() % 10];
			l[i].subleaf =
				host_rnd() & 1 ? XEN_CPUID_NO_SUBLEAF : (uint32_t)(host_rnd() % 70);
			l[i].a = (uint32_t)host_rnd();
			l[i].b = (uint32_t)host_rnd();
			l[i].c = (uint32_t)host_rnd();
			l[i].d = (uint32_t)host_rnd();
		}
		(void)!cpu_policy_from_leaves(&p, l, 4, &el, &es);
		cpu_policy_clamp(&p, &max);
		cpu_policy_featureset(&p, fs);
		cpu_policy_featureset(&max, ms);
		for (int i = 0; i < FEATURESET_NR_WORDS; i++) {
			assert_int_equal(fs[i] & ~ms[i], 0);
		}
		assert_true(p.maxphysaddr <= 52);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_guests_see),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(never_more_than_max),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
