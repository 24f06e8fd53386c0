/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's memory for host programs: mapping copies the bytes into a heap block of exactly the
 * size asked for, so that the sanitizer sees every access behind it.
 */
#ifndef TESTS_HOST_MACHINE_H
#define TESTS_HOST_MACHINE_H

#include <hv/addr.h>

#include <stdlib.h>
#include <string.h>

static uint8_t *machine_bytes;
static uint64_t machine_base, machine_size;
#define MACHINE_MAPS 256
static void *machine_maps[MACHINE_MAPS];

void *ioremap_wb(maddr_t maddr, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	memset(p, 0xff, len);
	for (size_t i = 0; i < len; i++) {
		uint64_t a = maddr + i;

		if (a >= machine_base && a - machine_base < machine_size) {
			p[i] = machine_bytes[a - machine_base];
		}
	}
	for (unsigned int i = 0; i < MACHINE_MAPS; i++) {
		if (!machine_maps[i]) {
			machine_maps[i] = p;
			return p;
		}
	}
	free(p);
	return NULL;
}

void iounmap(void *va)
{
	for (unsigned int i = 0; i < MACHINE_MAPS && va; i++) {
		if (machine_maps[i] == va) {
			machine_maps[i] = NULL;
			free(va);
			return;
		}
	}
	if (va) {
		abort();
	}
}

static inline void machine_reset(void)
{
	for (unsigned int i = 0; i < MACHINE_MAPS; i++) {
		free(machine_maps[i]);
		machine_maps[i] = NULL;
	}
}

#endif
