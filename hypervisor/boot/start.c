/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the loader to the first guest: the ordered list of what is set up, and why in that order. Any failure before dom0 runs is a panic() with one sentence.
 */
#include <hv/acpi.h>
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/console_io.h>
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/dom0.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/init.h>
#include <hv/iommu.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/microcode.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "boot_priv.h"

struct boot_info boot_info;

#define STRINGS_BYTES 16384
static char boot_strings[STRINGS_BYTES];
static size_t boot_strings_used;
static uint64_t entry_tsc;

void start_hypervisor(uint32_t magic, uint32_t info) __noreturn;

char *__init boot_strdup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *p = &boot_strings[boot_strings_used];

	if (len + 1 > STRINGS_BYTES - boot_strings_used) {
		boot_set_error(&boot_info,
			"the command lines are longer than 16 KiB together; shorten them");
		return (char *)(uintptr_t)"";
	}
	memcpy(p, s, len);
	p[len] = '\0';
	boot_strings_used += len + 1;
	return p;
}

void __init boot_set_error(struct boot_info *bi, const char *sentence)
{
	if (bi->error == NULL) {
		bi->error = sentence;
	}
}

void __init boot_add_module(
	struct boot_info *bi, uint64_t start, uint64_t end, const char *cmdline, size_t max)
{
	if (bi->nr_modules == BOOT_MAX_MODULES) {
		boot_set_error(bi,
			"the boot loader gave more than 16 modules; load the kernel, the initrd and microcode only");
		return;
	}
	if (end < start || end > GB(4)) {
		boot_set_error(bi,
			"the boot loader's list of modules is malformed; use another boot loader");
		return;
	}
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		const struct boot_module *m = &bi->modules[i];

		if (start < m->end && end > m->start) {
			boot_set_error(bi,
				"two modules of the boot loader overlap in memory; use another boot loader");
		}
	}
	bi->modules[bi->nr_modules++] =
		(struct boot_module){ start, end, boot_strdup(cmdline, max), false };
}

static const char *__init type_name(uint32_t type)
{
	switch (type) {
	case E820_RAM:
		return "usable";
	case E820_RESERVED:
		return "reserved";
	case E820_ACPI:
		return "ACPI tables";
	case E820_NVS:
		return "ACPI NVS";
	case E820_UNUSABLE:
		return "unusable";
	default:
		return "other";
	}
}

static void __init show_memory_map(const struct boot_info *bi)
{
	printk(XENLOG_INFO "Memory map of the machine:\n");
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820entry *e = &bi->e820[i];

		printk(XENLOG_INFO "  [%012lx, %012lx] %s\n", (unsigned long)e->addr,
			(unsigned long)(e->addr + e->size - 1), type_name(e->type));
	}
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		printk(XENLOG_INFO "Module %u: [%lx, %lx) '%.60s'\n", i,
			(unsigned long)bi->modules[i].start, (unsigned long)bi->modules[i].end,
			bi->modules[i].cmdline);
	}
}

static void __init check_modules(const struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		const struct boot_module *m = &bi->modules[i];

		if (m->start < virt_to_maddr(__image_end) &&
			m->end > virt_to_maddr(__image_start)) {
			panic("boot loader: module %u overlaps the hypervisor's own image; use another boot loader",
				i);
		}
	}
	if (bi->nr_modules == 0) {
		panic("boot loader: no kernel for dom0 was given; load an ELF kernel as the first module (module2 in GRUB, -initrd in QEMU)");
	}
}

static void __init parse_loader(uint32_t magic, uint32_t info)
{
	boot_info.cmdline = (char *)(uintptr_t)"";
	boot_info.loader = "unknown";
	if (magic == MB2_MAGIC) {
		mb2_parse(&boot_info, info);
	} else if (magic == MB1_MAGIC) {
		mb1_parse(&boot_info, info);
	} else {
		boot_info.fb.vga_text = true;
		boot_set_error(&boot_info,
			"it was not started by a multiboot loader; start it with GRUB's multiboot2 command");
	}
}

/* Everything that must be there before memory can be mapped and allocated. */
static void __init start_memory(void)
{
	e820_sanitize(&boot_info);
	show_memory_map(&boot_info);
	if (boot_info.error != NULL) {
		panic("boot loader: %s", boot_info.error);
	}
	check_modules(&boot_info);
	page_alloc_early_init(
		&boot_info); /* picks the region that the next two build their tables in */
	console_screen_suspend();  /* the boot tables, through which it draws, go */
	pagetable_init(&boot_info);  /* W^X from here on */
	page_alloc_init(
		&boot_info);  /* all RAM is in the allocator; modules are out of dom0's way */
	console_screen_resume(&boot_info);
}

static void __init start_machine(void)
{
	desc_init_cpu(0);   /* own stacks for NMI, double fault, machine check */
	acpi_init(&boot_info);   /* where the interrupt controllers and other CPUs are */
	pm_init();
	lapic_init_bsp();
	percpu_init_bsp();
	irq_init();
	ioapic_init();
	time_early_init();   /* calibrates TSC and APIC timer */
	time_init();
	pci_init();
	smp_prepare();    /* per-CPU areas of all CPUs */
}

static void __init start_guests(void)
{
	softirq_init();
	lapic_set_timer_hook(timer_interrupt);
	timer_init();
	page_set_release_hook(domain_release_page);
	hvm_init();    /* refuses machines without AMD-V or nested paging */
	microcode_init(&boot_info);  /* before features are read for good */
	cpu_policy_init();
	domain_init();
	sched_init();
	local_irq_enable();
	smp_start_aps();
	pagetable_free_loaded_image();  /* which the other CPUs' first steps ran through */
	iommu_init();
	console_init_irq();   /* before the next, which polls where there is no interrupt */
	console_io_init();
	keyhandler_init();
}

/* Not __init: it frees the boot code that called it. */
static void __noreturn noinline finish_boot(void)
{
	pagetable_seal();
	printk(XENLOG_INFO "From the loader to here: %lu ms (%lu ticks)\n",
		(unsigned long)tsc_to_ns_delta(rdtsc() - entry_tsc) / 1000000,
		(unsigned long)(rdtsc() - entry_tsc));
#ifndef NDEBUG
	if (pagetable_check(NULL, NULL) != 0) {
		panic("hypervisor: its page tables break the rules listed above");
	}
	page_alloc_check();
#endif
	cpu_loop();
}

void __init __attribute__((no_stack_protector)) start_hypervisor(uint32_t magic, uint32_t info)
{
	entry_tsc = rdtsc();
	stack_guard_init();
	console_early_init();
	traps_init();    /* a fault from here on is reported */
	parse_loader(magic, info);
	cmdline_parse(boot_info.cmdline);
	console_init(&boot_info);
	printk("Undercroft hypervisor, loaded by %s\n", boot_info.loader);
	printk(XENLOG_INFO "Command line: %s\n", boot_info.cmdline);
	cpu_identify();
	cpu_init();
	start_memory();
	start_machine();
	start_guests();
	printk("Memory: %lu MiB, %lu MiB free, %lu KiB kept by the hypervisor\n",
		(unsigned long)(machine_ram_pages() >> 8), (unsigned long)(free_pages_count() >> 8),
		(unsigned long)(machine_ram_pages() - free_pages_count()) * 4);
	dom0_create(&boot_info);  /* dom0 may run on another CPU from here on */
	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		boot_module_free(&boot_info.modules[i]);
	}
	console_release_screen();
	finish_boot();
}
