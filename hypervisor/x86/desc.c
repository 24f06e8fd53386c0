/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptor tables: one IDT for all CPUs (256 interrupt gates), a GDT and a TSS for each, with own stacks for double fault, NMI, machine check and debug.
 */
#include <hv/cpu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <asm/cr.h>
#include <asm/desc.h>

extern const char idt_stubs[]; /* entry.S, STUB_BYTES each */

static struct idt_entry idt[256] __ro_after_init ALIGNED(4096);
static DEFINE_PER_CPU(uint64_t[NR_GDT], gdt);
static DEFINE_PER_CPU(struct tss64, tss);

#define STUB_BYTES 16

static void idt_set(unsigned int vector, unsigned int ist)
{
	uint64_t addr = (uint64_t)(uintptr_t)idt_stubs + vector * STUB_BYTES;

	idt[vector] = (struct idt_entry){
		.offset_0 = (uint16_t)addr,
		.sel = HV_CS,
		.ist = (uint8_t)ist,
		.type = 0x8e,
		.offset_1 = (uint16_t)(addr >> 16),
		.offset_2 = (uint32_t)(addr >> 32),
	};
}

static void idt_load(void)
{
	struct desc_ptr p = { sizeof(idt) - 1, (uint64_t)(uintptr_t)idt };

	__asm__ __volatile__("lidt %0" : : "m"(p));
}

void __init traps_init(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		idt_set(i, 0);
	}
	idt_load();
}

void desc_reload_tr(void)
{
	this_cpu(gdt)[HV_TSS / 8] &= ~(1ull << 41); /* not busy */
	__asm__ __volatile__("ltr %w0" : : "r"(HV_TSS));
}

void desc_init_cpu(unsigned int cpu)
{
	uint64_t *g = per_cpu(gdt, cpu);
	struct tss64 *t = per_cpu_ptr(tss, cpu);
	uint64_t base = (uint64_t)(uintptr_t)t;
	struct desc_ptr p = { NR_GDT * 8 - 1, (uint64_t)(uintptr_t)g };
	char *stacks = alloc_hv_pages(2);

	if (stacks == NULL) {
		panic("memory: no room for the exception stacks of CPU %u", cpu);
	}
	*t = (struct tss64){ .iomap = sizeof(*t) };
	/* #DB has none: it can come while a guest's TR is loaded (entry.S). */
	for (unsigned int i = 0; i < 3; i++) {
		t->ist[i] = (uint64_t)(uintptr_t)stacks + (i + 1) * PAGE_SIZE;
	}
	g[HV_CS / 8] = 0x00af9b000000ffffull;
	g[HV_DS / 8] = 0x00cf93000000ffffull;
	g[HV_CS32 / 8] = 0x00cf9b000000ffffull;
	g[HV_TSS / 8] = (sizeof(*t) - 1) | ((base & 0xffffff) << 16) | (0x89ull << 40) |
		(((base >> 24) & 0xff) << 56);
	g[HV_TSS / 8 + 1] = base >> 32;
	__asm__ __volatile__("lgdt %0" : : "m"(p));
	__asm__ __volatile__("ltr %w0" : : "r"(HV_TSS));
	if (cpu == 0) {
		idt_set(X86_EXC_DF, IST_DF);
		idt_set(X86_EXC_NMI, IST_NMI);
		idt_set(X86_EXC_MC, IST_MCE);
	}
	idt_load();
}
