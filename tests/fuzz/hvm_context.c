/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/context.c, the walk over a stream of context records, with record types of our own: nothing
 * is loaded from a stream that is not whole and right, and no record is given more bytes than the
 * stream holds.
 */
#include <hv/hvm.h>
#include <hv/cpu_policy.h>

#include "../../hypervisor/hvm/context_priv.h"
#include "fuzz.h"

struct cpu_policy host_cpu_policy;
static unsigned int loads, checks;
static bool checked_all;
static const uint8_t *stream_start, *stream_end;

static void inside(const void *rec, uint32_t len)
{
	REQUIRE((const uint8_t *)rec >= stream_start && (const uint8_t *)rec <= stream_end);
	REQUIRE(len <= (size_t)(stream_end - (const uint8_t *)rec));
}

static int check(struct vcpu *v, const void *rec, uint32_t len)
{
	inside(rec, len);
	REQUIRE(v);
	REQUIRE(!loads);
	checks++;
	return len && *(const uint8_t *)rec == 0xee ? -22 : 0;
}

static int load(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	inside(rec, len);
	REQUIRE(v && lc);
	loads++;
	return 0;
}

static uint32_t save(struct vcpu *v, void *out)
{
	(void)v;
	(void)out;
	return 0;
}

#define TYPE(name, c, lo, hi)                                                               \
	const struct record_type name = {                                                   \
		.code = c, .min = lo, .max = hi, .save = save, .check = check, .load = load \
	}
TYPE(context_cpu, HVM_SAVE_CODE(CPU), 8, 64);
TYPE(context_lapic, HVM_SAVE_CODE(LAPIC), 24, 32);
TYPE(context_lapic_regs, HVM_SAVE_CODE(LAPIC_REGS), 16, 16);
TYPE(context_mtrr, HVM_SAVE_CODE(MTRR), 8, 8);
TYPE(context_vmce, HVM_SAVE_CODE(VMCE_VCPU), 1, 8);
TYPE(context_tsc_adjust, HVM_SAVE_CODE(TSC_ADJUST), 8, 8);
const struct record_type context_xsave = {
	.code = CPU_XSAVE_CODE,
	.any_length = true,
	.save = save,
	.check = check,
	.load = load,
};
const struct record_type context_msrs = {
	.code = CPU_MSR_CODE,
	.any_length = true,
	.save = save,
	.check = check,
	.load = load,
};

void vcpu_down(struct vcpu *v)
{
	REQUIRE(v);
	checked_all = true;
}

void hvm_sync_vcpu(struct vcpu *v)
{
	(void)v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct domain *d;
	static struct vcpu *v[2], *list[2];
	uint8_t *copy;
	int rc;

	if (!d) {
		d = calloc(1, sizeof(*d));
		d->vcpu = list;
		d->max_vcpus = 2;
		for (unsigned int i = 0; i < 2; i++) {
			list[i] = v[i] = calloc(1, sizeof(*v[i]));
			v[i]->vcpu_id = i;
			v[i]->domain = d;
		}
	}
	copy = exact_copy(data, size);
	stream_start = copy;
	stream_end = copy + size;
	loads = checks = 0;
	checked_all = false;
	rc = hvm_context_load(d, copy, size);
	if (rc) {
		REQUIRE(!loads);
	} else {
		REQUIRE(loads == checks);
	}
	free(copy);
	return 0;
}
