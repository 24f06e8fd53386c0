/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts of a domain: size query, full read, a stream with a bad record is refused and leaves
 * the domain as it was, a good one is taken.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static u8 buf[32768] __aligned(8), buf2[32768] __aligned(8);
static struct xen_domctl d;

static s64 get(u8 *b, u32 *size)
{
	s64 rc;

	d.cmd = XEN_DOMCTL_gethvmcontext;
	d.u.hvmcontext.size = *size;
	set_xen_guest_handle(d.u.hvmcontext.buffer, b);
	rc = domctl(&d);
	*size = d.u.hvmcontext.size;
	return rc;
}

static s64 put(u8 *b, u32 size)
{
	d.cmd = XEN_DOMCTL_sethvmcontext;
	d.u.hvmcontext.size = size;
	set_xen_guest_handle(d.u.hvmcontext.buffer, b);
	return domctl(&d);
}

static struct hvm_save_descriptor *find(u8 *b, u32 size, u16 type, u16 instance)
{
	for (u32 off = 0; off + 8 <= size;) {
		struct hvm_save_descriptor *s = (void *)(b + off);

		if (s->typecode == type && s->instance == instance) {
			return s;
		}
		off += sizeof(*s) + s->length;
	}
	return NULL;
}

/* HEADER + one record + END in buf2, taken from buf. */
static u32 build(u32 size, u16 type, u16 instance)
{
	struct hvm_save_descriptor *h = find(buf, size, 1, 0), *r = find(buf, size, type, instance);
	u32 n = 0;

	if (!h || !r) {
		return 0;
	}
	memcpy(buf2, h, sizeof(*h) + h->length);
	n = (u32)sizeof(*h) + h->length;
	memcpy(buf2 + n, r, sizeof(*r) + r->length);
	n += (u32)sizeof(*r) + r->length;
	memset(buf2 + n, 0, sizeof(*r));
	return n + (u32)sizeof(*r);
}

void test_main(void)
{
	struct domu u;
	struct hvm_save_descriptor *r;
	struct hvm_hw_mtrr *m;
	struct hvm_hw_cpu *c;
	u32 size = 0, full, n;
	u64 pat;

	apic_enable();
	if (domu_create(&u, 2, 8)) {
		test_error("no domain");
	}
	d.domain = (domid_t)u.domid;
	CHECK_EQ(get(NULL, &size), 0);
	CHECK(size > 1000 && size < sizeof(buf), "size %u", size);
	full = size;
	CHECK_EQ(get(buf, &full), 0);
	CHECK(full <= size, "%u of %u", full, size);
	n = 100;
	CHECK_EQ(get(buf2, &n), -ENOSPC);
	r = find(buf, full, 1, 0);
	CHECK(r == (void *)buf, "the header is not first");
	CHECK_EQ(*(u32 *)(r + 1), 0x54381286);
	CHECK(find(buf, full, HVM_SAVE_CODE(CPU), 0), "no CPU record");
	CHECK(find(buf, full, HVM_SAVE_CODE(MTRR), 0) && find(buf, full, HVM_SAVE_CODE(MTRR), 1),
		"MTRR");
	CHECK(find(buf, full, HVM_SAVE_CODE(LAPIC), 1), "LAPIC");
	CHECK_EQ(find(buf, full, HVM_SAVE_CODE(MTRR), 0)->length, 240);
	CHECK_EQ(find(buf, full, HVM_SAVE_CODE(CPU), 0)->length, 1032);
	CHECK(find(buf, full, 0, 0), "no END");
	m = (void *)(find(buf, full, HVM_SAVE_CODE(MTRR), 0) + 1);
	pat = m->msr_pat_cr;

	/* An unknown record behind a good one: nothing is taken. */
	n = build(full, HVM_SAVE_CODE(MTRR), 0);
	m = (void *)(buf2 + 32 + 8);
	m->msr_pat_cr = 0x0606060606060606;
	r = (void *)(buf2 + n - 8);
	r->typecode = 999;
	CHECK(put(buf2, n) < 0, "unknown record");
	r->typecode = 0;
	CHECK(put(buf2, n - 8) < 0, "no END");
	((struct hvm_save_descriptor *)(buf2 + 32))->instance = 9;
	CHECK(put(buf2, n) < 0, "vCPU 9");
	((struct hvm_save_descriptor *)(buf2 + 32))->instance = 0;
	((struct hvm_save_descriptor *)(buf2 + 32))->length = 100000;
	CHECK(put(buf2, n) < 0, "length beyond the stream");
	*(u32 *)(buf2 + 8) = 1;
	CHECK(put(buf2, n) < 0, "magic");
	full = sizeof(buf);
	CHECK_EQ(get(buf, &full), 0);
	m = (void *)(find(buf, full, HVM_SAVE_CODE(MTRR), 0) + 1);
	CHECK_EQ(m->msr_pat_cr, pat);

	n = build(full, HVM_SAVE_CODE(MTRR), 0);
	m = (void *)(buf2 + 32 + 8);
	m->msr_pat_cr = 0x0606060606060606;
	CHECK_EQ(put(buf2, n), 0);
	full = sizeof(buf);
	CHECK_EQ(get(buf, &full), 0);
	m = (void *)(find(buf, full, HVM_SAVE_CODE(MTRR), 0) + 1);
	CHECK_EQ(m->msr_pat_cr, 0x0606060606060606);

	/* CPU records: impossible states. */
	full = sizeof(buf);
	get(buf, &full);
	n = build(full, HVM_SAVE_CODE(CPU), 0);
	if (n) {
		c = (void *)(buf2 + 32 + 8);
		c->cr0 = CR0_PG | CR0_ET;
		CHECK(put(buf2, n) < 0, "PG without PE");
		c->cr0 = CR0_PE;
		CHECK(put(buf2, n) < 0, "no ET");
		c->cr0 = CR0_PE | CR0_ET;
		c->dr7 = 1ULL << 32;
		CHECK(put(buf2, n) < 0, "DR7 high half");
		c->dr7 = 0x400;
		c->cr4 = 1ULL << 40;
		CHECK(put(buf2, n) < 0, "CR4");
		c->cr4 = 0;
		c->msr_efer = 1ULL << 40;
		CHECK(put(buf2, n) < 0, "EFER");
		c->msr_efer = 0;
		c->rip = 0x1234;
		CHECK_EQ(put(buf2, n), 0);
		full = sizeof(buf);
		CHECK_EQ(get(buf, &full), 0);
		c = (void *)(find(buf, full, HVM_SAVE_CODE(CPU), 0) + 1);
		CHECK_EQ(c->rip, 0x1234);
	}
	d.domain = 0;
	full = sizeof(buf);
	CHECK(get(buf, &full) < 0, "own context");
	CHECK_EQ(domu_destroy(&u), 0);
}
