/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: boot */
/* Building dom0: an ELF kernel with a PHYS32_ENTRY note, initrd, identity-mapped memory, ACPI view. */
#ifndef HV_DOM0_H
#define HV_DOM0_H

#include <hv/types.h>
#include <hv/compiler.h>
#include <hv/boot_info.h>

struct domain;

/* Builds dom0 from bi->modules[0] (kernel) and [1] (initrd, optional) and leaves it ready to be unpaused. Panics in words. */
void dom0_create(struct boot_info *bi);

/* Options (parsed by boot/cmdline.c through its table) */
extern uint64_t opt_dom0_mem_bytes, opt_dom0_mem_min, opt_dom0_mem_max; /* 0: default */
extern unsigned int opt_dom0_max_vcpus; /* 0: all CPUs */
extern bool opt_dom0_iommu_none;

/* dom0_acpi.c: RSDP, XSDT, MADT for dom0 written to [gpa, gpa+size): returns the RSDP's address. size_needed first. */
size_t dom0_acpi_size(unsigned int nr_vcpus);
uint64_t dom0_acpi_build(struct domain *d, uint64_t gpa, unsigned int nr_vcpus);

#endif
