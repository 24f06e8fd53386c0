/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * p2m/ against a plain array: random maps, removals, grant and foreign mappings of all sizes, places
 * that are populated on demand and their first touches, with and without lack of memory. After each operation every frame is what the array says, the number
 * of references that foreign mappings hold is exact, and nothing that was replaced is let go before
 * a flush. Then the same memory's page tables and the guest's own walks (guest_walk.c).
 */
#include <asm/cr.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/p2m.h>
#include <hv/pci.h>
#include <hv/rangeset.h>
#include <hv/smp.h>
#include <hv/softirq.h>

#include "host.h"

#include "../../hypervisor/p2m/p2m_priv.h"

#define NR_GFNS   2048u
#define NR_MFNS   8192u /* machine frames with a struct page_info: 1.. */
#define FIRST_MFN 0x800u

/* ---- the machine --------------------------------------------------------------------------- */

static struct domain dom, other;
static struct hvm_ops ops = { .has_1g_pages = true, .has_2m_pages = true };
const struct hvm_ops *hvm_ops = &ops;
struct cpu_info boot_cpu_info = { .phys_bits = 40 };
struct vcpu *percpu_curr_vcpu;
unsigned int percpu_cpu_id;
unsigned long percpu_this_offset, percpu_softirq_pending;
cpumask_t cpu_online_map;
bool iommu_enabled;
static unsigned int pages_out, flushes, nr_puts, refs;
static int alloc_budget = -1; /* allocations until the next fails; -1: never */

void *alloc_hv_pages(unsigned int order)
{
	void *p;

	if (order != 0 || alloc_budget == 0) {
		return NULL;
	}
	alloc_budget -= alloc_budget > 0;
	p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_true(p != MAP_FAILED);
	pages_out++;
	return p;
}

void free_hv_pages(void *va, unsigned int order)
{
	(void)order;
	if (va != NULL) {
		munmap(va, 4096);
		pages_out--;
	}
}

void read_lock(rwlock_t *l)
{
	assert_int_equal(l->state, 0);
	l->state = 1;
}

void read_unlock(rwlock_t *l)
{
	assert_int_equal(l->state, 1);
	l->state = 0;
}

void write_lock(rwlock_t *l)
{
	assert_int_equal(l->state, 0);
	l->state = 2;
}

void write_unlock(rwlock_t *l)
{
	assert_int_equal(l->state, 2);
	l->state = 0;
}

bool rw_is_write_locked(const rwlock_t *l)
{
	return l->state == 2;
}

void on_selected_cpus(const cpumask_t *mask, void (*fn)(void *arg), void *arg, bool wait)
{
	(void)mask;
	(void)fn;
	(void)arg;
	(void)wait;
	fail();
}

/* Without an IOMMU each is a no-op; the flush tells that a flush took place. */
int iommu_map(struct domain *d, uint64_t dfn, mfn_t mfn, unsigned int order, bool writable)
{
	(void)d, (void)dfn, (void)mfn, (void)order, (void)writable;
	return 0;
}

int iommu_unmap(struct domain *d, uint64_t dfn, unsigned int order)
{
	(void)d, (void)dfn, (void)order;
	return 0;
}

void iommu_flush(struct domain *d)
{
	assert_int_equal(d->p2m.lock.state, 0);
	flushes++;
}

bool mfn_valid(mfn_t m)
{
	return m.v != 0 && m.v < NR_MFNS;
}

struct domain *page_get_owner(const struct page_info *pg)
{
	return pg->owner_ == 1 ? &dom : pg->owner_ == 2 ? &other : NULL;
}

bool get_page(struct page_info *pg, const struct domain *d)
{
	if (page_get_owner(pg) != d) {
		return false;
	}
	pg->count_info++;
	refs++;
	return true;
}

bool get_page_any(struct page_info *pg)
{
	pg->count_info++;
	refs++;
	return true;
}

void put_page(struct page_info *pg)
{
	assert_true(page_count(pg) > 1);
	assert_int_equal(dom.p2m.lock.state, 0);
	pg->count_info--;
	refs--;
	nr_puts++;
}

/* Pages for first touches: any of the other's frames; a domain that is refused one is crashed. */
static struct {
	bool refuse;
	unsigned int order, given, dropped, crashes;
	uint64_t mfn;
} touch;

struct page_info *domain_populate_pages(struct domain *d, unsigned int order, bool is_touch)
{
	assert_ptr_equal(d, &dom);
	assert_true(is_touch);
	assert_int_equal(d->p2m.lock.state, 0);
	if (touch.refuse) {
		return NULL;
	}
	touch.order = order;
	touch.mfn = FIRST_MFN + (host_rnd() % 4096 & ~((1ull << order) - 1));
	touch.given += 1u << order;
	return mfn_to_page(_mfn(touch.mfn));
}

void domain_drop_page(struct domain *d, struct page_info *pg)
{
	(void)d, (void)pg;
	touch.dropped++;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d, (void)fmt;
	touch.crashes++;
}

bool rangeset_contains_range(struct rangeset *r, uint64_t s, uint64_t e)
{
	(void)r, (void)s, (void)e;
	return false;
}

int pci_for_each_device(int (*fn)(pci_sbdf_t dev, void *arg), void *arg)
{
	(void)fn, (void)arg;
	return 0;
}

uint8_t pci_conf_read8(pci_sbdf_t dev, unsigned int reg)
{
	(void)dev, (void)reg;
	return 0;
}

uint16_t pci_conf_read16(pci_sbdf_t dev, unsigned int reg)
{
	(void)dev, (void)reg;
	return 0;
}

uint32_t pci_conf_read32(pci_sbdf_t dev, unsigned int reg)
{
	(void)dev, (void)reg;
	return 0;
}

/* The window shows the process's own low memory. */
void guest_window_open(struct guest_window *w)
{
	w->va = NULL;
}

void guest_window_show(struct guest_window *w, maddr_t maddr)
{
	w->va = (char *)(uintptr_t)(maddr & ~0xfffull);
}

void guest_window_close(struct guest_window *w)
{
	w->va = NULL;
}

/* ---- random operations ---------------------------------------------------------------------- */

struct slot {
	p2m_type_t t;
	uint64_t mfn;
};
static struct slot model[NR_GFNS];

static void start(bool direct)
{
	struct page_info *ft = mmap(frame_table, NR_MFNS * sizeof(*ft), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	assert_ptr_equal(ft, frame_table);
	memset(&dom, 0, sizeof(dom));
	memset(model, 0, sizeof(model));
	for (unsigned int i = 0; i < NR_MFNS; i++) {
		ft[i] = (struct page_info){ .count_info = PGC_ram | PGC_allocated | 1,
			.owner_ = i < FIRST_MFN ? 1 : 2 };
	}
	dom.direct_mapped = direct;
	dom.is_hardware = direct;
	dom.hvm.mmio_ranges.next = dom.hvm.mmio_ranges.prev = &dom.hvm.mmio_ranges;
	alloc_budget = -1;
	assert_int_equal(p2m_init(&dom), 0);
}

static void finish(void)
{
	unsigned int left = pages_out - (unsigned int)dom.p2m.nr_tables;

	assert_int_equal(p2m_teardown(&dom), 0);
	assert_int_equal(refs, 0);
	assert_int_equal(dom.p2m.nr_pod, 0);
	assert_int_equal(pages_out, left);
	assert_int_equal(p2m_set(&dom, _gfn(1), _mfn(1), 0, p2m_ram_rw), -ESRCH);
}

/* Does the model hold a grant mapping in [gfn, gfn + nr)? */
static bool has_grants(uint64_t gfn, uint64_t nr)
{
	for (uint64_t i = gfn; i < gfn + nr; i++) {
		if (p2m_is_grant(model[i].t)) {
			return true;
		}
	}
	return false;
}

/* What a hole of a direct-mapped domain becomes when a cover goes: only single frames come back. */
static struct slot uncovered(uint64_t gfn, uint64_t nr)
{
	bool back = dom.direct_mapped && nr == 1 && gfn != 0 && model[gfn].t != p2m_invalid &&
		model[gfn].mfn != gfn;

	return back ? (struct slot){ p2m_ram_rw, gfn } : (struct slot){ p2m_invalid, 0 };
}

static void compare(void)
{
	unsigned int foreign = 0, pods = 0;

	for (uint64_t i = 0; i < NR_GFNS; i++) {
		p2m_type_t t;
		unsigned int order;
		mfn_t mfn = p2m_get(&dom, _gfn(i), &t, &order);

		pods += t == p2m_pod;
		if (t != model[i].t ||
			(t != p2m_invalid && t != p2m_pod && mfn.v != model[i].mfn)) {
			fail_msg("gfn %#lx: type %d mfn %#lx, not %d %#lx", (unsigned long)i, t,
				(unsigned long)mfn.v, model[i].t, (unsigned long)model[i].mfn);
		}
		foreign += t == p2m_foreign;
	}
	assert_int_equal(dom.p2m.nr_pod, pods);
	assert_int_equal(refs, foreign);
	assert_int_equal(atomic_read(&dom.nr_foreign_maps), foreign);
}

static void pod_op(void)
{
	unsigned int order = host_rnd() % 2 ? 9 : host_rnd() % 4, crashes = touch.crashes;
	uint64_t nr = 1ull << order, gfn = host_rnd() % (NR_GFNS - nr);
	bool holes = true, pods = true, filled;
	int rc;

	if (host_rnd() % 2) {
		gfn &= ~(nr - 1);
	}
	for (uint64_t i = 0; i < nr; i++) {
		holes &= model[gfn + i].t == p2m_invalid;
		pods &= model[gfn + i].t == p2m_pod;
	}
	switch (host_rnd() % 4) {
	case 0:
		rc = p2m_pod_set(&dom, _gfn(gfn), order);
		assert_true(rc == 0           ? holes :
				rc == -ENOMEM ? alloc_budget >= 0 :
						rc == -EBUSY && !holes);
		for (uint64_t i = 0; rc == 0 && i < nr; i++) {
			model[gfn + i] = (struct slot){ p2m_pod, 0 };
		}
		break;
	case 1:
		rc = p2m_pod_remove(&dom, _gfn(gfn), order);
		assert_true(rc == 0           ? pods :
				rc == -ENOMEM ? alloc_budget >= 0 :
						rc == -ENOENT && !pods);
		/* Short of tables it may have removed some. */
		for (uint64_t i = 0; i < nr && pods; i++) {
			p2m_type_t t;

			(void)p2m_get(&dom, _gfn(gfn + i), &t, NULL);
			assert_true(t == p2m_pod ? rc != 0 : t == p2m_invalid);
			model[gfn + i].t = t;
		}
		break;
	default:
		touch.refuse = host_rnd() % 4 == 0;
		dom.tot_pages = host_rnd() % 2;
		dom.max_pages = 2;
		filled = p2m_pod_fill(&dom, _gfn(gfn));
		if (model[gfn].t != p2m_pod) {
			assert_int_equal(filled, p2m_is_any_ram(model[gfn].t));
		} else if (!filled) {
			assert_true(touch.refuse || alloc_budget >= 0);
			assert_int_equal(touch.crashes, crashes + 1);
		} else {
			uint64_t at = gfn & ~((1ull << touch.order) - 1);

			for (uint64_t i = 0; i < 1ull << touch.order; i++) {
				assert_int_equal(model[at + i].t, p2m_pod);
				model[at + i] = (struct slot){ p2m_ram_rw, touch.mfn + i };
			}
		}
		break;
	}
}

static void one_op(void)
{
	static const p2m_type_t types[] = { p2m_ram_rw, p2m_ram_ro, p2m_mmio_direct };
	static const unsigned int orders[] = { 0, 0, 0, 0, 1, 3, 8, 9, 9, 10 };
	unsigned int order = orders[host_rnd() % 10], was_flushes = flushes, was_puts = nr_puts;
	uint64_t nr = 1ull << order, gfn = host_rnd() % NR_GFNS & ~(nr - 1);
	uint64_t mfn = FIRST_MFN + (host_rnd() % 4096 & ~(nr - 1));
	p2m_type_t t = types[host_rnd() % 3];
	struct slot hole = uncovered(gfn, nr);
	bool present = false, grants = has_grants(gfn, nr);
	int rc;

	for (uint64_t i = 0; i < nr; i++) {
		present |= model[gfn + i].t != p2m_invalid && model[gfn + i].t != p2m_pod;
	}
	alloc_budget = host_rnd() % 4 == 0 ? (int)(host_rnd() % 3) : -1;
	if (!dom.direct_mapped && host_rnd() % 3 == 0) {
		pod_op();
		alloc_budget = -1;
		return;
	}
	switch (host_rnd() % 6) {
	case 0:
	case 1:
		rc = p2m_set(&dom, _gfn(gfn), _mfn(mfn), order, t);
		for (uint64_t i = 0; rc == 0 && i < nr; i++) {
			model[gfn + i] = (struct slot){ t, mfn + i };
		}
		break;
	case 2:
	case 3:
		rc = p2m_remove(&dom, _gfn(gfn), INVALID_MFN, order);
		for (uint64_t i = 0; rc == 0 && i < nr; i++) {
			model[gfn + i] = hole;
		}
		break;
	case 4:
		nr = 1;
		gfn = host_rnd() % NR_GFNS;
		grants = has_grants(gfn, 1);
		hole = uncovered(gfn, 1);
		present = model[gfn].t != p2m_invalid && model[gfn].t != p2m_pod;
		if (p2m_is_grant(model[gfn].t) && host_rnd() % 2) {
			assert_int_equal(p2m_unmap_grant(&dom, _gfn(gfn), _mfn(model[gfn].mfn + 1)),
				-ENOENT);
			assert_int_equal(p2m_unmap_grant(&dom, _gfn(gfn), _mfn(model[gfn].mfn)), 0);
			model[gfn] = hole;
			p2m_flush_tlb(&dom);
			alloc_budget = -1;
			return;
		}
		rc = p2m_map_grant(&dom, _gfn(gfn), _mfn(mfn), t == p2m_ram_ro);
		if (model[gfn].t == p2m_mmio_direct) {
			assert_int_equal(rc, -EPERM);
			grants = false;
		}
		if (rc == 0) {
			model[gfn] =
				(struct slot){ t == p2m_ram_ro ? p2m_grant_ro : p2m_grant_rw, mfn };
		}
		break;
	default:
		nr = 1;
		gfn = host_rnd() % NR_GFNS;
		grants = has_grants(gfn, 1);
		present = model[gfn].t != p2m_invalid && model[gfn].t != p2m_pod;
		assert_true(get_page_any(mfn_to_page(_mfn(mfn))));
		rc = p2m_map_foreign(&dom, _gfn(gfn), _mfn(mfn));
		if (rc == 0) {
			model[gfn] = (struct slot){ p2m_foreign, mfn };
		} else {
			put_page(mfn_to_page(_mfn(mfn)));
			was_puts++;
		}
		break;
	}
	if (grants && rc == 0) {
		fail_msg("a grant mapping was overwritten");
	}
	assert_true(rc == 0 || rc == -ENOMEM || rc == -EBUSY || rc == -EPERM);
	assert_true(rc != -ENOMEM || alloc_budget >= 0);
	if (rc == 0 && present) {
		assert_true(flushes > was_flushes);
	}
	assert_true(nr_puts == was_puts || flushes > was_flushes);
	alloc_budget = -1;
}

static void random_ops(bool direct, bool has_1g)
{
	ops.has_1g_pages = has_1g;
	start(direct);
	for (unsigned int i = 0; i < 6000; i++) {
		one_op();
		if (i % 8 == 0) {
			compare();
		}
	}
	compare();
	for (uint64_t i = 0; i < NR_GFNS; i++) {
		if (p2m_is_grant(model[i].t)) {
			assert_int_equal(p2m_unmap_grant(&dom, _gfn(i), _mfn(model[i].mfn)), 0);
		}
	}
	finish();
}

static void guest_domain(void **state)
{
	(void)state;
	random_ops(false, true);
}

static void direct_domain(void **state)
{
	(void)state;
	random_ops(true, false);
}

static void giant_pages(void **state)
{
	p2m_type_t t;
	unsigned int order;

	(void)state;
	for (unsigned int has_1g = 0; has_1g < 2; has_1g++) {
		ops.has_1g_pages = has_1g != 0;
		start(false);
		assert_int_equal(p2m_set(&dom, _gfn(1u << 18), _mfn(2u << 18), 18, p2m_ram_rw), 0);
		assert_int_equal(
			p2m_get(&dom, _gfn((1u << 18) + 777), &t, &order).v, (2u << 18) + 777);
		assert_int_equal(order, has_1g ? 18 : 9);
		assert_int_equal(
			p2m_remove(&dom, _gfn((1u << 18) + 777), _mfn((2u << 18) + 777), 0), 0);
		assert_int_equal(
			p2m_get(&dom, _gfn((1u << 18) + 776), &t, &order).v, (2u << 18) + 776);
		assert_int_equal(order, 0);
		assert_int_equal(
			p2m_get(&dom, _gfn((1u << 18) + 777), &t, &order).v, INVALID_MFN_RAW);
		assert_int_equal(
			p2m_get(&dom, _gfn((1u << 18) + 1024), &t, &order).v, (2u << 18) + 1024);
		assert_int_equal(order, 9);
		assert_int_equal(p2m_remove(&dom, _gfn(1u << 18), _mfn(2u << 18), 18), -ENOENT);
		assert_int_equal(p2m_remove(&dom, _gfn(1u << 18), INVALID_MFN, 18), 0);
		assert_int_equal(
			p2m_get(&dom, _gfn((1u << 18) + 776), &t, &order).v, INVALID_MFN_RAW);
		/* Out of reach, misaligned, or no mapping at all. */
		assert_int_equal(p2m_set(&dom, _gfn(1ull << 28), _mfn(1), 0, p2m_ram_rw), -EINVAL);
		assert_int_equal(p2m_set(&dom, _gfn(1), _mfn(512), 9, p2m_ram_rw), -EINVAL);
		assert_int_equal(p2m_set(&dom, _gfn(512), _mfn(1), 9, p2m_ram_rw), -EINVAL);
		assert_int_equal(p2m_set(&dom, _gfn(0), _mfn(0), 19, p2m_ram_rw), -EINVAL);
		assert_int_equal(p2m_set(&dom, _gfn(0), _mfn(0), 0, p2m_invalid), -EINVAL);
		assert_int_equal(p2m_map_grant(&dom, _gfn(~0ull), _mfn(1), false), -EINVAL);
		assert_int_equal(p2m_unmap_grant(&dom, _gfn(~0ull), _mfn(1)), -ENOENT);
		finish();
	}
}

/* A guest cannot make tables without end: empty ones are found when its limit is reached. */
static void table_limit(void **state)
{
	(void)state;
	ops.has_1g_pages = true;
	start(false);
	for (uint64_t i = 0; i < 3000; i++) {
		assert_int_equal(p2m_map_grant(&dom, _gfn(i << 14), _mfn(5), false), 0);
		assert_int_equal(p2m_unmap_grant(&dom, _gfn(i << 14), _mfn(5)), 0);
		assert_true(dom.p2m.nr_tables <= 1024);
	}
	for (uint64_t i = 0; i < 3000; i++) {
		int rc = p2m_map_grant(&dom, _gfn(i << 14), _mfn(5), false);

		assert_true(rc == 0 || (rc == -ENOMEM && i > 500));
		assert_true(dom.p2m.nr_tables <= 1024);
	}
	finish();
}

/* A touch in a 2 MiB place, by the processor and by a walk of tables that are not there yet. */
static void on_demand(void **state)
{
	struct vcpu *v = calloc(1, sizeof(*v));
	struct page_info *pg;
	unsigned int order;
	p2m_type_t t;

	(void)state;
	start(false);
	v->domain = &dom;
	touch.refuse = false;
	dom.max_pages = 8;
	assert_int_equal(p2m_pod_set(&dom, _gfn(512), 9), 0);
	assert_int_equal(dom.p2m.nr_pod, 512);
	assert_int_equal(p2m_pod_set(&dom, _gfn(700), 0), -EBUSY);
	assert_int_equal(p2m_get(&dom, _gfn(700), &t, &order).v, INVALID_MFN_RAW);
	assert_int_equal(t, p2m_pod);
	assert_int_equal(order, 9);
	/* Half of the memory is used: a single page, and the rest is as it was. */
	dom.tot_pages = 4;
	assert_int_equal(p2m_handle_fault(v, 700 << 12, true, false), P2M_FAULT_RETRY);
	assert_int_equal(dom.p2m.nr_pod, 511);
	assert_int_equal(p2m_get(&dom, _gfn(700), &t, &order).v, touch.mfn);
	assert_int_equal(order, 0);
	assert_int_equal(p2m_pod_remove(&dom, _gfn(512), 9), -ENOENT);
	assert_int_equal(p2m_pod_remove(&dom, _gfn(701), 0), 0);
	assert_int_equal(dom.p2m.nr_pod, 510);
	/* Who asks for the page gets one; the fake gives away another domain's. */
	dom.tot_pages = 0;
	pg = p2m_get_page(&dom, _gfn(702), &t, true);
	assert_null(pg);
	assert_int_equal(t, p2m_ram_rw);
	assert_int_equal(dom.p2m.nr_pod, 509);
	assert_int_equal(p2m_pod_set(&dom, _gfn(1024), 9), 0);
	assert_int_equal(p2m_handle_fault(v, 1100ull << 12, false, false), P2M_FAULT_RETRY);
	assert_int_equal(p2m_get(&dom, _gfn(1100), &t, &order).v, touch.mfn + 76);
	assert_int_equal(order, 9);
	assert_int_equal(dom.p2m.nr_pod, 509);
	/* A direct-mapped domain has all of its memory. */
	dom.direct_mapped = true;
	assert_int_equal(p2m_pod_set(&dom, _gfn(1), 0), -EINVAL);
	dom.direct_mapped = false;
	assert_int_equal(touch.dropped, 0);
	finish();
	free(v);
}

static void faults(void **state)
{
	struct vcpu *v = calloc(1, sizeof(*v));

	(void)state;
	start(false);
	v->domain = &dom;
	assert_int_equal(p2m_set(&dom, _gfn(1), _mfn(1), 0, p2m_ram_rw), 0);
	assert_int_equal(p2m_set(&dom, _gfn(2), _mfn(2), 0, p2m_ram_ro), 0);
	assert_int_equal(p2m_handle_fault(v, 0x1008, true, false), P2M_FAULT_RETRY);
	assert_int_equal(p2m_handle_fault(v, 0x1008, false, true), P2M_FAULT_RETRY);
	assert_int_equal(p2m_handle_fault(v, 0x2008, false, false), P2M_FAULT_RETRY);
	assert_int_equal(p2m_handle_fault(v, 0x2008, true, false), P2M_FAULT_EMULATE);
	assert_int_equal(p2m_handle_fault(v, 0x3008, false, false), P2M_FAULT_EMULATE);
	assert_int_equal(p2m_handle_fault(v, ~0ull, false, false), P2M_FAULT_EMULATE);
	finish();
	free(v);
}

/* ---- guest page tables ---------------------------------------------------------------------- */

/* Guest memory: pages of the process, identity mapped page by page. */
static struct vcpu *walker;
static struct walk_state ws;

static uint64_t *guest_page(void)
{
	uint64_t *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(
		p2m_set(&dom, _gfn((uintptr_t)p >> 12), _mfn((uintptr_t)p >> 12), 0, p2m_ram_rw),
		0);
	return p;
}

static void expect_walk(uint64_t gva, unsigned int flags, uint64_t gpa)
{
	gpa_t got = 0;
	uint32_t pf = 0x5a;

	assert_int_equal(guest_walk(walker, &ws, gva, flags, &got, &pf), 0);
	assert_int_equal(got, gpa);
}

static void expect_fault(uint64_t gva, unsigned int flags, uint32_t error)
{
	gpa_t got = 0;
	uint32_t pf = 0x5a;

	assert_int_equal(guest_walk(walker, &ws, gva, flags, &got, &pf), -EFAULT);
	assert_int_equal(pf, error);
}

static void walk_start(uint64_t cr4, uint64_t efer)
{
	ops.has_1g_pages = true;
	start(false);
	boot_cpu_info.words[CPUFEAT_PAGE1GB / 32] |= 1u << (CPUFEAT_PAGE1GB % 32);
	walker = calloc(1, sizeof(*walker));
	walker->domain = &dom;
	ws = (struct walk_state){ .cr0 = X86_CR0_PG | X86_CR0_PE | X86_CR0_WP,
		.cr4 = cr4,
		.efer = efer,
		.nxe = (efer & EFER_NX) != 0 };
}

static void walk_finish(void)
{
	free(walker);
	finish();
}

static void walk_4_level(void **state)
{
	uint64_t *l4, *l3, *l2, *l1, va = 0xffff808040201000ull;
	uint64_t nx = 1ull << 63;

	(void)state;
	walk_start(X86_CR4_PAE, EFER_LMA | EFER_LME | EFER_NX);
	l4 = guest_page();
	l3 = guest_page();
	l2 = guest_page();
	l1 = guest_page();
	ws.cr3 = (uintptr_t)l4 | 0x18;
	l4[0x101] = (uintptr_t)l3 | 7;
	l3[1] = (uintptr_t)l2 | 7;
	l2[1] = (uintptr_t)l1 | 7;
	l1[1] = 0x123456000 | 7;
	expect_walk(va + 0x789, 0, 0x123456789);
	assert_int_equal(l4[0x101] & 0x60, 0x20);
	assert_int_equal(l1[1] & 0x60, 0x20);
	expect_walk(va, WALK_WRITE, 0x123456000);
	assert_int_equal(l1[1] & 0x60, 0x60);
	assert_int_equal(l2[1] & 0x60, 0x20);
	expect_walk(va, WALK_WRITE | WALK_USER | WALK_EXEC, 0x123456000);
	expect_fault(va + 0x1000, 0, 0);
	expect_fault(va + 0x1000, WALK_WRITE | WALK_USER, PFEC_W | PFEC_U);
	expect_fault(0x1000, WALK_EXEC, PFEC_I);
	expect_fault(0x0000808040201000ull, 0, 0); /* not canonical */
	/* Rights: what all levels give. */
	l2[1] &= ~2ull;
	expect_walk(va, WALK_USER, 0x123456000);
	expect_fault(va, WALK_WRITE, PFEC_P | PFEC_W);
	ws.cr0 &= ~X86_CR0_WP;
	expect_walk(va, WALK_WRITE, 0x123456000);
	expect_fault(va, WALK_WRITE | WALK_USER, PFEC_P | PFEC_W | PFEC_U);
	ws.cr0 |= X86_CR0_WP;
	l2[1] |= 2;
	l3[1] &= ~4ull;
	expect_fault(va, WALK_USER, PFEC_P | PFEC_U);
	ws.cpl = 3;
	expect_fault(va, 0, PFEC_P | PFEC_U);
	expect_walk(va, WALK_IMPLICIT, 0x123456000);
	ws.cpl = 0;
	l3[1] |= 4;
	l4[0x101] |= nx;
	expect_fault(va, WALK_EXEC, PFEC_P | PFEC_I);
	expect_walk(va, 0, 0x123456000);
	ws.nxe = false;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	ws.nxe = true;
	l4[0x101] &= ~nx;
	/* SMEP, SMAP, keys: only for user pages. */
	ws.cr4 |= X86_CR4_SMEP | X86_CR4_SMAP;
	expect_fault(va, WALK_EXEC, PFEC_P | PFEC_I);
	expect_fault(va, 0, PFEC_P);
	expect_walk(va, WALK_USER, 0x123456000);
	ws.rflags = X86_EFLAGS_AC;
	expect_walk(va, 0, 0x123456000);
	expect_fault(va, WALK_IMPLICIT, PFEC_P);
	ws.cr4 = X86_CR4_PAE | X86_CR4_PKE;
	l1[1] |= 5ull << 59;
	ws.pkru = 1u << 10;
	expect_fault(va, 0, PFEC_P | PFEC_PK);
	ws.pkru = 2u << 10;
	expect_walk(va, WALK_USER, 0x123456000);
	expect_fault(va, WALK_WRITE | WALK_USER, PFEC_P | PFEC_W | PFEC_U | PFEC_PK);
	ws.cr4 = X86_CR4_PAE;
	/* Reserved bits, large pages. */
	l1[1] |= 1ull << 45;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	l2[1] = 0x40000000 | 0xe7 | 0x1000;
	expect_walk(va, WALK_WRITE, 0x40000000 | (va & 0x1fffff));
	l2[1] |= 0x2000;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	l3[1] = 0x80000000 | 0x87;
	expect_walk(va + 5, WALK_WRITE, 0x80000000 | ((va + 5) & 0x3fffffff));
	assert_int_equal(l3[1] & 0x60, 0x60);
	l3[1] |= 1u << 21;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	l4[0x101] |= 0x80;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	/* Tables where no memory is. */
	l4[0x101] = 0x900000000007;
	expect_fault(va, 0, PFEC_P | PFEC_RSVD);
	l4[0x101] = 0x9000000007;
	expect_fault(va, 0, 0);
	ws.cr3 = 0x8000000000;
	expect_fault(va, 0, 0);
	walk_finish();
}

static void walk_pae_and_32(void **state)
{
	uint64_t *l3, *l2, *l1;
	uint32_t *d, *t;

	(void)state;
	walk_start(X86_CR4_PAE, EFER_NX);
	l3 = guest_page();
	l2 = guest_page();
	l1 = guest_page();
	ws.cr3 = (uintptr_t)l3 | 0x40;
	l3[8 + 3] = (uintptr_t)l2 | 1; /* no rights here */
	l2[2] = (uintptr_t)l1 | 3;
	l1[4] = 0x777000 | 3;
	expect_walk(0xc0404123, WALK_WRITE, 0x777123);
	expect_walk(0xff000000c0404123ull, 0, 0x777123);
	expect_fault(0xc0404123, WALK_USER, PFEC_P | PFEC_U);
	expect_fault(0x40404123, 0, 0);
	l2[2] = 0x600000 | 0x83;
	expect_walk(0xc0404123, WALK_WRITE, 0x604123);
	l1[4] = 0;

	ws.cr4 = X86_CR4_PSE;
	ws.efer = 0;
	ws.nxe = false;
	d = (uint32_t *)guest_page();
	t = (uint32_t *)guest_page();
	ws.cr3 = (uintptr_t)d;
	d[0x301] = (uint32_t)(uintptr_t)t | 7;
	t[2] = 0x9000 | 7;
	expect_walk(0xc0402abc, WALK_WRITE | WALK_USER, 0x9abc);
	assert_int_equal(t[2] & 0x60, 0x60);
	assert_int_equal(d[0x301] & 0x60, 0x20);
	expect_fault(0xc0403000, WALK_WRITE, PFEC_W);
	expect_walk(0xc0402000, WALK_EXEC | WALK_USER, 0x9000);
	d[0x302] = 0x00c06000 | 0x87; /* PSE-36: bits 39:32 */
	expect_walk(0xc0823456, WALK_WRITE, 0x300c23456ull);
	d[0x302] |= 1u << 21;
	expect_fault(0xc0823456, 0, PFEC_P | PFEC_RSVD);
	ws.cr4 = 0; /* without PSE the bit means nothing */
	d[0x301] |= 0x80;
	expect_walk(0xc0402abc, 0, 0x9abc);
	ws.cr0 = X86_CR0_PE;
	expect_walk(0x100001234ull, WALK_WRITE, 0x1234);
	walk_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guest_domain),
		cmocka_unit_test(direct_domain),
		cmocka_unit_test(giant_pages),
		cmocka_unit_test(table_limit),
		cmocka_unit_test(on_demand),
		cmocka_unit_test(faults),
		cmocka_unit_test(walk_4_level),
		cmocka_unit_test(walk_pae_and_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
