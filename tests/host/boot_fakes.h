/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What boot/start.c gives to the loaders' parsers, for host programs: strings that stay, the first
 * error, modules.
 */
#ifndef TESTS_HOST_BOOT_FAKES_H
#define TESTS_HOST_BOOT_FAKES_H

#include <stdlib.h>
#include <string.h>

static char fake_strings[65536];
static size_t fake_strings_used;

char *boot_strdup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *p;

	if (fake_strings_used + len + 1 > sizeof(fake_strings)) {
		fake_strings_used = 0;
	}
	if (len + 1 > sizeof(fake_strings)) {
		len = sizeof(fake_strings) - 1;
	}
	p = fake_strings + fake_strings_used;
	memcpy(p, s, len);
	p[len] = 0;
	fake_strings_used += len + 1;
	return p;
}

void boot_set_error(struct boot_info *b, const char *sentence)
{
	if (!b->error) {
		b->error = sentence;
	}
}

void boot_add_module(
	struct boot_info *b, uint64_t start, uint64_t end, const char *cmdline, size_t max)
{
	if (b->nr_modules == BOOT_MAX_MODULES) {
		boot_set_error(b, "too many modules");
		return;
	}
	if (end < start) {
		boot_set_error(b, "a module is malformed");
		return;
	}
	b->modules[b->nr_modules++] =
		(struct boot_module){ start, end, boot_strdup(cmdline, max), false };
}

#endif
