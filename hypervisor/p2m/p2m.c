/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gfn -> mfn of a domain: look-ups, the ways to change a mapping, the flush of all CPUs, and nested
 * page faults. Nested page tables are the only storage (p2m_table.c). p2m.lock is taken here, for
 * writing around a change; what a change replaced is released afterwards, without the lock.
 */
#include <hv/bitmap.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/smp.h>

#include "p2m_priv.h"

uint64_t p2m_gfn_limit(const struct domain *d)
{
	unsigned int bits =
		boot_cpu_info.phys_bits != 0 ? boot_cpu_info.phys_bits - PAGE_SHIFT : 24;

	(void)d;
	return 1ull << MIN(bits, P2M_GFN_BITS);
}

uint64_t p2m_max_gfn(struct domain *d)
{
	return READ_ONCE(d->p2m.max_mapped_gfn);
}
/* Flush ---------------------------------------------------------------------------------------- */

static void flush_ack(void *arg)
{
	(void)arg;
}

void p2m_flush_tlb(struct domain *d)
{
	cpumask_t mask;
	unsigned int cpu;

	d->p2m.need_flush = false;
	__atomic_fetch_add(&d->tlb_gen, 1, __ATOMIC_SEQ_CST);
	/*
	 * A CPU compares tlb_gen with interrupts off before it enters the guest. One that runs a
	 * vCPU of d now may have done so already: an interrupt brings it out. One that switches to
	 * d later sees the new value.
	 */
	cpumask_zero(&mask);
	for_each_online_cpu(cpu) {
		const struct vcpu *v = READ_ONCE(per_cpu(curr_vcpu, cpu));

		if (cpu != smp_processor_id() && v != NULL && v->domain == d) {
			__cpumask_set_cpu(cpu, &mask);
		}
	}
	if (!cpumask_empty(&mask)) {
		on_selected_cpus(&mask, flush_ack, NULL, true);
	}
	iommu_flush(d);
}
static bool range_ok(const struct domain *d, uint64_t gfn, mfn_t mfn, unsigned int order)
{
	uint64_t mask;

	if (order > PAGE_ORDER_1G) {
		return false;
	}
	mask = (1ull << order) - 1;
	return (gfn & mask) == 0 && (mfn.v == INVALID_MFN_RAW || (mfn.v & mask) == 0) &&
		gfn < p2m_gfn_limit(d) && mask < p2m_gfn_limit(d) - gfn;
}
/* Interface ------------------------------------------------------------------------------------ */

mfn_t p2m_get(struct domain *d, gfn_t gfn, p2m_type_t *t, unsigned int *order)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t present = p->fmt->present, e;
	unsigned int level;

	read_lock(&p->lock);
	e = p2m_find(p, present, gfn.v, &level);
	read_unlock(&p->lock);
	if (order != NULL) {
		*order = 9 * level;
	}
	if ((e & present) == 0) {
		*t = p2m_entry_is_pod(present, e) ? p2m_pod : p2m_invalid;
		return INVALID_MFN;
	}
	*t = p2m_entry_type(e);
	return _mfn(p2m_entry_mfn(e, gfn.v, level));
}

uint64_t p2m_view_find_far(struct p2m_view *w, gpa_t gpa, maddr_t *maddr)
{
	uint64_t present = w->p->fmt->present, e;

	if (gpa >> (PAGE_SHIFT + P2M_GFN_BITS) != 0) {
		w->missed = gpa;
		return 0;
	}
	e = READ_ONCE(
		((const uint64_t *)mfn_to_hv_va(w->p->root))[(gpa >> (PAGE_SHIFT + 27)) & 511]);
	if ((e & present) == 0) {
		w->missed = gpa;
		return 0;
	}
	e = READ_ONCE(p2m_entry_table(e)[(gpa >> (PAGE_SHIFT + 18)) & 511]);
	if ((e & P2M_RAM) != 0) {
		*maddr = (e & P2M_ADDR_MASK) | (gpa & (SIZE_1G - 1));
		return e;
	}
	if (!p2m_is_table(present, e, 2)) {
		w->missed = gpa;
		return 0;
	}
	w->t = p2m_entry_table(e);
	w->tag = gpa >> (PAGE_SHIFT + 18);
	return p2m_view_find(w, gpa, maddr);
}

int p2m_set(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t)
{
	struct p2m_change ch = { 0 };
	int rc;

	if (t == p2m_invalid || mfn.v == INVALID_MFN_RAW || !range_ok(d, gfn.v, mfn, order)) {
		return -EINVAL;
	}
	write_lock(&d->p2m.lock);
	rc = p2m_change_locked(d, gfn.v, mfn, order, t, &ch);
	write_unlock(&d->p2m.lock);
	p2m_change_finish(d, &ch);
	return rc;
}

/* Does [gfn, gfn + 2^order) map mfn and nothing else? Lock held. */
static bool maps_only(const struct p2m_domain *p, uint64_t gfn, uint64_t mfn, unsigned int order)
{
	uint64_t nr = 1ull << order;

	for (uint64_t i = 0; i < nr;) {
		unsigned int level;
		uint64_t e = p2m_find(p, p->fmt->present, gfn + i, &level);

		if ((e & p->fmt->present) == 0 || p2m_entry_mfn(e, gfn + i, level) != mfn + i) {
			return false;
		}
		i += (1ull << (9 * level)) - ((gfn + i) & ((1ull << (9 * level)) - 1));
	}
	return true;
}

int p2m_remove(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order)
{
	struct p2m_change ch = { 0 };
	int rc;

	if (!range_ok(d, gfn.v, INVALID_MFN, order)) {
		return -EINVAL;
	}
	write_lock(&d->p2m.lock);
	if (mfn.v != INVALID_MFN_RAW && !maps_only(&d->p2m, gfn.v, mfn.v, order)) {
		rc = -ENOENT;
	} else {
		rc = p2m_change_locked(d, gfn.v, INVALID_MFN, order, p2m_invalid, &ch);
	}
	write_unlock(&d->p2m.lock);
	p2m_change_finish(d, &ch);
	return rc;
}

int p2m_map_identity(struct domain *d, uint64_t start_mfn, uint64_t nr, p2m_type_t t)
{
	while (nr != 0) {
		unsigned int order = PAGE_ORDER_1G;
		int rc;

		while (order != 0 &&
			((start_mfn & ((1ull << order) - 1)) != 0 || (1ull << order) > nr)) {
			order -= 9;
		}
		rc = p2m_set(d, _gfn(start_mfn), _mfn(start_mfn), order, t);
		if (rc != 0) {
			return rc;
		}
		start_mfn += 1ull << order;
		nr -= 1ull << order;
	}
	return 0;
}

/*
 * Physical MMIO that dom0 touched for the first time and may have: [gfn, gfn + 2^order) is still a
 * hole. Above 4 GiB such a mapping may be covered by a foreign or grant mapping again: a stray read
 * of Linux's unpopulated pages must not make the slot useless.
 */
static bool mmio_may_be_covered(const struct domain *d, uint64_t gfn, uint64_t mfn)
{
	return d->is_hardware && gfn == mfn && gfn >= (1ull << (32 - PAGE_SHIFT));
}

static int map_one(struct domain *d, uint64_t gfn, mfn_t mfn, p2m_type_t t)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	unsigned int level;
	uint64_t e;
	int rc;

	if (!range_ok(d, gfn, mfn, 0)) {
		return -EINVAL;
	}
	write_lock(&p->lock);
	e = p2m_find(p, p->fmt->present, gfn, &level);
	if ((e & p->fmt->present) != 0 && p2m_entry_type(e) == p2m_mmio_direct &&
		!mmio_may_be_covered(d, gfn, p2m_entry_mfn(e, gfn, level))) {
		rc = -EPERM;
	} else {
		rc = p2m_change_locked(d, gfn, mfn, 0, t, &ch);
		if (rc == 0 && t == p2m_foreign) {
			atomic_inc(&d->nr_foreign_maps);
		}
	}
	write_unlock(&p->lock);
	p2m_change_finish(d, &ch);
	return rc;
}

int p2m_map_grant(struct domain *d, gfn_t gfn, mfn_t mfn, bool readonly)
{
	return map_one(d, gfn.v, mfn, readonly ? p2m_grant_ro : p2m_grant_rw);
}

int p2m_map_foreign(struct domain *d, gfn_t gfn, mfn_t mfn)
{
	return map_one(d, gfn.v, mfn, p2m_foreign);
}

int p2m_unmap_grant(struct domain *d, gfn_t gfn, mfn_t mfn)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t *slot, e, back = 0;
	bool hole;
	int rc = 0;

	if (!range_ok(d, gfn.v, INVALID_MFN, 0)) {
		return -ENOENT;
	}
	write_lock(&p->lock);
	slot = p2m_get_slot(d, gfn.v, 0, false, &hole);
	e = slot != NULL ? *slot : 0;
	if ((e & p->fmt->present) == 0 || !p2m_is_grant(p2m_entry_type(e)) ||
		p2m_entry_mfn(e, 0, 0) != mfn.v) {
		rc = -ENOENT;
		goto out;
	}
	if (p2m_owns_identity(d, gfn.v)) {
		back = p->fmt->leaf(_mfn(gfn.v), p2m_ram_rw, 0);
	}
	if (domain_has_iommu(d->iommu_priv)) {
		rc = back != 0 ? iommu_map(d, gfn.v, _mfn(gfn.v), 0, true) :
				 iommu_unmap(d, gfn.v, 0);
		if (rc != 0) {
			goto out;
		}
	}
	WRITE_ONCE(*slot, back);
	p->need_flush = true;
out:
	write_unlock(&p->lock);
	return rc;
}

struct page_info *p2m_get_page(struct domain *d, gfn_t gfn, p2m_type_t *t, bool write)
{
	struct p2m_domain *p = &d->p2m;
	struct page_info *pg;
	p2m_type_t type;
	uint64_t mfn;
	bool again;

	do {
		again = false;
		pg = NULL;
		type = p2m_invalid;
		read_lock(&p->lock);
		if (!p2m_lookup_locked(p, gfn.v, &mfn, &type)) {
			again = p->nr_pod != 0;
		} else if (p2m_is_any_ram(type) && !(write && p2m_is_readonly(type)) &&
			mfn_valid(_mfn(mfn))) {
			pg = mfn_to_page(_mfn(mfn));
			/* Grant and foreign entries hold the page by a reference of their own, whoever owns it. */
			if (p2m_is_ram(type) ? !get_page(pg, d) : !get_page_any(pg)) {
				pg = NULL;
			}
		}
		read_unlock(&p->lock);
	} while (unlikely(again) && p2m_pod_fill(d, gfn));
	if (t != NULL) {
		*t = type;
	}
	return pg;
}
