/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HVM context records: a domain's virtual CPUs as the ABI's typed stream (HEADER, records by ascending type, END), for the toolstack's
 * builder, dumps and migration. A stream is checked completely before anything of it is applied, so a bad one leaves the domain as it was.
 * The caller has paused the domain; the vCPUs are off their CPUs. The record types are in context_cpu.c and context_dev.c.
 */
#include <hv/hvm.h>

#include <hv/cpu_policy.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/string.h>
#include <asm/msr.h>

#include "context_priv.h"

_Static_assert(sizeof(struct hvm_save_header) == 24, "ABI");

/* Ascending codes: the order of saving. */
static const struct record_type *const record_types[] = {
	&context_cpu,
	&context_lapic,
	&context_lapic_regs,
	&context_mtrr,
	&context_xsave,
	&context_vmce,
	&context_tsc_adjust,
	&context_msrs,
};

static uint32_t max_size(const struct record_type *t, const struct vcpu *v)
{
	return t->size != NULL ? t->size(v) : t->max;
}

size_t hvm_context_size(struct domain *d)
{
	size_t total = 2 * sizeof(struct hvm_save_descriptor) + sizeof(struct hvm_save_header);
	struct vcpu *v;

	for_each_vcpu(d, v) {
		for (size_t i = 0; i < ARRAY_SIZE(record_types); i++) {
			total += sizeof(struct hvm_save_descriptor) + max_size(record_types[i], v);
		}
	}
	return total;
}

static void put_descriptor(uint8_t *at, uint16_t code, uint16_t instance, uint32_t len)
{
	const struct hvm_save_descriptor desc = {
		.typecode = code, .instance = instance, .length = len
	};

	memcpy(at, &desc, sizeof(desc));
}

int hvm_context_save(struct domain *d, void *buf, size_t size, size_t *used)
{
	const size_t desc_bytes = sizeof(struct hvm_save_descriptor);
	struct hvm_save_header hdr = {
		.magic = HVM_FILE_MAGIC,
		.version = HVM_FILE_VERSION,
		.changeset = ~0ull,
		.cpuid = host_cpu_policy.basic[1].a,
		.gtsc_khz = d->tsc_khz,
	};
	uint8_t *out = buf;
	size_t pos = 0;
	struct vcpu *v;

	if (size < hvm_context_size(d)) {
		return -ENOSPC;
	}
	memset(buf, 0, size);
	for_each_vcpu(d, v) {
		hvm_sync_vcpu(v);
	}
	put_descriptor(out, HVM_SAVE_CODE(HEADER), 0, sizeof(hdr));
	memcpy(out + desc_bytes, &hdr, sizeof(hdr));
	pos = desc_bytes + sizeof(hdr);
	for (size_t i = 0; i < ARRAY_SIZE(record_types); i++) {
		for_each_vcpu(d, v) {
			uint32_t len = record_types[i]->save(v, out + pos + desc_bytes);

			if (len != 0) {
				put_descriptor(out + pos, record_types[i]->code,
					(uint16_t)v->vcpu_id, len);
				pos += desc_bytes + len;
			}
		}
	}
	put_descriptor(out + pos, HVM_SAVE_CODE(END), 0, 0);
	*used = pos + desc_bytes;
	return 0;
}

static const struct record_type *find_type(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(record_types); i++) {
		if (record_types[i]->code == code) {
			return record_types[i];
		}
	}
	return NULL;
}

static int check_header(const struct hvm_save_descriptor *desc, const uint8_t *data)
{
	struct hvm_save_header hdr;

	if (desc->typecode != HVM_SAVE_CODE(HEADER) || desc->instance != 0 ||
		desc->length != sizeof(hdr)) {
		return -EINVAL;
	}
	memcpy(&hdr, data, sizeof(hdr));
	return hdr.magic == HVM_FILE_MAGIC && hdr.version == HVM_FILE_VERSION ? 0 : -EINVAL;
}

static int check_record(
	struct domain *d, const struct hvm_save_descriptor *desc, const uint8_t *data)
{
	const struct record_type *t = find_type(desc->typecode);
	struct vcpu *v;

	if (t == NULL) {
		/* Known devices that a PVH guest does not have, or nonsense. */
		return desc->typecode > HVM_SAVE_CODE(HEADER) &&
				desc->typecode <= HVM_SAVE_CODE_MAX ?
			-ENODEV :
			-EINVAL;
	}
	v = desc->instance < d->max_vcpus ? d->vcpu[desc->instance] : NULL;
	if (v == NULL || desc->length < t->min || (!t->any_length && desc->length > t->max)) {
		return -EINVAL;
	}
	return t->check(v, data, desc->length);
}

/* Walk the stream and call fn for each record after the header. 0 at a proper END. */
static int walk(struct domain *d, const uint8_t *in, size_t size, const struct load_context *lc)
{
	struct hvm_save_descriptor desc;
	bool first = true;

	for (size_t pos = 0; size - pos >= sizeof(desc);) {
		int rc;

		memcpy(&desc, in + pos, sizeof(desc));
		pos += sizeof(desc);
		if (desc.length > size - pos) {
			return -ENODATA;
		}
		if (desc.typecode == HVM_SAVE_CODE(END) && !first) {
			return desc.length == 0 ? 0 : -EINVAL;
		}
		if (first) {
			rc = check_header(&desc, in + pos);
		} else if (lc == NULL) {
			rc = check_record(d, &desc, in + pos);
		} else {
			rc = find_type(desc.typecode)
				     ->load(d->vcpu[desc.instance], in + pos, desc.length, lc);
		}
		if (rc != 0) {
			return rc;
		}
		pos += desc.length;
		first = false;
	}
	return -ENODATA;
}

int hvm_context_load(struct domain *d, const void *buf, size_t size)
{
	struct load_context lc;
	struct vcpu *v;
	int rc = walk(d, buf, size, NULL);

	if (rc != 0) {
		return rc;
	}
	for_each_vcpu(d, v) {
		vcpu_down(v);
		hvm_sync_vcpu(v);
	}
	lc.tsc = rdtsc();
	return walk(d, buf, size, &lc);
}
