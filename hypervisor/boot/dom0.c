/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dom0: the hardware and control domain, made from the first two boot modules. The kernel is an ELF image with a PHYS32_ENTRY note, loaded by physical
 * address; it is moved where its PHYS32_RELOC note allows when its own place is not free (xen-abi A.1). Everything wrong with the modules ends in one sentence.
 */
#include <hv/types.h>

#include <xen/arch-x86/hvm/start_info.h>
#include <xen/domctl.h>
#include <xen/features.h>
#include <xen/xen.h>

#include <hv/acpi.h>
#include <hv/dom0.h>
#include <hv/elf.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "dom0_priv.h"

uint64_t opt_dom0_mem_bytes __ro_after_init, opt_dom0_mem_min __ro_after_init,
	opt_dom0_mem_max __ro_after_init;
unsigned int opt_dom0_max_vcpus __ro_after_init;
bool opt_dom0_iommu_none __ro_after_init;

static struct dom0_ram ram __initdata;
static struct elf_image elf __initdata;

/* Without dom0_mem=: a quarter of the machine, at least 512 MiB and at most 2 GiB, and never more than what is free less room for one small guest. */
static uint64_t __init dom0_pages(void)
{
	uint64_t total = total_pages() << PAGE_SHIFT, bytes = opt_dom0_mem_bytes, most;

	if (bytes == 0) {
		bytes = MIN(MAX(total / 4, MB(512)), GB(2));
		most = free_pages_count() << PAGE_SHIFT;
		most = most > MB(64) ? most - MB(64) : 0;
		bytes = MIN(bytes, most);
	}
	if (opt_dom0_mem_min != 0) {
		bytes = MAX(bytes, opt_dom0_mem_min);
	}
	if (opt_dom0_mem_max != 0) {
		bytes = MIN(bytes, opt_dom0_mem_max);
	}
	return bytes >> PAGE_SHIFT;
}

static void __init copy_in(
	struct domain *d, gpa_t gpa, const void *src, uint64_t bytes, const char *what)
{
	if (copy_to_gpa(d, gpa, src, bytes) != 0) {
		panic("dom0: its %s does not fit in its memory at %#lx", what, gpa);
	}
}

static void __init zero(struct domain *d, gpa_t gpa, uint64_t bytes)
{
	static const uint8_t zeros[PAGE_SIZE] __aligned(16);

	while (bytes != 0) {
		uint64_t n = MIN(bytes, PAGE_SIZE - PAGE_OFFSET(gpa));

		copy_in(d, gpa, zeros, n, "kernel");
		gpa += n;
		bytes -= n;
	}
}

/* Is [start, end) inside one piece of RAM? */
static bool __init in_ram(uint64_t start, uint64_t end)
{
	for (unsigned int i = 0; i < ram.nr; i++) {
		if (start >= ram.range[i].start && end <= ram.range[i].end) {
			return true;
		}
	}
	return false;
}

/* How far the kernel moves from where it is linked. */
static int64_t __init kernel_offset(void)
{
	uint64_t start = ROUND_DOWN(elf.paddr_start, PAGE_SIZE), end = PAGE_ALIGN(elf.paddr_end),
		 align;

	if (in_ram(start, end)) {
		return 0;
	}
	if (!elf.has_reloc) {
		panic("dom0: its kernel must lie at %#lx-%#lx, where no free memory is, and it cannot be moved (no PHYS32_RELOC note)",
			start, end);
	}
	align = elf.reloc_align;
	if (!IS_POWER_OF_2(align) || align < PAGE_SIZE) {
		panic("dom0: its kernel's PHYS32_RELOC note asks for an alignment of %#lx", align);
	}
	for (unsigned int i = ram.nr; i-- > 0;) {
		uint64_t top = MIN(ram.range[i].end, (uint64_t)elf.reloc_max + 1),
			 bytes = end - start, at;

		if (top < bytes) {
			continue;
		}
		at = ROUND_DOWN(top - bytes, align) + (start & (align - 1));
		if (at + bytes > top) {
			at = at >= align ? at - align : 0;
		}
		if (at >= ram.range[i].start && at >= elf.reloc_min && at + bytes <= top) {
			return (int64_t)(at - start);
		}
	}
	panic("dom0: no room for its kernel (%lu KiB) where its PHYS32_RELOC note allows it",
		(end - start) >> 10);
}

static void __init load_kernel(struct domain *d, int64_t offset)
{
	for (unsigned int i = 0; i < elf.nr_segments; i++) {
		const struct elf_segment *s = &elf.seg[i];
		uint64_t at = s->paddr + (uint64_t)offset;

		copy_in(d, at, elf.base + s->offset, s->file_bytes, "kernel");
		zero(d, at + s->file_bytes, s->mem_bytes - s->file_bytes);
	}
}

/* The kernel's arguments; without an IOMMU every DMA must be bounced, for a page of another domain lies at a different machine address (decision 3). */
static char *__init kernel_cmdline(const struct domain *d, const struct boot_module *mod)
{
	static const char swiotlb[] = " swiotlb=force";
	const char *given = mod->cmdline != NULL ? mod->cmdline : "";
	size_t len = strlen(given);
	char *s = xmalloc_bytes(len + sizeof(swiotlb));

	if (s == NULL) {
		panic("dom0: no memory for its command line");
	}
	memcpy(s, given, len + 1);
	if (d->iommu_priv == NULL && strstr(given, "swiotlb=") == NULL) {
		memcpy(s + len, swiotlb, sizeof(swiotlb));
	}
	return s;
}

struct place {
	uint64_t initrd, initrd_bytes, info, acpi, acpi_bytes, rsdp;
};

static uint64_t __init info_bytes(const struct domain *d, const char *cmdline)
{
	return PAGE_ALIGN(sizeof(struct hvm_start_info) + sizeof(struct hvm_modlist_entry) +
		d->e820.nr * sizeof(struct hvm_memmap_table_entry) + strlen(cmdline) + 1);
}

/* start_info, module list, memory map and command line, in one block below 1 GiB. */
static void __init write_info(struct domain *d, const struct place *at, const char *cmdline)
{
	struct hvm_start_info si = {
		.magic = XEN_HVM_START_MAGIC_VALUE,
		.version = 1,
		.flags = SIF_PRIVILEGED | SIF_INITDOMAIN,
		.nr_modules = at->initrd != 0,
		.rsdp_paddr = at->rsdp,
		.memmap_entries = d->e820.nr,
	};
	struct hvm_modlist_entry mod = { .paddr = at->initrd, .size = at->initrd_bytes };
	const struct e820entry *e = d->e820.entries;
	uint64_t pos = at->info + sizeof(si);

	si.modlist_paddr = at->initrd != 0 ? pos : 0;
	copy_in(d, pos, &mod, sizeof(mod), "module list");
	pos += sizeof(mod);
	si.memmap_paddr = pos;
	for (unsigned int i = 0; i < d->e820.nr; i++) {
		struct hvm_memmap_table_entry m = {
			.addr = e[i].addr, .size = e[i].size, .type = e[i].type
		};

		copy_in(d, pos, &m, sizeof(m), "memory map");
		pos += sizeof(m);
	}
	si.cmdline_paddr = pos;
	copy_in(d, pos, cmdline, strlen(cmdline) + 1, "command line");
	copy_in(d, at->info, &si, sizeof(si), "start information");
}

static void *__init map_module(const struct boot_module *mod)
{
	void *va = ioremap_wb(mod->start, mod->end - mod->start);

	if (va == NULL) {
		panic("dom0: no address space to read a boot module");
	}
	return va;
}

static void __init check_kernel(const struct boot_info *bi, void **image)
{
	const char *why;

	if (bi->nr_modules == 0) {
		panic("dom0: the boot loader gave no kernel: add a module2 line with dom0's kernel (an unpacked vmlinux)");
	}
	if (bi->modules[0].end <= bi->modules[0].start) {
		panic("dom0: its kernel module is empty");
	}
	*image = map_module(&bi->modules[0]);
	why = elf_parse(&elf, *image, bi->modules[0].end - bi->modules[0].start);
	if (why != NULL) {
		panic("dom0: %s; give dom0's kernel as an unpacked ELF vmlinux", why);
	}
	if (!elf.has_phys32_entry) {
		panic("dom0: its kernel has no PHYS32_ENTRY note: it is not built for PVH (CONFIG_PVH)");
	}
	if (elf.has_supported_features && (elf.supported_features & (1u << XENFEAT_dom0)) == 0) {
		panic("dom0: its kernel says that it cannot be dom0 (CONFIG_XEN_DOM0)");
	}
}

static struct domain *__init create(unsigned int nr_vcpus)
{
	struct xen_domctl_createdomain cfg = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = nr_vcpus,
		.max_evtchn_port = -1,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
		.arch.emulation_flags = XEN_X86_EMU_LAPIC | XEN_X86_EMU_IOAPIC | XEN_X86_EMU_VPCI,
	};
	struct domain *d;
	int rc = domain_create(0, &cfg, true, &d);

	if (rc != 0) {
		panic("dom0: it cannot be created (error %d)", rc);
	}
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		if (vcpu_create(d, i) == NULL) {
			panic("dom0: no memory for its virtual CPU %u", i);
		}
	}
	return d;
}

void __init dom0_create(struct boot_info *bi)
{
	unsigned int nr_vcpus =
		opt_dom0_max_vcpus != 0 ? MIN(opt_dom0_max_vcpus, MAX_VIRT_CPUS) : nr_cpu_ids;
	const struct boot_module *initrd = bi->nr_modules > 1 ? &bi->modules[1] : NULL;
	struct dom0_avoid avoid[2];
	struct place at = { 0 };
	void *image, *initrd_va;
	uint64_t pages;
	struct domain *d;
	char *cmdline;
	int64_t offset;

	check_kernel(bi, &image);
	d = create(nr_vcpus);
	pages = dom0_pages();
	d->max_pages = (unsigned int)pages;
	if (!opt_dom0_iommu_none && iommu_domain_init(d) != 0) {
		panic("dom0: no memory for its IOMMU tables");
	}
	dom0_set_iomem(d, bi);
	dom0_take_ram(d, bi, pages, &ram);

	at.acpi_bytes = dom0_acpi_size(nr_vcpus);
	at.acpi = dom0_carve_top(&ram, at.acpi_bytes, GB(4));
	dom0_make_e820(d, bi, &ram, at.acpi, at.acpi + at.acpi_bytes);
	at.rsdp = dom0_acpi_build(d, at.acpi, nr_vcpus);

	offset = kernel_offset();
	load_kernel(d, offset);
	iounmap(image);
	avoid[0] = (struct dom0_avoid){ ROUND_DOWN(elf.paddr_start, PAGE_SIZE) + (uint64_t)offset,
		PAGE_ALIGN(elf.paddr_end) + (uint64_t)offset };
	printk(XENLOG_INFO "dom0: kernel at %#lx-%#lx, %lu MiB in %u pieces, %u vCPUs\n",
		avoid[0].start, avoid[0].end, pages >> 8, ram.nr, nr_vcpus);

	cmdline = kernel_cmdline(d, &bi->modules[0]);
	at.info = dom0_find_room(&ram, info_bytes(d, cmdline), PAGE_SIZE, MB(1), GB(1), avoid, 1);
	if (at.info == 0) {
		panic("dom0: no room below 1 GiB for its start information");
	}
	avoid[1] = (struct dom0_avoid){ at.info, at.info + info_bytes(d, cmdline) };
	if (initrd != NULL && initrd->end > initrd->start) {
		at.initrd_bytes = initrd->end - initrd->start;
		at.initrd = dom0_find_room(
			&ram, PAGE_ALIGN(at.initrd_bytes), PAGE_SIZE, MB(1), GB(4), avoid, 2);
		if (at.initrd == 0) {
			panic("dom0: its initrd (%lu MiB) does not fit in its memory; give it more with dom0_mem=",
				at.initrd_bytes >> 20);
		}
		initrd_va = map_module(initrd);
		copy_in(d, at.initrd, initrd_va, at.initrd_bytes, "initrd");
		iounmap(initrd_va);
	}
	write_info(d, &at, cmdline);
	printk(XENLOG_INFO "dom0: devices' memory accesses are %s\n",
		d->iommu_priv != NULL ?
			"remapped by the IOMMU" :
			"not remapped (no IOMMU in use): bounce buffers forced in dom0");
	xfree(cmdline);

	if (iommu_assign_all(d) != 0) {
		panic("dom0: its devices cannot be assigned to it in the IOMMU");
	}
	hvm_vcpu_set_pvh_entry(
		d->vcpu[0], (uint32_t)(elf.phys32_entry + (uint64_t)offset), (uint32_t)at.info);
	vcpu_up(d->vcpu[0]);
	hardware_domain = d;
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		boot_module_free(&bi->modules[i]);
	}
	domain_unpause_by_controller(d);
}
