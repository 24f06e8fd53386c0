/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the other CPUs, one after the other: per-CPU area, stack, INIT and SIPI, then start_secondary() on the new CPU, which ends in cpu_loop().
 */
#include <hv/acpi.h>
#include <hv/atomic.h>
#include <hv/cpu.h>
#include <hv/hvm.h>
#include <hv/init.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/microcode.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <asm/asm_defs.h>
#include <asm/processor.h>

#include "x86_priv.h"

uint64_t ap_boot_stack, ap_boot_offset, ap_boot_cr3;
static uint32_t apicids[NR_CPUS] __ro_after_init;
static unsigned int thread_shift __ro_after_init, core_shift __ro_after_init;
unsigned int opt_maxcpus = NR_CPUS;
static uint32_t ap_state; /* 0 starting, 1 up, 2 failed */

uint32_t cpu_apicid(unsigned int cpu)
{
	return apicids[cpu];
}

unsigned int cpu_from_apicid(uint32_t apicid)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (apicids[cpu] == apicid) {
			return cpu;
		}
	}
	return NR_CPUS;
}

/* Widths of the thread and core fields in an APIC ID. */
static void __init topology_init(void)
{
	uint32_t a, b, c, d;

	if (boot_cpu_info.max_leaf >= 0xb) {
		cpuid_count(0xb, 0, &a, &b, &c, &d);
		if (b != 0) {
			thread_shift = a & 31;
			cpuid_count(0xb, 1, &a, &b, &c, &d);
			core_shift = b != 0 ? a & 31 : thread_shift;
			return;
		}
	}
	if (boot_cpu_info.max_ext_leaf >= 0x80000008 && boot_cpu_info.vendor != CPU_VENDOR_INTEL) {
		cpuid(0x80000008, &a, &b, &c, &d);
		core_shift = (c >> 12) & 15;
		if (core_shift == 0) {
			core_shift = ilog2_ceil((c & 0xff) + 1);
		}
	}
}

void cpu_topology_get(unsigned int cpu, struct cpu_topology *out)
{
	uint32_t id = apicids[cpu];

	out->thread = id & ((1u << thread_shift) - 1);
	out->core = (id & ((1u << core_shift) - 1)) >> thread_shift;
	out->socket = id >> core_shift;
}

void __init percpu_init_bsp(void)
{
	apicids[0] = lapic_id();
	smp_init_vectors();
}

void __init smp_prepare(void)
{
	size_t size = (size_t)(__percpu_end - __percpu_start);
	unsigned int n = 1;

	topology_init();
	for (unsigned int i = 0; i < acpi_info.nr_cpus; i++) {
		uint32_t id = acpi_info.cpus[i].apicid;
		char *area;

		if (id == apicids[0]) {
			continue;
		}
		if (n >= min(opt_maxcpus, (unsigned int)NR_CPUS)) {
			printk(XENLOG_WARNING "Only %u of the processors are used\n", n);
			break;
		}
		if (id > 254 && !lapic_is_x2apic()) {
			continue;
		}
		area = alloc_hv_pages(order_from_bytes(size));
		if (area == NULL) {
			panic("memory: no room for the data of CPU %u", n);
		}
		memcpy(area, __percpu_start, size);
		percpu_offset[n] = (unsigned long)area - (unsigned long)__percpu_start;
		per_cpu(this_offset, n) = percpu_offset[n];
		per_cpu(cpu_id, n) = n;
		apicids[n] = id;
		n++;
	}
	nr_cpu_ids = n;
}

void start_secondary(void)
{
	unsigned int cpu = smp_processor_id();

	cpu_init();
	desc_init_cpu(cpu);
	microcode_cpu();
	lapic_init_cpu();
	if (hvm_cpu_up(cpu) != 0) {
		WRITE_ONCE(ap_state, 2);
		crash_cpu_stop();
	}
	timer_cpu_init(cpu);
	sched_cpu_init(cpu);
	cpumask_set_cpu(cpu, &cpu_online_map);
	smp_mb();
	WRITE_ONCE(ap_state, 1);
	local_irq_enable();
	cpu_loop();
}

/* A free page below 640 KiB for the real-mode code. */
static uint64_t __init trampoline_frame(void)
{
	for (uint64_t mfn = 0x90; mfn > 1; mfn--) {
		if (alloc_exact_range(NULL, _mfn(mfn), 1) == 0) {
			return mfn;
		}
	}
	return 0;
}

static void __init patch_add(char *page, const char *where, uint32_t base)
{
	uint32_t *p = (uint32_t *)(void *)(page + (where - trampoline_start));

	*p += base;
}

static bool __init start_one(unsigned int cpu, uint8_t page)
{
	char *stack = vmap_alloc_pages(HV_STACK_PAGES);

	if (stack == NULL) {
		return false;
	}
	ap_boot_stack = (uint64_t)(uintptr_t)stack + HV_STACK_PAGES * PAGE_SIZE;
	ap_boot_offset = percpu_offset[cpu];
	WRITE_ONCE(ap_state, 0);
	smp_mb();
	lapic_send_init(apicids[cpu]);
	udelay(200);
	for (int i = 0; i < 2; i++) {
		lapic_send_sipi(apicids[cpu], page);
		for (int k = 0; k < (i == 0 ? 100 : 100000); k++) {
			if (READ_ONCE(ap_state) != 0) {
				return ap_state == 1;
			}
			udelay(20);
		}
	}
	return false;
}

void __init smp_start_aps(void)
{
	uint64_t frame;
	char *page;

	if (nr_cpu_ids == 1) {
		return;
	}
	frame = trampoline_frame();
	if (frame == 0) {
		printk(XENLOG_WARNING "No free page below 640 KiB: only one processor is used\n");
		nr_cpu_ids = 1;
		return;
	}
	page = map_domain_page(_mfn(frame));
	memcpy(page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	patch_add(page, trampoline_gdt_base, (uint32_t)(frame << PAGE_SHIFT));
	patch_add(page, trampoline_far32, (uint32_t)(frame << PAGE_SHIFT));
	patch_add(page, trampoline_far64, (uint32_t)(frame << PAGE_SHIFT));
	unmap_domain_page(page);
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++) {
		if (!start_one(cpu, (uint8_t)frame)) {
			printk(XENLOG_WARNING
				"CPU %u (APIC ID %u) does not start: %u processors are used\n",
				cpu, apicids[cpu], cpu);
			nr_cpu_ids = cpu;
			break;
		}
	}
	free_domain_pages(mfn_to_page(_mfn(frame)), 0);
	printk("%u processors\n", nr_cpu_ids);
}
