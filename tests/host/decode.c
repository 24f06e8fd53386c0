/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/decode.c: the forms that kernels use on device memory, lengths of the instructions that exit,
 * control-register moves, and random bytes in exact-size buffers: a length never exceeds what was
 * given, and more bytes never change a finished answer.
 */
#include "../../hypervisor/hvm/insn_priv.h"
#include "host.h"

#include <string.h>

struct form {
	unsigned int mode;
	uint8_t b[15];
	unsigned int len, op, op_bytes;
	bool mem_is_dst;
};

static const struct form forms[] = {
	{ 64, { 0x89, 0x07 }, 2, INSN_MOV, 4, true },   /* mov %eax,(%rdi) */
	{ 64, { 0x8b, 0x07 }, 2, INSN_MOV, 4, false },
	{ 64, { 0x48, 0x8b, 0x47, 0x10 }, 4, INSN_MOV, 8, false },
	{ 64, { 0x44, 0x89, 0xbf, 0x80, 0, 0, 0 }, 7, INSN_MOV, 4, true },
	{ 64, { 0x66, 0x89, 0x07 }, 3, INSN_MOV, 2, true },
	{ 64, { 0x88, 0x07 }, 2, INSN_MOV, 1, true },
	{ 64, { 0xc7, 0x07, 1, 2, 3, 4 }, 6, INSN_MOV, 4, true },
	{ 64, { 0x66, 0xc7, 0x07, 1, 2 }, 5, INSN_MOV, 2, true },
	{ 64, { 0xc6, 0x07, 1 }, 3, INSN_MOV, 1, true },
	{ 64, { 0x48, 0xc7, 0x07, 1, 2, 3, 4 }, 7, INSN_MOV, 8, true },
	{ 64, { 0xa1, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, INSN_MOV, 4, false },
	{ 64, { 0xa3, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, INSN_MOV, 4, true },
	{ 32, { 0xa1, 1, 2, 3, 4 }, 5, INSN_MOV, 4, false },
	{ 16, { 0xa1, 1, 2 }, 3, INSN_MOV, 2, false },
	{ 64, { 0x8b, 0x04, 0x25, 0, 0, 0xe0, 0xfe }, 7, INSN_MOV, 4, false },
	{ 64, { 0x8b, 0x05, 0, 0, 0, 0 }, 6, INSN_MOV, 4, false }, /* RIP-relative */
	{ 64, { 0x0f, 0xb6, 0x07 }, 3, INSN_MOVZX, 4, false },
	{ 64, { 0x48, 0x0f, 0xbf, 0x07 }, 4, INSN_MOVSX, 8, false },
	{ 64, { 0x81, 0x0f, 1, 0, 0, 0 }, 6, INSN_OR, 4, true },
	{ 64, { 0x83, 0x27, 0x7f }, 3, INSN_AND, 4, true },
	{ 64, { 0x31, 0x07 }, 2, INSN_XOR, 4, true },
	{ 64, { 0x39, 0x07 }, 2, INSN_CMP, 4, true },
	{ 64, { 0x85, 0x07 }, 2, INSN_TEST, 4, false },
	{ 64, { 0xf7, 0x07, 1, 0, 0, 0 }, 6, INSN_TEST, 4, false },
	{ 64, { 0x87, 0x07 }, 2, INSN_XCHG, 4, true },
	{ 64, { 0xf0, 0x0f, 0xb1, 0x0f }, 4, INSN_CMPXCHG, 4, true },
	{ 64, { 0xf3, 0xab }, 2, INSN_STOS, 4, true },
	{ 64, { 0xf3, 0x48, 0xa5 }, 3, INSN_MOVS, 8, true },
	{ 32, { 0x8b, 0x44, 0x8b, 0x10 }, 4, INSN_MOV, 4, false },
	{ 16, { 0x8b, 0x46, 0x10 }, 3, INSN_MOV, 2, false },
	{ 16, { 0x66, 0x67, 0x8b, 0x03 }, 4, INSN_MOV, 4, false },
};

static enum insn_rc decode(const uint8_t *b, unsigned int n, unsigned int mode, struct insn *out)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum insn_rc rc;

	memcpy(copy, b, n);
	rc = insn_decode(copy, n, mode, out);
	free(copy);
	return rc;
}

static void known(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		struct insn in;

		if (decode(f->b, 15, f->mode, &in) != INSN_OK || in.len != f->len ||
			in.op != f->op || in.op_bytes != f->op_bytes) {
			fail_msg(
				"form %u: length %u op %u bytes %u", i, in.len, in.op, in.op_bytes);
		}
		if (f->op == INSN_MOV) {
			assert_int_equal(in.mem_is_dst, f->mem_is_dst);
		}
		for (unsigned int n = 0; n < f->len; n++) {
			assert_int_equal(decode(f->b, n, f->mode, &in), INSN_TRUNCATED);
		}
	}
}

static void addresses(void **state)
{
	struct cpu_regs r;
	struct insn in;
	static const uint8_t sib[] = { 0x42, 0x8b, 0x44, 0xa5,
		0xf0 }; /* mov -16(%rbp,%r12,4),%eax */
	static const uint8_t rip[] = { 0x8b, 0x05, 0xf0, 0xff, 0xff, 0xff };
	static const uint8_t a32[] = { 0x67, 0x8b, 0x00 };

	(void)state;
	memset(&r, 0, sizeof(r));
	r.rbp = 0x1000;
	r.r12 = 0x10;
	assert_int_equal(decode(sib, sizeof(sib), 64, &in), INSN_OK);
	assert_int_equal(insn_effective_address(&in, &r, 0), 0x1000 + 0x40 - 16);
	assert_int_equal(decode(rip, sizeof(rip), 64, &in), INSN_OK);
	assert_int_equal(insn_effective_address(&in, &r, 0x2006), 0x2006 - 16);
	r.rax = 0x1122334455667788;
	assert_int_equal(decode(a32, sizeof(a32), 64, &in), INSN_OK);
	assert_int_equal(insn_effective_address(&in, &r, 0), 0x55667788);
}

static void random_bytes(void **state)
{
	static const unsigned int modes[] = { 16, 32, 64 };

	(void)state;
	for (int round = 0; round < 400000; round++) {
		uint8_t b[16];
		unsigned int n = host_rnd() % 16, mode = modes[host_rnd() % 3];
		struct insn in, more;
		enum insn_rc rc;
		uint64_t v = host_rnd(), w = host_rnd();

		memcpy(b, &v, 8);
		memcpy(b + 8, &w, 8);
		rc = decode(b, n, mode, &in);
		if (rc == INSN_OK) {
			assert_true(in.len >= 1 && in.len <= n && in.len <= INSN_MAX_BYTES);
			assert_true(in.op_bytes == 1 || in.op_bytes == 2 || in.op_bytes == 4 ||
				in.op_bytes == 8);
			assert_int_equal(decode(b, 15, mode, &more), INSN_OK);
			assert_int_equal(more.len, in.len);
			assert_int_equal(decode(b, in.len - 1, mode, &more), INSN_TRUNCATED);
		}
		for (unsigned int what = 0; what < 16; what++) {
			assert_true(insn_length_of(b, n, mode, (enum hvm_insn)what) <= n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(addresses),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
