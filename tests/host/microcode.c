/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86/microcode_find.c: an update in a bare Intel file is found by signature, platform and newer
 * revision, wrong checksums and sizes are not taken, random damage never reads outside.
 */
#include <hv/microcode.h>

#include "host.h"

#include <string.h>

struct intel {
	uint32_t version, revision, date, signature, checksum, loader, platform, data_size,
		total_size, rsvd[3];
	uint32_t data[500];
};

static void make(struct intel *u)
{
	uint32_t sum = 0;

	memset(u, 0, sizeof(*u));
	u->version = 1;
	u->revision = 0x20;
	u->date = 0x01022020;
	u->signature = 0x906ea;
	u->loader = 1;
	u->platform = 0x22;
	u->data_size = 2000;
	u->total_size = 2048;
	for (unsigned int i = 0; i < 500; i++) {
		u->data[i] = i * 77;
	}
	for (unsigned int i = 0; i < sizeof(*u) / 4; i++) {
		sum += ((uint32_t *)u)[i];
	}
	u->checksum = 0u - sum;
}

static bool find(const struct ucode_cpu *cpu, const void *data, size_t n, struct ucode_match *m)
{
	void *copy = malloc(n ? n : 1);
	bool found;

	memcpy(copy, data, n);
	memset(m, 0, sizeof(*m));
	found = ucode_find(cpu, copy, n, m);
	if (found) {
		assert_true((uintptr_t)m->data >= (uintptr_t)copy);
		assert_true((uintptr_t)m->data + m->bytes <= (uintptr_t)copy + n);
	}
	(void)ucode_is_blob(copy, n);
	free(copy);
	return found;
}

static void intel(void **state)
{
	struct ucode_cpu cpu = {
		.is_intel = true, .signature = 0x906ea, .platform = 2, .revision = 0x10
	};
	struct ucode_match m;
	struct intel u;

	(void)state;
	make(&u);
	assert_true(find(&cpu, &u, sizeof(u), &m));
	assert_int_equal(m.revision, 0x20);
	cpu.revision = 0x20;
	assert_false(find(&cpu, &u, sizeof(u), &m));
	cpu.revision = 1;
	cpu.signature = 0x906eb;
	assert_false(find(&cpu, &u, sizeof(u), &m));
	cpu.signature = 0x906ea;
	cpu.platform = 0x10;
	assert_false(find(&cpu, &u, sizeof(u), &m));
	cpu.platform = 2;
	u.data[7]++;
	assert_false(find(&cpu, &u, sizeof(u), &m));
	make(&u);
	for (size_t n = 0; n < sizeof(u); n++) {
		assert_false(find(&cpu, &u, n, &m));
	}
	for (int i = 0; i < 20000; i++) {
		make(&u);
		((uint8_t *)&u)[host_rnd() % 48] = (uint8_t)host_rnd();
		(void)find(&cpu, &u, sizeof(u), &m);
	}
}

static void amd(void **state)
{
	struct ucode_cpu cpu = { .is_amd = true, .signature = 0x800f11, .revision = 1 };
	struct ucode_match m;
	uint32_t w[400];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t n = host_rnd() % sizeof(w);

		memset(w, 0, sizeof(w));
		w[0] = 0x00414d44;
		w[1] = 0;
		w[2] = 32;
		w[3] = 0x800f11;
		w[6] = 0x8011 << 0;
		w[11] = 1;
		w[12] = 512;
		w[14] = 0x08001126;
		w[19] = 0x8011;
		if (i) {
			for (int k = 0; k < 4; k++) {
				w[host_rnd() % 24] = (uint32_t)host_rnd() % 2048;
			}
		}
		(void)find(&cpu, w, n, &m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(intel), cmocka_unit_test(amd) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
