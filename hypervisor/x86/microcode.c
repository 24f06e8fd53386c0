/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Applies a microcode update, on the boot CPU first and on each other CPU when it starts (decision 13: dom0 cannot do it below itself). An update that the
 * processor does not take is a warning. The chosen update is copied to hypervisor memory, which is contiguous and stays.
 */
#include <hv/boot_info.h>
#include <hv/cpu.h>
#include <hv/lib.h>
#include <hv/microcode.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/msr_index.h>

#define MSR_INTEL_PLATFORM_ID 0x17
#define MSR_INTEL_UCODE_WRITE 0x79
#define MSR_AMD_PATCH_LOADER  0xc0010020

static const void *update __ro_after_init;
static uint32_t update_revision __ro_after_init;

void microcode_revision(struct ucode_cpu *out)
{
	uint32_t a, b, c, d;
	uint64_t val = 0;

	cpuid(1, &a, &b, &c, &d);
	*out = (struct ucode_cpu){
		.is_amd = boot_cpu_info.vendor == CPU_VENDOR_AMD ||
			boot_cpu_info.vendor == CPU_VENDOR_HYGON,
		.is_intel = boot_cpu_info.vendor == CPU_VENDOR_INTEL,
		.signature = a,
	};
	if (out->is_intel) {
		/* SDM 3A, 9.11.7.1: write 0, CPUID, then the revision is in the upper half. */
		if (wrmsr_safe(MSR_UCODE_REV, 0) != 0) {
			return;
		}
		cpuid(1, &a, &b, &c, &d);
		if (rdmsr_safe(MSR_UCODE_REV, &val) == 0) {
			out->revision = (uint32_t)(val >> 32);
		}
		if (rdmsr_safe(MSR_INTEL_PLATFORM_ID, &val) == 0) {
			out->platform = 1u << ((val >> 50) & 7);
		}
	} else if (out->is_amd && rdmsr_safe(MSR_UCODE_REV, &val) == 0) {
		out->revision = (uint32_t)val;
	}
}

void microcode_cpu(void)
{
	struct ucode_cpu cpu;
	int rc;

	if (update == NULL) {
		return;
	}
	microcode_revision(&cpu);
	if (cpu.revision >= update_revision) {
		return;
	}
	rc = wrmsr_safe(cpu.is_intel ? MSR_INTEL_UCODE_WRITE : MSR_AMD_PATCH_LOADER,
		(uint64_t)(uintptr_t)update);
	microcode_revision(&cpu);
	if (rc != 0 || cpu.revision != update_revision) {
		printk(XENLOG_WARN "microcode: CPU%u does not take revision %#x and stays at %#x\n",
			smp_processor_id(), update_revision, cpu.revision);
	} else {
		printk(XENLOG_INFO "microcode: CPU%u updated to revision %#x\n", smp_processor_id(),
			update_revision);
	}
}

/* Keep a copy of the match; false: no memory or too large. */
static bool __init keep(const struct ucode_match *m)
{
	unsigned int order = order_from_bytes(m->bytes);
	void *copy = order <= 9 ? alloc_hv_pages(order) : NULL;

	if (copy == NULL) {
		return false;
	}
	memcpy(copy, m->data, m->bytes);
	update = copy;
	update_revision = m->revision;
	return true;
}

void __init microcode_init(const struct boot_info *bi)
{
	struct ucode_cpu cpu;

	microcode_revision(&cpu);
	for (unsigned int i = 1; i < bi->nr_modules && update == NULL; i++) {
		size_t bytes = bi->modules[i].end - bi->modules[i].start;
		struct ucode_match m;
		void *va = bytes != 0 ? ioremap_wb(bi->modules[i].start, bytes) : NULL;

		if (va == NULL) {
			continue;
		}
		if (ucode_find(&cpu, va, bytes, &m) && !keep(&m)) {
			printk(XENLOG_WARN "microcode: no memory to keep the update\n");
		}
		iounmap(va);
	}
	microcode_cpu();
}
