/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains: the list, creation, references and the restartable destruction. Pausing and shutting
 * down are domain_shutdown.c's, pages domain_page.c's. A domain lives as long as somebody holds a
 * reference: its creator until domain_kill() is through, whoever looked it up, and its memory as a
 * whole (the first page takes one, the last drops it), so that a dead domain whose pages others
 * still map stays as a zombie.
 * Locking: domlist_lock guards the list and the hash. See the letters in hv/domain.h.
 */
#include <xen/domctl.h>
#include <xen/sched.h>

#include <hv/bitmap.h>
#include <hv/boot_info.h>
#include <hv/errno.h>
#include <hv/grant.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/softirq.h>
#include <hv/string.h>

#define DOMAIN_HASH 64u

enum init_step { INIT_SCHED, INIT_SHINFO, INIT_EVTCHN, INIT_P2M, INIT_HVM, INIT_GRANT, INIT_IOMMU };

struct domain *hardware_domain, *idle_domain, *dom_xen, *dom_io;

static DEFINE_SPINLOCK(domlist_lock, LOCK_DOMLIST);
static struct domain *domain_list;
static struct domain *domain_hash[DOMAIN_HASH];
static domid_t last_domid;

static struct domain *domain_alloc(domid_t domid)
{
	unsigned int order = order_from_bytes(sizeof(struct domain));
	struct domain *d = alloc_hv_pages(order);

	if (d == NULL) {
		return NULL;
	}
	d->domain_id = domid;
	atomic_set(&d->refcnt, 1);
	spin_lock_init(&d->lock, LOCK_DOMAIN);
	spin_lock_init(&d->shutdown_lock, LOCK_SHUTDOWN);
	spin_lock_init(&d->page_alloc_lock, LOCK_PAGE_ALLOC);
	spin_lock_init(&d->evtchn_lock, LOCK_EVTCHN);
	spin_lock_init(&d->vcpu_lock, LOCK_VCPU_OP);
	spin_lock_init(&d->watchdog_lock, LOCK_WATCHDOG);
	page_list_init(&d->page_list);
	INIT_LIST_HEAD(&d->pirq_list);
	d->shutdown_code = -1;
	d->max_pages = 0;
	return d;
}

static struct domain *system_domain(domid_t domid)
{
	struct domain *d = domain_alloc(domid);

	if (d == NULL) {
		panic("domain: no memory for the system domains");
	}
	d->creation_finished = true;
	return d;
}

static void current_name(char *buf, size_t size)
{
	const struct vcpu *v = current;

	if (v == NULL || v->is_idle) {
		snprintf(buf, size, "idle");
	} else {
		snprintf(buf, size, "d%uv%u", v->domain->domain_id, v->vcpu_id);
	}
}

void domain_init(void)
{
	idle_domain = system_domain(DOMID_IDLE);
	dom_xen = system_domain(DOMID_XEN);
	dom_io = system_domain(DOMID_IO);
	page_set_release_hook(domain_release_page);
	printk_current_name = current_name;
}

static struct domain *lookup_locked(domid_t domid)
{
	struct domain *d = domain_hash[domid % DOMAIN_HASH];

	while (d != NULL && d->domain_id != domid) {
		d = d->next_in_hash;
	}
	return d;
}

/* Give d its id and make it visible. */
static int domain_publish(struct domain *d, domid_t domid)
{
	struct domain **pos;
	int rc = 0;

	spin_lock(&domlist_lock);
	if (domid == DOMID_INVALID) {
		domid_t id = last_domid;

		do {
			id = id + 1u >= DOMID_FIRST_RESERVED ? 1 : (domid_t)(id + 1);
		} while (id != last_domid && lookup_locked(id) != NULL);
		if (lookup_locked(id) != NULL || id == 0) {
			rc = -ENOMEM;
			goto out;
		}
		last_domid = domid = id;
	} else if (lookup_locked(domid) != NULL) {
		rc = -EEXIST;
		goto out;
	}
	d->domain_id = domid;
	for (pos = &domain_list; *pos != NULL && (*pos)->domain_id < domid;
		pos = &(*pos)->next_in_list) {
	}
	d->next_in_list = *pos;
	*pos = d;
	d->next_in_hash = domain_hash[domid % DOMAIN_HASH];
	domain_hash[domid % DOMAIN_HASH] = d;
out:
	spin_unlock(&domlist_lock);
	return rc;
}

static void domain_unpublish(struct domain *d)
{
	struct domain **pos;

	spin_lock(&domlist_lock);
	for (pos = &domain_list; *pos != NULL; pos = &(*pos)->next_in_list) {
		if (*pos == d) {
			*pos = d->next_in_list;
			break;
		}
	}
	for (pos = &domain_hash[d->domain_id % DOMAIN_HASH]; *pos != NULL;
		pos = &(*pos)->next_in_hash) {
		if (*pos == d) {
			*pos = d->next_in_hash;
			break;
		}
	}
	spin_unlock(&domlist_lock);
}

struct domain *get_domain_by_id(domid_t domid)
{
	struct domain *d;

	spin_lock(&domlist_lock);
	d = lookup_locked(domid);
	if (d != NULL && !get_domain(d)) {
		d = NULL;
	}
	spin_unlock(&domlist_lock);
	return d;
}

struct domain *get_next_domain(domid_t domid)
{
	struct domain *d;

	spin_lock(&domlist_lock);
	for (d = domain_list; d != NULL; d = d->next_in_list) {
		if (d->domain_id >= domid && get_domain(d)) {
			break;
		}
	}
	spin_unlock(&domlist_lock);
	return d;
}

void for_each_domain_call(void (*fn)(struct domain *d, void *arg), void *arg)
{
	struct domain *d = get_next_domain(0);

	while (d != NULL) {
		domid_t next = (domid_t)(d->domain_id + 1);

		fn(d, arg);
		put_domain(d);
		d = get_next_domain(next);
	}
}

bool get_domain(struct domain *d)
{
	return atomic_add_unless(&d->refcnt, 1, 0);
}

void put_domain(struct domain *d)
{
	if (atomic_dec_and_test(&d->refcnt)) {
		/*
		 * Freeing takes locks and waits for other CPUs: not in the context of whoever drops
		 * the last reference.
		 */
		tasklet_schedule(&d->free_tasklet);
	}
}

static void watchdog_fired(void *data)
{
	struct domain *d = data;

	if (!d->is_shutting_down) {
		printk(XENLOG_G_WARNING "d%u: watchdog fired\n", d->domain_id);
		(void)domain_shutdown(d, SHUTDOWN_watchdog);
	}
}

/* Undo domain_create() from whatever step it reached. */
static void domain_undo(struct domain *d)
{
	for (unsigned int i = 0; d->vcpu != NULL && i < d->max_vcpus; i++) {
		if (d->vcpu[i] != NULL) {
			vcpu_destroy(d->vcpu[i]);
			d->vcpu[i] = NULL;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++) {
		kill_timer(&d->watchdog_timer[i]);
	}
	if (d->init_done & BIT(INIT_IOMMU)) {
		iommu_domain_fini(d);
	}
	if (d->init_done & BIT(INIT_GRANT)) {
		grant_table_destroy(d);
	}
	if (d->init_done & BIT(INIT_HVM)) {
		hvm_domain_fini(d);
	}
	if (d->init_done & BIT(INIT_P2M)) {
		while (p2m_teardown(d) == -ERESTART) {
			/* already done for a domain that went through domain_kill() */
		}
	}
	if (d->init_done & BIT(INIT_EVTCHN)) {
		/*
		 * No port is open: a domain that failed to be created has none, a killed one has
		 * closed them.
		 */
		evtchn_domain_free(d);
	}
	if (d->init_done & BIT(INIT_SHINFO)) {
		shared_info_domain_fini(d);
	}
	if (d->init_done & BIT(INIT_SCHED)) {
		sched_destroy_domain(d);
	}
	rangeset_destroy(d->iomem_caps);
	rangeset_destroy(d->ioport_caps);
	rangeset_destroy(d->irq_caps);
	xfree(d->e820.entries);
	xfree(d->vcpu);
	free_hv_pages(d, order_from_bytes(sizeof(struct domain)));
}

static void domain_free(void *arg)
{
	struct domain *d = arg;

	ASSERT(d->tot_pages == 0);
	domain_unpublish(d);
	domain_undo(d);
	/* The control domain looks and finds it gone. */
	send_global_virq(VIRQ_DOM_EXC);
}

int domain_create(
	domid_t domid, const struct xen_domctl_createdomain *cfg, bool is_dom0, struct domain **out)
{
	struct domain *d;
	int rc = -ENOMEM;

	if (cfg->max_vcpus == 0 || cfg->max_vcpus > MAX_VIRT_CPUS) {
		return -EINVAL;
	}
	if (domid != DOMID_INVALID) {
		d = get_domain_by_id(domid);
		if (d != NULL) {
			put_domain(d);
			return -EEXIST;
		}
	}
	d = domain_alloc(domid);
	if (d == NULL) {
		return -ENOMEM;
	}
	d->is_control = d->is_hardware = is_dom0;
	d->is_xenstore = (cfg->flags & XEN_DOMCTL_CDF_xs_domain) != 0;
	d->is_hap = true;
	d->direct_mapped = is_dom0;
	d->max_vcpus = cfg->max_vcpus;
	d->createflags = cfg->flags;
	d->emulation_flags = cfg->arch.emulation_flags;
	d->misc_flags = cfg->arch.misc_flags;
	d->ssidref = cfg->ssidref;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	tasklet_init(&d->free_tasklet, domain_free, d);
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++) {
		init_timer(&d->watchdog_timer[i], watchdog_fired, d, smp_processor_id());
	}
	/* Paused by the system controller until the toolstack says so. */
	d->controller_pause_init = true;
	d->controller_pause_count = 1;
	atomic_inc(&d->pause_count);

	d->vcpu = xzalloc_array(struct vcpu *, d->max_vcpus);
	d->iomem_caps = rangeset_create("iomem");
	d->ioport_caps = rangeset_create("ioports");
	d->irq_caps = rangeset_create("irqs");
	if (d->vcpu == NULL || d->iomem_caps == NULL || d->ioport_caps == NULL ||
		d->irq_caps == NULL) {
		goto undo;
	}

#define STEP(bit, call)                   \
	do {                              \
		rc = (call);              \
		if (rc != 0) {            \
			goto undo;        \
		}                         \
		d->init_done |= BIT(bit); \
	} while (0)
	STEP(INIT_SCHED, sched_init_domain(d));
	STEP(INIT_SHINFO, shared_info_domain_init(d));
	STEP(INIT_EVTCHN, evtchn_domain_init(d, cfg->max_evtchn_port));
	STEP(INIT_P2M, p2m_init(d));
	STEP(INIT_HVM, hvm_domain_init(d));
	STEP(INIT_GRANT,
		grant_table_init(
			d, cfg->max_grant_frames, cfg->max_maptrack_frames, cfg->grant_opts));
	if (!is_dom0 && (cfg->flags & XEN_DOMCTL_CDF_iommu) != 0) {
		STEP(INIT_IOMMU, iommu_domain_init(d));
	}
#undef STEP
	rc = domain_publish(d, domid);
	if (rc != 0) {
		goto undo;
	}
	if (!get_domain(d)) {
		BUG();
	}
	update_domain_wallclock(d);
	if (is_dom0) {
		hardware_domain = d;
	}
	*out = d;
	return 0;

undo:
	domain_undo(d);
	return rc;
}

static void domain_set_dying(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	spin_lock(&d->lock);
	d->is_dying = DOMDYING_dying;
	spin_unlock(&d->lock);
	for_each_vcpu(d, v) {
		stop_timer(&v->singleshot_timer);
		stop_timer(&v->periodic_timer);
		stop_timer(&v->poll_timer);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++) {
		kill_timer(&d->watchdog_timer[i]);
	}
}

int domain_kill(struct domain *d)
{
	struct vcpu *v;
	int rc = 0;

	if (d == current->domain || is_hardware_domain(d)) {
		return -EINVAL;
	}
	/* One caller at a time; a second one asks again later. */
	if (!spin_trylock(&d->vcpu_lock)) {
		return -ERESTART;
	}
	switch (d->is_dying) {
	case DOMDYING_alive:
		domain_set_dying(d);
		d->destroy_step = 0;
		fallthrough;
	case DOMDYING_dying:
		switch (d->destroy_step) {
		case 0:
			rc = evtchn_domain_destroy(d);
			if (rc != 0) {
				break;
			}
			d->destroy_step = 1;
			fallthrough;
		case 1:
			rc = grant_table_release_mappings(d);
			if (rc != 0) {
				break;
			}
			memory_domain_destroy(d);
			for_each_vcpu(d, v) {
				unmap_guest_areas(v);
			}
			d->destroy_step = 2;
			fallthrough;
		case 2:
			rc = p2m_teardown(d);
			if (rc != 0) {
				break;
			}
			d->destroy_step = 3;
			fallthrough;
		case 3:
			rc = memory_relinquish(d);
			if (rc != 0) {
				break;
			}
			grant_table_warn_active(d);
			d->destroy_step = 4;
			fallthrough;
		default:
			rc = 0;
		}
		if (rc == -ERESTART) {
			break;
		}
		d->is_dying = DOMDYING_dead;
		spin_unlock(&d->vcpu_lock);
		put_domain(d); /* the creator's; the caller has one more */
		send_global_virq(VIRQ_DOM_EXC);
		return 0;
	case DOMDYING_dead:
		break;
	}
	spin_unlock(&d->vcpu_lock);
	return rc;
}
