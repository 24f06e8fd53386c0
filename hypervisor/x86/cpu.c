/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processors are, and the mode they run the hypervisor in: write protection, no-execute, SMEP, SMAP, and the page attribute table whose entry 1
 * is write-combining (hv/pagetable.h).
 */
#include <hv/cpu.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <asm/processor.h>

struct cpu_info boot_cpu_info __ro_after_init;
unsigned long hv_cr4 __ro_after_init;

/* Entries 0..3 WB, WC, UC-, UC; 4..7 the same but WP for WB. */
#define HV_PAT 0x0007010500070106ull

static void __init read_features(struct cpu_info *c)
{
	uint32_t a, b, cx, d;

	cpuid(1, &a, &b, &cx, &d);
	c->words[CPUFEAT_1_EDX] = d;
	c->words[CPUFEAT_1_ECX] = cx;
	c->family = (a >> 8) & 15;
	c->model = (a >> 4) & 15;
	c->stepping = a & 15;
	if (c->family == 15) {
		c->family += (a >> 20) & 0xff;
	}
	if (c->family >= 6) {
		c->model |= (a >> 12) & 0xf0;
	}
	if (c->max_leaf >= 6) {
		c->words[CPUFEAT_6_EAX] = cpuid_eax(6);
	}
	if (c->max_leaf >= 7) {
		cpuid_count(7, 0, &a, &b, &cx, &d);
		c->words[CPUFEAT_7_EBX] = b;
		c->words[CPUFEAT_7_ECX] = cx;
		c->words[CPUFEAT_7_EDX] = d;
		if (a >= 1) {
			cpuid_count(7, 1, &a, &b, &cx, &d);
			c->words[CPUFEAT_7_1_EAX] = a;
		}
	}
	if (c->max_leaf >= 0xd) {
		cpuid_count(0xd, 1, &a, &b, &cx, &d);
		c->words[CPUFEAT_D_1_EAX] = a;
	}
}

static void __init read_ext_features(struct cpu_info *c)
{
	uint32_t a, b, cx, d;

	cpuid(0x80000001, &a, &b, &cx, &d);
	c->words[CPUFEAT_8_1_EDX] = d;
	c->words[CPUFEAT_8_1_ECX] = cx;
	if (c->max_ext_leaf >= 0x80000004) {
		uint32_t *name = (uint32_t *)(void *)c->model_name;

		for (uint32_t i = 0; i < 3; i++, name += 4) {
			cpuid(0x80000002 + i, &name[0], &name[1], &name[2], &name[3]);
		}
	}
	if (c->max_ext_leaf >= 0x80000007) {
		c->words[CPUFEAT_8_7_EDX] = cpuid_edx(0x80000007);
	}
	c->phys_bits = 36;
	c->virt_bits = 48;
	if (c->max_ext_leaf >= 0x80000008) {
		cpuid(0x80000008, &a, &b, &cx, &d);
		c->phys_bits = a & 0xff;
		c->virt_bits = (a >> 8) & 0xff;
		c->words[CPUFEAT_8_8_EBX] = b;
	}
	if (c->max_ext_leaf >= 0x8000000a && (c->words[CPUFEAT_8_1_ECX] & 4) != 0) {
		cpuid(0x8000000a, &a, &b, &cx, &d);
		c->svm_rev = a & 0xff;
		c->svm_nasid = b;
		c->svm_features = d;
	}
}

void __init cpu_identify(void)
{
	struct cpu_info *c = &boot_cpu_info;
	uint32_t b, cx, d;

	cpuid(0, &c->max_leaf, &b, &cx, &d);
	memcpy(c->vendor_id, &b, 4);
	memcpy(c->vendor_id + 4, &d, 4);
	memcpy(c->vendor_id + 8, &cx, 4);
	if (strcmp(c->vendor_id, "AuthenticAMD") == 0) {
		c->vendor = CPU_VENDOR_AMD;
	} else if (strcmp(c->vendor_id, "GenuineIntel") == 0) {
		c->vendor = CPU_VENDOR_INTEL;
	} else if (strcmp(c->vendor_id, "HygonGenuine") == 0) {
		c->vendor = CPU_VENDOR_HYGON;
	}
	c->max_ext_leaf = cpuid_eax(0x80000000);
	read_features(c);
	read_ext_features(c);
	hv_cr4 = X86_CR4_PAE | X86_CR4_PGE | X86_CR4_DE | X86_CR4_MCE | X86_CR4_OSFXSR |
		X86_CR4_OSXMMEXCPT;
	hv_cr4 |= cpu_has_xsave ? X86_CR4_OSXSAVE : 0;
	hv_cr4 |= cpu_has_smep ? X86_CR4_SMEP : 0;
	hv_cr4 |= cpu_has_smap ? X86_CR4_SMAP : 0;
	hv_cr4 |= cpu_has(CPUFEAT_UMIP) ? X86_CR4_UMIP : 0;
	hv_cr4 |= cpu_has_fsgsbase ? X86_CR4_FSGSBASE : 0;
	printk("Processor: %s (%s family %u model %u stepping %u)%s%s\n",
		c->model_name[0] ? c->model_name : "unnamed", c->vendor_id, c->family, c->model,
		c->stepping, cpu_has_smep ? ", SMEP" : "", cpu_has_smap ? ", SMAP" : "");
}

void cpu_init(void)
{
	write_cr4(hv_cr4);
	write_cr0(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	if (cpu_has(CPUFEAT_PAT)) {
		wrmsr(MSR_PAT, HV_PAT);
	}
	__asm__ __volatile__("fninit");
}
