/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loader-facing files share. */
#ifndef BOOT_PRIV_H
#define BOOT_PRIV_H

#include <hv/boot_info.h>

#define MB1_MAGIC 0x2badb002u
#define MB2_MAGIC 0x36d76289u

/* Copy the loader's information, checked, into bi. The first thing wrong goes to bi->error. Runs on the boot tables (4 GiB mapped). */
void mb1_parse(struct boot_info *bi, uint32_t info);
void mb2_parse(struct boot_info *bi, uint32_t info);

/* Copy a string of the loader (at most max bytes, need not be terminated) into storage that stays. */
char *boot_strdup(const char *s, size_t max);
void boot_add_e820(struct boot_info *bi, uint64_t addr, uint64_t size, uint32_t type);
void boot_add_module(
	struct boot_info *bi, uint64_t start, uint64_t end, const char *cmdline, size_t max);
void boot_set_error(struct boot_info *bi, const char *sentence);

#endif
