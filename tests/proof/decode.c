/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/decode.c for every instruction of at most 15 bytes in every mode: the length is within what
 * was given, operand sizes and registers are ones that exist, no access outside the buffer.
 */
#include "proof.h"

#include "../../hypervisor/hvm/decode.c"

int main(void)
{
	uint8_t buf[15];
	struct insn in;
	unsigned int n = nondet_u8(), mode = nondet_bool() ? 64 : nondet_bool() ? 32 : 16;

	assume(n <= 15);
	if (insn_decode(buf, n, mode, &in) == INSN_OK) {
		prove(in.len >= 1 && in.len <= n);
		prove(in.op_bytes == 1 || in.op_bytes == 2 || in.op_bytes == 4 || in.op_bytes == 8);
		prove(in.ad_bytes == 2 || in.ad_bytes == 4 || in.ad_bytes == 8);
		prove(in.reg < 16 && in.rm < 16);
		prove(in.is_reg || in.base < 16 || in.base >= INSN_RIP);
		prove(in.is_reg || in.index < 16 || in.index == INSN_NO_REG);
	}
	return 0;
}
