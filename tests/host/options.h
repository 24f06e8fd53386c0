/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables that boot/cmdline.c sets, which belong to files that do not run on the host.
 */
#ifndef TESTS_HOST_OPTIONS_H
#define TESTS_HOST_OPTIONS_H

char opt_console[64], opt_com1[64], opt_com2[64], opt_vga[64];
bool opt_sync_console, opt_noreboot, opt_dom0_iommu_none, opt_iommu;
uint64_t opt_dom0_mem_bytes, opt_dom0_mem_min, opt_dom0_mem_max;
unsigned int opt_dom0_max_vcpus, opt_maxcpus;

#endif
