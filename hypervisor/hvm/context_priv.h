/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: hvm */
/* Between the stream of HVM context records (context.c) and the record types (context_cpu.c, context_dev.c). */
#ifndef HV_CONTEXT_PRIV_H
#define HV_CONTEXT_PRIV_H

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include <hv/types.h>

struct vcpu;

/* What one load works with: all vCPUs' clocks start at the same tick. */
struct load_context {
	uint64_t tsc;
};

/*
 * A record type, per vCPU. min, max: its length; size: the longest when it depends on the vCPU (then max is not looked at). save: fills out
 * (zeroed, of that size), returns the length, 0 when there is nothing to tell. check: 0 or -errno without side effects. load: applies a
 * checked record.
 */
struct record_type {
	uint16_t code;
	bool any_length; /* check looks at the length itself */
	uint32_t min, max;
	uint32_t (*size)(const struct vcpu *v);
	uint32_t (*save)(struct vcpu *v, void *out);
	int (*check)(struct vcpu *v, const void *rec, uint32_t len);
	int (*load)(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc);
};

extern const struct record_type context_cpu, context_xsave;
extern const struct record_type context_lapic, context_lapic_regs, context_mtrr, context_vmce,
	context_tsc_adjust, context_msrs;

#endif
