/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the hypervisor and a guest write together: shared_info, each vCPU's vcpu_info, time
 * and run-state areas. Registered areas are pinned pages in global mappings, so that they can be
 * written whatever runs. Time is the hypervisor's NOW() in pvclock form: base and scale are fixed
 * at boot and the same on all CPUs, so a vCPU's copy is written again only when its TSC offset or
 * its area changes.
 * Locking: wallclock_lock for the wall clock; v->time_lock for a vCPU's time and its area, which a
 * sibling rewrites when the layout changes. A run-state area changes only while its vCPU does not
 * run, and keeps the layout that it was registered with. The layout of the others is latched per
 * domain (has_32bit_shinfo).
 */
#include <hv/shared_info.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/p2m.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/string.h>
#include <hv/time.h>

#define PVCLOCK_TSC_STABLE   1u
#define VMASST_RUNSTATE_FLAG 5

/*
 * Offsets of the wall clock in shared_info by layout: version, seconds, nanoseconds follow each
 * other.
 */
#define WC_64                3072u
#define WC_HI_64             3084u
#define WC_32                2304u
#define WC_HI_32             2340u
_Static_assert(offsetof(struct shared_info, wc_version) == WC_64, "ABI");
_Static_assert(offsetof(struct shared_info, wc_sec_hi) == WC_HI_64, "ABI");
_Static_assert(sizeof(struct vcpu_info) == 64 && offsetof(struct vcpu_info, time) == 32, "ABI");

struct compat_runstate {
	int32_t state;
	uint64_t state_entry_time;
	uint64_t time[4];
} __packed;
_Static_assert(
	sizeof(struct compat_runstate) == 44 && sizeof(struct vcpu_runstate_info) == 48, "ABI");

static DEFINE_SPINLOCK(wallclock_lock, LOCK_WALLCLOCK);
/* [wallclock_lock] UTC at NOW() == 0, ns since 1970; 0: not read yet. */
static uint64_t wallclock_ns_at_boot;

uint8_t *vcpu_info_upcall_pending(const struct vcpu *v)
{
	return (uint8_t *)v->vcpu_info;
}

uint8_t *vcpu_info_upcall_mask(const struct vcpu *v)
{
	return (uint8_t *)v->vcpu_info + 1;
}

int shared_info_domain_init(struct domain *d)
{
	d->shared_info = alloc_hv_pages(0);
	if (d->shared_info == NULL) {
		return -ENOMEM;
	}
	share_hv_page_with_domain(d->shared_info, d);
	return 0;
}

void shared_info_domain_fini(struct domain *d)
{
	if (d->shared_info != NULL) {
		unshare_hv_page(d->shared_info);
		free_hv_pages(d->shared_info, 0);
		d->shared_info = NULL;
	}
}

/* Where v's vcpu_info is as long as it registers none. Both layouts have 64 bytes each. */
static struct vcpu_info *default_vcpu_info(struct vcpu *v)
{
	return v->vcpu_id < XEN_LEGACY_MAX_VCPUS ? &v->domain->shared_info->vcpu_info[v->vcpu_id] :
						   &v->dummy_vcpu_info;
}

void shared_info_vcpu_init(struct vcpu *v)
{
	spin_lock_init(&v->time_lock, LOCK_TIME_AREA);
	v->vcpu_info = default_vcpu_info(v);
	v->pvclock_version = 2;
}

static void area_unmap(struct guest_area *area)
{
	if (area->map == NULL) {
		return;
	}
	unmap_domain_page_global(area->map);
	put_page(area->pg);
	if (area->map2 != NULL) {
		unmap_domain_page_global(area->map2);
		put_page(area->pg2);
	}
	memset(area, 0, sizeof(*area));
}

static int map_page(struct domain *d, gpa_t gpa, void **map, struct page_info **page)
{
	p2m_type_t t;
	struct page_info *pg = p2m_get_page(d, gpa_to_gfn(gpa), &t, false);

	if (pg == NULL) {
		return -EINVAL;
	}
	/* Another domain's page would be written long after its grant has ended. */
	if (!p2m_is_ram(t) || p2m_is_readonly(t)) {
		put_page(pg);
		return p2m_is_readonly(t) ? -EACCES : -EINVAL;
	}
	*map = map_domain_page_global(page_to_mfn(pg));
	if (*map == NULL) {
		put_page(pg);
		return -ENOMEM;
	}
	*page = pg;
	return 0;
}

/* Pin and map [gpa, gpa + size), whose second page, if there is one, is at gpa2. */
static int area_map(struct domain *d, struct guest_area *area, gpa_t gpa, gpa_t gpa2, size_t size)
{
	int rc = map_page(d, gpa, &area->map, &area->pg);

	if (rc != 0) {
		area->map = NULL;
		return rc;
	}
	area->offset = PAGE_OFFSET(gpa);
	area->size = (unsigned int)size;
	if (area->offset + size > PAGE_SIZE) {
		rc = map_page(d, gpa2, &area->map2, &area->pg2);
		if (rc != 0) {
			area->map2 = NULL;
			area_unmap(area);
		}
	}
	return rc;
}

/* off + len is at most the size that the area was mapped with. */
static void area_write(const struct guest_area *area, size_t off, const void *src, size_t len)
{
	size_t pos = area->offset + off, first;

	ASSERT(off + len <= area->size);
	if (likely(pos + len <= PAGE_SIZE)) {
		memcpy((char *)area->map + pos, src, len);
		return;
	}
	first = pos < PAGE_SIZE ? PAGE_SIZE - pos : 0;
	memcpy((char *)area->map + pos, src, first);
	memcpy((char *)area->map2 + (pos + first - PAGE_SIZE), (const char *)src + first,
		len - first);
}

/* ---- Time ---- */

static void fill_time(const struct vcpu *v, struct vcpu_time_info *t)
{
	memset(t, 0, sizeof(*t));
	t->tsc_timestamp = time_scale.tsc_base + v->hvm.tsc_offset;
	t->system_time = (uint64_t)time_scale.base_ns;
	t->tsc_to_system_mul = time_scale.mul_frac;
	t->tsc_shift = time_scale.shift;
	t->flags = tsc_is_invariant ? PVCLOCK_TSC_STABLE : 0;
}

/* [v->time_lock] */
static void write_vcpu_time(struct vcpu *v)
{
	struct vcpu_time_info t, *out = (struct vcpu_time_info *)((char *)v->vcpu_info + 32);
	uint32_t version;

	fill_time(v, &t);
	version = v->pvclock_version += 2;
	WRITE_ONCE(out->version, version - 1);
	smp_wmb();
	out->tsc_timestamp = t.tsc_timestamp;
	out->system_time = t.system_time;
	out->tsc_to_system_mul = t.tsc_to_system_mul;
	out->tsc_shift = t.tsc_shift;
	out->flags = t.flags;
	smp_wmb();
	WRITE_ONCE(out->version, version);

	if (v->time_area.map != NULL) {
		t.version = version - 1;
		area_write(&v->time_area, 0, &t, sizeof(t));
		smp_wmb();
		area_write(&v->time_area, 0, &version, sizeof(version));
	}
}

void update_vcpu_time(struct vcpu *v)
{
	if (v->is_idle || v->vcpu_info == NULL) {
		return;
	}
	spin_lock(&v->time_lock);
	write_vcpu_time(v);
	spin_unlock(&v->time_lock);
}

/* [wallclock_lock] */
static void write_wallclock(struct domain *d)
{
	char *si = (char *)d->shared_info;
	uint32_t *wc = (uint32_t *)(si + (d->has_32bit_shinfo ? WC_32 : WC_64));
	uint32_t *hi = (uint32_t *)(si + (d->has_32bit_shinfo ? WC_HI_32 : WC_HI_64));
	uint64_t sec = wallclock_ns_at_boot / 1000000000u + (uint64_t)d->time_offset_seconds;
	uint32_t version = (READ_ONCE(wc[0]) | 1) + 0;

	WRITE_ONCE(wc[0], version);
	smp_wmb();
	wc[1] = (uint32_t)sec;
	wc[2] = (uint32_t)(wallclock_ns_at_boot % 1000000000u);
	*hi = (uint32_t)(sec >> 32);
	smp_wmb();
	WRITE_ONCE(wc[0], version + 1);
}

void update_domain_wallclock(struct domain *d)
{
	spin_lock(&wallclock_lock);
	if (wallclock_ns_at_boot == 0) {
		wallclock_ns_at_boot = boot_wallclock_sec * 1000000000u;
	}
	if (d->shared_info != NULL) {
		write_wallclock(d);
	}
	spin_unlock(&wallclock_lock);
}

static void update_one(struct domain *d, void *arg)
{
	(void)arg;
	update_domain_wallclock(d);
}

void set_wallclock(uint64_t secs, uint32_t nsecs, uint64_t system_time_base)
{
	spin_lock(&wallclock_lock);
	wallclock_ns_at_boot = secs * 1000000000u + nsecs - system_time_base;
	spin_unlock(&wallclock_lock);
	for_each_domain_call(update_one, NULL);
}

void latch_shinfo_size(struct domain *d, bool is_32bit)
{
	struct vcpu *v;

	if (d->has_32bit_shinfo == is_32bit) {
		return;
	}
	d->has_32bit_shinfo = is_32bit;
	update_domain_wallclock(d);
	for_each_vcpu(d, v) {
		update_vcpu_time(v);
	}
}

/* ---- Registered areas ---- */

int register_vcpu_info(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
	struct domain *d = v->domain;
	struct page_info *pg;
	struct vcpu_info *info;
	void *map;
	int rc;

	if (offset > PAGE_SIZE - sizeof(struct vcpu_info) ||
		(offset & (d->has_32bit_shinfo ? 3 : 7)) != 0) {
		return -ENXIO;
	}
	if (gfn > p2m_gfn_limit(d)) {
		return -EINVAL;
	}
	if (v->vcpu_info_map != NULL) {
		return -EBUSY;
	}
	rc = map_page(d, gfn << PAGE_SHIFT, &map, &pg);
	if (rc != 0) {
		return rc;
	}
	info = (struct vcpu_info *)((char *)map + offset);
	memcpy(info, v->vcpu_info, sizeof(*info));
	v->vcpu_info_map = map;
	v->vcpu_info_page = pg;
	smp_store_release(&v->vcpu_info, info);
	/*
	 * A sender that still wrote to the old place set its pending bit before: tell the guest to
	 * look at all of them.
	 */
	smp_mb();
	update_vcpu_time(v);
	evtchn_force_pending(v);
	return 0;
}

/* Translate a guest-linear area of current with kernel rights. */
static int walk_area(uint64_t gva, size_t size, gpa_t *gpa, gpa_t *gpa2)
{
	struct vcpu *v = current;
	struct walk_state ws;
	uint32_t pf;

	hvm_ops->get_walk_state(v, &ws);
	if (guest_walk(v, &ws, gva, WALK_WRITE | WALK_IMPLICIT, gpa, &pf) != 0) {
		return -EFAULT;
	}
	*gpa2 = 0;
	if (PAGE_OFFSET(gva) + size > PAGE_SIZE &&
		guest_walk(v, &ws, (gva & PAGE_MASK) + PAGE_SIZE, WALK_WRITE | WALK_IMPLICIT, gpa2,
			&pf) != 0) {
		return -EFAULT;
	}
	return 0;
}

static size_t runstate_size(const struct domain *d)
{
	return d->has_32bit_shinfo ? sizeof(struct compat_runstate) :
				     sizeof(struct vcpu_runstate_info);
}

static void set_runstate_area(struct vcpu *v, const struct guest_area *area, bool phys)
{
	v->runstate_mapped = false;
	area_unmap(&v->runstate_area);
	v->runstate_area = *area;
	v->runstate_phys = phys;
	v->runstate_mapped = area->map != NULL;
	update_runstate_area(v);
}

int register_runstate_gva(struct vcpu *v, uint64_t gva)
{
	struct guest_area area = { 0 };
	gpa_t gpa, gpa2;
	size_t size = runstate_size(v->domain);
	int rc;

	if (v->runstate_phys) {
		return 0; /* the physical registration is served first */
	}
	v->runstate_gva = gva;
	if (gva != 0) {
		rc = walk_area(gva, size, &gpa, &gpa2);
		if (rc == 0) {
			rc = area_map(v->domain, &area, gpa, gpa2, size);
		}
		if (rc != 0) {
			return rc;
		}
	}
	set_runstate_area(v, &area, false);
	return 0;
}

int register_runstate_gpa(struct vcpu *v, uint64_t gpa)
{
	struct guest_area area = { 0 };
	size_t size = runstate_size(v->domain);
	int rc;

	if (gpa != ~0ull) {
		if (PAGE_OFFSET(gpa) + size > PAGE_SIZE ||
			(gpa & (v->domain->has_32bit_shinfo ? 3 : 7)) != 0) {
			return -ENXIO;
		}
		rc = area_map(v->domain, &area, gpa, 0, size);
		if (rc != 0) {
			return rc;
		}
	}
	v->runstate_gpa = gpa;
	set_runstate_area(v, &area, gpa != ~0ull);
	return 0;
}

static void set_time_area(struct vcpu *v, const struct guest_area *area, bool phys)
{
	struct guest_area old;

	spin_lock(&v->time_lock);
	old = v->time_area;
	v->time_area = *area;
	v->time_phys = phys;
	write_vcpu_time(v);
	spin_unlock(&v->time_lock);
	area_unmap(&old);
}

int register_time_gva(struct vcpu *v, uint64_t gva)
{
	struct guest_area area = { 0 };
	gpa_t gpa, gpa2;
	int rc;

	if (v->time_phys) {
		return 0;
	}
	v->time_gva = gva;
	if (gva != 0) {
		rc = walk_area(gva, sizeof(struct vcpu_time_info), &gpa, &gpa2);
		if (rc == 0) {
			rc = area_map(v->domain, &area, gpa, gpa2, sizeof(struct vcpu_time_info));
		}
		if (rc != 0) {
			return rc;
		}
	}
	set_time_area(v, &area, false);
	return 0;
}

int register_time_gpa(struct vcpu *v, uint64_t gpa)
{
	struct guest_area area = { 0 };
	int rc;

	if (gpa != ~0ull) {
		if (PAGE_OFFSET(gpa) + sizeof(struct vcpu_time_info) > PAGE_SIZE ||
			(gpa & 7) != 0) {
			return -ENXIO;
		}
		rc = area_map(v->domain, &area, gpa, 0, sizeof(struct vcpu_time_info));
		if (rc != 0) {
			return rc;
		}
	}
	v->time_gpa = gpa;
	set_time_area(v, &area, gpa != ~0ull);
	return 0;
}

/*
 * The entry time's top bit tells readers that an update is under way; the guest asks for it by
 * vm_assist, and areas registered by physical address always have it. The bit is the last byte of
 * the field, so setting and clearing it is one byte store even when the area straddles two pages.
 */
void update_runstate_area(struct vcpu *v)
{
	const struct guest_area *area = &v->runstate_area;
	bool flag, is_compat = area->size == sizeof(struct compat_runstate);
	size_t entry_off;
	uint8_t top;

	if (likely(!v->runstate_mapped)) {
		return;
	}
	flag = v->runstate_phys || (v->domain->vm_assist & BIT(VMASST_RUNSTATE_FLAG)) != 0;
	top = (uint8_t)(v->runstate.state_entry_time >> 56);
	entry_off = is_compat ? offsetof(struct compat_runstate, state_entry_time) :
				offsetof(struct vcpu_runstate_info, state_entry_time);
	if (flag) {
		uint8_t busy = top | 0x80;

		area_write(area, entry_off + 7, &busy, 1);
		smp_wmb();
	}
	if (is_compat) {
		struct compat_runstate c = { .state = v->runstate.state,
			.state_entry_time = v->runstate.state_entry_time };

		c.state_entry_time |= flag ? XEN_RUNSTATE_UPDATE : 0;
		for (unsigned int i = 0; i < 4; i++) {
			c.time[i] = v->runstate.time[i];
		}
		area_write(area, 0, &c, sizeof(c));
	} else {
		struct vcpu_runstate_info r;

		memset(&r, 0, sizeof(r));
		r.state = v->runstate.state;
		r.state_entry_time =
			v->runstate.state_entry_time | (flag ? XEN_RUNSTATE_UPDATE : 0);
		memcpy(r.time, v->runstate.time, sizeof(r.time));
		area_write(area, 0, &r, sizeof(r));
	}
	if (flag) {
		smp_wmb();
		area_write(area, entry_off + 7, &top, 1);
	}
}

void unmap_guest_areas(struct vcpu *v)
{
	struct guest_area time_area;

	v->runstate_mapped = false;
	v->runstate_phys = v->time_phys = false;
	v->runstate_gpa = v->time_gpa = ~0ull;
	v->runstate_gva = v->time_gva = 0;
	area_unmap(&v->runstate_area);
	spin_lock(&v->time_lock);
	time_area = v->time_area;
	memset(&v->time_area, 0, sizeof(v->time_area));
	WRITE_ONCE(v->vcpu_info, default_vcpu_info(v));
	spin_unlock(&v->time_lock);
	area_unmap(&time_area);
	if (v->vcpu_info_map != NULL) {
		unmap_domain_page_global(v->vcpu_info_map);
		put_page(v->vcpu_info_page);
		v->vcpu_info_map = NULL;
		v->vcpu_info_page = NULL;
	}
}

void shared_info_vcpu_fini(struct vcpu *v)
{
	if (v->vcpu_info != NULL) {
		unmap_guest_areas(v);
	}
}
