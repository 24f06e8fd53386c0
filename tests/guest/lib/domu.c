/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds further PVH domains straight from the test dom0, as the toolstack would: createdomain,
 * paging pool, memory, contents by foreign mapping, MTRR and CPU records, unpause. The contents
 * are this very image with its pristine .data, so the new domain enters start32 and ends in
 * domu_main(). Layout: low memory with start_info and the end of memory at gfn 1 and the mailbox
 * at gfn 2; the rest from DOMU_HIGH_GFN on, where the image is linked.
 */
#include "xenlib.h"

struct mailbox *own_mailbox(void)
{
	return gfn_ptr(MAILBOX_GFN);
}

s64 domctl(struct xen_domctl *d)
{
	d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return hc1(__HYPERVISOR_domctl, d);
}

s64 sysctl(struct xen_sysctl *s)
{
	s->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hc1(__HYPERVISOR_sysctl, s);
}

u64 free_pages_total(void)
{
	struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo };

	if (sysctl(&s)) {
		test_error("physinfo");
	}
	return s.u.physinfo.free_pages;
}

s64 domain_info(unsigned int domid, struct xen_domctl_getdomaininfo *info)
{
	struct xen_domctl d = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = (domid_t)domid };
	s64 rc = domctl(&d);

	*info = d.u.getdomaininfo;
	return rc;
}

static int simple(unsigned int cmd, unsigned int domid)
{
	struct xen_domctl d = { .cmd = cmd, .domain = (domid_t)domid };

	return (int)domctl(&d);
}

int domu_create_bare(struct domu *u, unsigned int vcpus, unsigned int mib)
{
	struct xen_domctl d = { .cmd = XEN_DOMCTL_createdomain, .domain = 0xffff };
	struct xen_domctl_createdomain *c = &d.u.createdomain;
	s64 rc;

	memset(u, 0, sizeof(*u));
	u->vcpus = vcpus;
	u->pages = mib * 256;
	c->flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
	c->max_vcpus = vcpus;
	c->max_evtchn_port = 1023;
	c->max_grant_frames = 4;
	c->max_maptrack_frames = 4;
	c->grant_opts = 1;
	c->arch.emulation_flags = XEN_X86_EMU_LAPIC;
	rc = domctl(&d);
	if (rc) {
		printf("createdomain: %ld\n", rc);
		return (int)rc;
	}
	u->domid = d.domain;
	memset(&d, 0, sizeof(d));
	d.domain = (domid_t)u->domid;
	d.cmd = XEN_DOMCTL_set_paging_mempool_size;
	d.u.paging_mempool.size = (1 + mib / 64) << 20;
	rc = domctl(&d);
	if (rc) {
		printf("paging mempool: %ld\n", rc);
		goto fail;
	}
	memset(&d.u, 0, sizeof(d.u));
	d.cmd = XEN_DOMCTL_max_vcpus;
	d.u.max_vcpus.max = vcpus;
	rc = domctl(&d);
	if (rc) {
		printf("max_vcpus: %ld\n", rc);
		goto fail;
	}
	memset(&d.u, 0, sizeof(d.u));
	d.cmd = XEN_DOMCTL_max_mem;
	d.u.max_mem.max_memkb = mib * 1024 + 1024;
	rc = domctl(&d);
	if (rc) {
		printf("max_mem: %ld\n", rc);
		goto fail;
	}
	rc = populate(u->domid, 0, DOMU_LOW_PAGES);
	rc = rc < 0 ? rc : rc + populate(u->domid, DOMU_HIGH_GFN, u->pages - DOMU_LOW_PAGES);
	if (rc != (s64)u->pages) {
		printf("populate: %ld of %u\n", rc, u->pages);
		rc = -ENOMEM;
		goto fail;
	}
	return 0;
fail:
	simple(XEN_DOMCTL_destroydomain, u->domid);
	return (int)rc;
}

/* Copies bytes to a guest-physical address of the new domain; src NULL writes nothing. */
static int load(struct domu *u, u64 gpa, const void *src, u64 len)
{
	u64 win = scratch_gfn(0);
	const u8 *s = src;

	while (len) {
		u64 off = gpa & 0xfff, n = 4096 - off < len ? 4096 - off : len;
		s64 rc = add_foreign(u->domid, gpa >> 12, win);

		if (rc) {
			printf("foreign map of %lx: %ld\n", gpa >> 12, rc);
			return (int)rc;
		}
		memcpy((u8 *)gfn_ptr(win) + off, s, n);
		remove_from_physmap(win);
		s += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

static int set_context(struct domu *u)
{
	static u8 buf[32768];
	struct {
		struct hvm_save_descriptor hd;
		HVM_SAVE_TYPE(HEADER) h;
		struct hvm_save_descriptor md;
		union {
			struct {
				HVM_SAVE_TYPE(MTRR) m;
				struct hvm_save_descriptor end;
			} mtrr;
			struct {
				HVM_SAVE_TYPE(CPU) c;
				struct hvm_save_descriptor end;
			} cpu;
		} u;
	} *x = alloc_pages(2);
	struct xen_domctl d = { .cmd = XEN_DOMCTL_gethvmcontext, .domain = (domid_t)u->domid };
	extern u8 start32[];
	HVM_SAVE_TYPE(CPU) *c = &x->u.cpu.c;
	bool found = false;
	s64 rc;

	d.u.hvmcontext.size = sizeof(buf);
	set_xen_guest_handle(d.u.hvmcontext.buffer, buf);
	rc = domctl(&d);
	if (rc) {
		printf("gethvmcontext: %ld\n", rc);
		return (int)rc;
	}
	memcpy(x, buf, sizeof(x->hd) + sizeof(x->h));
	for (u32 off = 0; off < d.u.hvmcontext.size;) {
		struct hvm_save_descriptor *s = (void *)(buf + off);

		if (s->typecode == HVM_SAVE_CODE(MTRR) && s->instance == 0) {
			memcpy(&x->u.mtrr.m, s + 1, s->length);
			found = true;
		}
		off += sizeof(*s) + s->length;
	}
	if (!found) {
		printf("no MTRR record\n");
		return -EINVAL;
	}
	x->u.mtrr.m.msr_mtrr_def_type = 0x806;
	for (u32 i = 0; i < u->vcpus; i++) {
		x->md.typecode = HVM_SAVE_CODE(MTRR);
		x->md.instance = (u16)i;
		x->md.length = HVM_SAVE_LENGTH(MTRR);
		memset(&x->u.mtrr.end, 0, sizeof(x->u.mtrr.end));
		d.cmd = XEN_DOMCTL_sethvmcontext;
		d.u.hvmcontext.size = (u32)((u8 *)(&x->u.mtrr.end + 1) - (u8 *)x);
		set_xen_guest_handle(d.u.hvmcontext.buffer, (u8 *)x);
		rc = domctl(&d);
		if (rc) {
			printf("sethvmcontext(MTRR): %ld\n", rc);
			return (int)rc;
		}
	}
	memset(&x->u, 0, sizeof(x->u));
	x->md.typecode = HVM_SAVE_CODE(CPU);
	x->md.instance = 0;
	x->md.length = HVM_SAVE_LENGTH(CPU);
	c->cr0 = CR0_PE | CR0_ET;
	c->rip = (u64)start32;
	c->rbx = DOMU_START_INFO;
	c->cs_limit = c->ds_limit = c->es_limit = c->ss_limit = ~0U;
	c->cs_arbytes = 0xc9b;
	c->ds_arbytes = c->es_arbytes = c->ss_arbytes = 0xc93;
	c->tr_limit = 0x67;
	c->tr_arbytes = 0x8b;
	c->dr6 = 0xffff0ff0;
	c->dr7 = 0x400;
	d.u.hvmcontext.size = (u32)((u8 *)(&x->u.cpu.end + 1) - (u8 *)x);
	set_xen_guest_handle(d.u.hvmcontext.buffer, (u8 *)x);
	rc = domctl(&d);
	if (rc) {
		printf("sethvmcontext(CPU): %ld\n", rc);
	}
	return (int)rc;
}

int domu_create(struct domu *u, unsigned int vcpus, unsigned int mib)
{
	static u8 page[4096];
	struct hvm_start_info *si = (void *)page;
	u64 text = (u64)(data_start - image_start), data = (u64)(data_end - data_start);
	int rc;

	if (phys_offset) {
		test_error("a relocated test cannot build domains");
	}
	rc = domu_create_bare(u, vcpus, mib);
	if (rc) {
		return rc;
	}
	memset(page, 0, sizeof(page));
	si->magic = XEN_HVM_START_MAGIC_VALUE;
	si->version = 1;
	memcpy(page + 0x100, "undercroft-test-domu", 20);
	*(u64 *)(page + 0x200) = (DOMU_HIGH_GFN + u->pages - DOMU_LOW_PAGES) << 12;
	rc = load(u, DOMU_START_INFO, page, sizeof(page));
	rc = rc ? rc : load(u, (u64)image_start, image_start, text);
	rc = rc ? rc : load(u, (u64)data_start, data_backup, data);
	rc = rc ? rc : set_context(u);
	if (rc) {
		goto fail;
	}
	u->box_gfn = scratch_gfn(1);
	rc = (int)add_foreign(u->domid, MAILBOX_GFN, u->box_gfn);
	if (rc) {
		goto fail;
	}
	u->box = gfn_ptr(u->box_gfn);
	return 0;
fail:
	simple(XEN_DOMCTL_destroydomain, u->domid);
	return rc;
}

int domu_unpause(struct domu *u)
{
	return simple(XEN_DOMCTL_unpausedomain, u->domid);
}

bool domu_wait(struct domu *u, u64 ns)
{
	bool done = wait_irq(u->box->state >= 2 || ({
		sched_op(SCHEDOP_yield, 0);
		0;
	}),
		ns);

	if (u->box->log_len) {
		struct mailbox *m = u->box;
		u32 n = m->log_len < sizeof(m->log) - 1 ? m->log_len : sizeof(m->log) - 1;

		m->log[n] = 0;
		for (u32 i = 0; i < n;) {
			char line[200];
			u32 j = 0;

			while (i < n && j < sizeof(line) - 1) {
				line[j++] = m->log[i++];
				if (line[j - 1] == '\n') {
					break;
				}
			}
			line[j] = 0;
			printf("d%u: %s", u->domid, line);
		}
		m->log_len = 0;
	}
	if (!done) {
		test_failure("domain %u did not end in time (state %u)", u->domid, u->box->state);
	} else if (u->box->state == 3) {
		test_failure("domain %u crashed or reports an error", u->domid);
	} else if (u->box->failures) {
		test_failure("domain %u reports %u failures", u->domid, u->box->failures);
	}
	return done;
}

int domu_destroy(struct domu *u)
{
	struct xen_domctl_getdomaininfo info;
	int rc;

	if (u->box) {
		remove_from_physmap(u->box_gfn);
		u->box = NULL;
	}
	rc = simple(XEN_DOMCTL_destroydomain, u->domid);
	if (!rc && !wait_irq(domain_info(u->domid, &info) == -ESRCH, 2000 * MS)) {
		return -EBUSY;
	}
	return rc;
}
