/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/decode.c on arbitrary bytes in three modes: lengths within what was given, effective
 * addresses computed without trouble.
 */
#include "../../hypervisor/hvm/insn_priv.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int modes[] = { 16, 32, 64 };

	if (size > INSN_MAX_BYTES) {
		size = INSN_MAX_BYTES;
	}
	for (int m = 0; m < 3; m++) {
		uint8_t *copy = exact_copy(data, size);
		struct insn in, mem;
		struct hvm_crdr_insn cr;
		struct cpu_regs r;
		bool has_mem = false;

		memset(&r, 0x5a, sizeof(r));
		if (insn_decode(copy, (unsigned int)size, modes[m], &in) == INSN_OK) {
			REQUIRE(in.len >= 1 && in.len <= size);
			REQUIRE(in.op_bytes == 1 || in.op_bytes == 2 || in.op_bytes == 4 ||
				in.op_bytes == 8);
			(void)insn_effective_address(&in, &r, 0x1000);
		}
		for (unsigned int what = 0; what < 24; what++) {
			REQUIRE(insn_length_of(copy, (unsigned int)size, modes[m],
					(enum hvm_insn)what) <= size);
		}
		(void)insn_decode_crdr(copy, (unsigned int)size, modes[m], &cr, &mem, &has_mem);
		free(copy);
	}
	return 0;
}
