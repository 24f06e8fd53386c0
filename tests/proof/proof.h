/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What proofs share. nondet_*() is any value at all; assume() leaves only the cases of interest.
 */
#ifndef TESTS_PROOF_PROOF_H
#define TESTS_PROOF_PROOF_H

#include <hv/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
bool nondet_bool(void);

#define assume(c) __CPROVER_assume(c)
#define prove(c)  __CPROVER_assert(c, #c)

#endif
