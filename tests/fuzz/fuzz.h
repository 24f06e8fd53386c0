/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fuzz entries share: an exact heap copy of the input, a check that stops the run, and the
 * fakes of the host tests.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <hv/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(c)                                                              \
	do {                                                                    \
		if (!(c)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #c); \
			abort();                                                \
		}                                                               \
	} while (0)

bool expect_bug(void (*fn)(void *), void *arg);
void *low_alloc(size_t bytes);
void low_free(void *p, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline uint8_t *exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);

	if (size) {
		memcpy(p, data, size);
	}
	return p;
}

#endif
