/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domain control, the entry: privilege, version, target, dispatch by table, continuation; and the operations on a domain as a whole (create,
 * destroy, pause, info, time, scheduling parameters). vCPUs are in domctl_vcpu.c, memory and saved state in domctl_mem.c, permissions in
 * domctl_irq.c. One domctl runs at a time: a caller who finds the lock taken tries again by continuation, so that nobody spins on a CPU that
 * a domain_pause() waits for.
 */
#include <hv/hypercall.h>

#include <xen/domctl.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/priv.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/string.h>
#include <hv/time.h>

#include "domctl_priv.h"

_Static_assert(sizeof(struct xen_domctl) == 144, "ABI");
_Static_assert(offsetof(struct xen_domctl, u) == 16, "ABI");
_Static_assert(sizeof(struct xen_domctl_createdomain) == 68, "ABI 0x17");
_Static_assert(offsetof(struct xen_domctl_createdomain, altp2m_opts) == 48, "ABI 0x17");
_Static_assert(sizeof(struct xen_domctl_getdomaininfo) == 112, "ABI");
_Static_assert(sizeof(struct xenctl_bitmap) == 16, "ABI");

static DEFINE_SPINLOCK(domctl_lock, LOCK_DOMCTL);

/* Platform devices that a PVH guest may have. */
#define EMU_PVH XEN_X86_EMU_LAPIC

static int check_createdomain(const struct xen_domctl_createdomain *c)
{
	const uint32_t known_flags = XEN_DOMCTL_CDF_MAX | (XEN_DOMCTL_CDF_MAX - 1);

	if ((c->flags & ~known_flags) != 0 || (c->flags & XEN_DOMCTL_CDF_hvm) == 0 ||
		(c->flags & XEN_DOMCTL_CDF_hap) == 0 ||
		(c->flags & (XEN_DOMCTL_CDF_nested_virt | XEN_DOMCTL_CDF_vpmu)) != 0) {
		return -EINVAL;
	}
	if ((c->iommu_opts & ~XEN_DOMCTL_IOMMU_no_sharept) != 0 ||
		((c->flags & XEN_DOMCTL_CDF_iommu) == 0 ? c->iommu_opts != 0 : !iommu_enabled)) {
		return -EINVAL;
	}
	if (c->max_vcpus == 0 || c->max_vcpus > MAX_VIRT_CPUS || c->vmtrace_size != 0 ||
		c->altp2m_opts != 0 || (c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask) != 0 ||
		(c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX) != 0) {
		return -EINVAL;
	}
	if (c->cpupool_id != 0) {
		return -ENOENT;
	}
	if ((c->arch.emulation_flags & ~XEN_X86_EMU_ALL) != 0) {
		return -EINVAL;
	}
	/* Known devices in a set that nobody asks for, and those of HVM guests, which are not there yet. */
	return c->arch.emulation_flags == EMU_PVH ? 0 : -EOPNOTSUPP;
}

static long createdomain(struct xen_domctl *op, bool *copyback)
{
	domid_t id =
		op->domain == 0 || op->domain >= DOMID_FIRST_RESERVED ? DOMID_INVALID : op->domain;
	struct domain *d = NULL;
	int rc = check_createdomain(&op->u.createdomain);

	if (rc == 0) {
		rc = domain_create(id, &op->u.createdomain, false, &d);
	}
	if (rc == 0) {
		op->domain = d->domain_id;
		*copyback = true;
		put_domain(d);
	}
	return rc;
}

static long destroydomain(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	return domain_kill(d);
}

static long pausedomain(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	return d == current->domain ? -EINVAL : domain_pause_by_controller(d);
}

static long unpausedomain(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	return domain_unpause_by_controller(d);
}

static long getdomaininfo(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	memset(&op->u, 0, sizeof(op->u));
	domain_get_info(d, &op->u.getdomaininfo);
	op->domain = d->domain_id;
	*copyback = true;
	return 0;
}

static long resumedomain(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	if (d == current->domain) {
		return -EINVAL;
	}
	domain_resume(d);
	return 0;
}

static long scheduler_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;

	if (s->sched_id != XEN_SCHEDULER_CREDIT2) {
		return -EINVAL;
	}
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_putinfo:
		/* Weight 0 means: as it is. */
		return sched_adjust_domain(d,
			s->u.credit2.weight != 0 ? s->u.credit2.weight : d->sched_weight,
			s->u.credit2.cap);
	case XEN_DOMCTL_SCHEDOP_getinfo:
		memset(&s->u, 0, sizeof(s->u));
		s->u.credit2.weight = d->sched_weight;
		s->u.credit2.cap = d->sched_cap;
		*copyback = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static long setdomainhandle(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	spin_lock(&d->lock);
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	spin_unlock(&d->lock);
	return 0;
}

static long setdebugging(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	if (d == current->domain) {
		return -EINVAL;
	}
	domain_pause(d);
	d->is_debugger_attached = op->u.setdebugging.enable != 0;
	domain_unpause(d);
	return 0;
}

static long settimeoffset(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
	update_domain_wallclock(d);
	return 0;
}

static long gettscinfo(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	if (d == current->domain) {
		return -EINVAL;
	}
	memset(t, 0, sizeof(*t));
	t->tsc_mode = d->tsc_mode;
	t->gtsc_khz = d->tsc_khz;
	t->incarnation = d->tsc_incarnation;
	/* The guest's time in ns; NOW() runs since our boot, the offset is kept in TSC ticks per vCPU. */
	if (d->vcpu[0] != NULL) {
		t->elapsed_nsec = tsc_to_ns_delta(ns_to_tsc(NOW()) + d->vcpu[0]->hvm.tsc_offset);
	}
	*copyback = true;
	return 0;
}

static long settscinfo(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_tsc_info *t = &op->u.tsc_info;
	uint32_t host_khz = time_scale.tsc_khz;

	(void)copyback;
	if (d == current->domain || t->tsc_mode > 2) {
		return -EINVAL;
	}
	/* Emulating RDTSC (mode 1) and a foreign frequency (more than 0.02 % away) need what we do not have yet. */
	if (t->tsc_mode == 1 ||
		(t->gtsc_khz != 0 &&
			(t->gtsc_khz > host_khz ? t->gtsc_khz - host_khz : host_khz - t->gtsc_khz) >
				host_khz / 5000)) {
		return -EOPNOTSUPP;
	}
	d->tsc_mode = t->tsc_mode;
	d->tsc_incarnation = t->incarnation;
	return 0;
}

/* The machine has one memory node, 0. */
static long nodeaffinity(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	unsigned long map[1] = { 1 };
	int rc;

	(void)d;
	(void)copyback;
	if (op->cmd == XEN_DOMCTL_getnodeaffinity) {
		return xenctl_bitmap_write(&op->u.nodeaffinity.nodemap, map, 1);
	}
	rc = xenctl_bitmap_read(map, 1, &op->u.nodeaffinity.nodemap);
	return rc != 0 ? rc : (map[0] & 1) != 0 ? 0 : -EINVAL;
}

static long set_target(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct domain *e = get_domain_by_id(op->u.set_target.target);
	long rc;

	(void)copyback;
	if (e == NULL) {
		return -ESRCH;
	}
	rc = e == d ? -EINVAL : -EOPNOTSUPP; /* stub domains come with HVM guests */
	put_domain(e);
	return rc;
}

static long set_access_required(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	if (d == current->domain) {
		return -EPERM;
	}
	/* Without memory-event listeners nothing can be required of one. */
	return op->u.access_required.access_required == 0 ? 0 : -EOPNOTSUPP;
}

static long set_llc_colors(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)d;
	(void)op;
	(void)copyback;
	return -EOPNOTSUPP; /* the toolstack takes no other error for "there are none" */
}

/* Known operations that this hypervisor does not offer on any domain. */
static long not_supported(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	return set_llc_colors(d, op, copyback);
}

static domctl_fn *const domctl_table[] = {
	[XEN_DOMCTL_destroydomain] = destroydomain,
	[XEN_DOMCTL_pausedomain] = pausedomain,
	[XEN_DOMCTL_unpausedomain] = unpausedomain,
	[XEN_DOMCTL_getdomaininfo] = getdomaininfo,
	[XEN_DOMCTL_setvcpuaffinity] = domctl_vcpuaffinity,
	[XEN_DOMCTL_shadow_op] = domctl_shadow_op,
	[XEN_DOMCTL_max_mem] = domctl_max_mem,
	[XEN_DOMCTL_setvcpucontext] = domctl_vcpucontext,
	[XEN_DOMCTL_getvcpucontext] = domctl_vcpucontext,
	[XEN_DOMCTL_getvcpuinfo] = domctl_getvcpuinfo,
	[XEN_DOMCTL_max_vcpus] = domctl_max_vcpus,
	[XEN_DOMCTL_scheduler_op] = scheduler_op,
	[XEN_DOMCTL_setdomainhandle] = setdomainhandle,
	[XEN_DOMCTL_setdebugging] = setdebugging,
	[XEN_DOMCTL_irq_permission] = domctl_irq_permission,
	[XEN_DOMCTL_iomem_permission] = domctl_iomem_permission,
	[XEN_DOMCTL_ioport_permission] = domctl_ioport_permission,
	[XEN_DOMCTL_hypercall_init] = domctl_hypercall_init,
	[XEN_DOMCTL_settimeoffset] = settimeoffset,
	[XEN_DOMCTL_getvcpuaffinity] = domctl_vcpuaffinity,
	[XEN_DOMCTL_resumedomain] = resumedomain,
	[XEN_DOMCTL_sendtrigger] = domctl_sendtrigger,
	[XEN_DOMCTL_subscribe] = not_supported,
	[XEN_DOMCTL_gethvmcontext] = domctl_gethvmcontext,
	[XEN_DOMCTL_sethvmcontext] = domctl_sethvmcontext,
	[XEN_DOMCTL_set_address_size] = not_supported,
	[XEN_DOMCTL_get_address_size] = not_supported,
	[XEN_DOMCTL_set_ext_vcpucontext] = not_supported,
	[XEN_DOMCTL_get_ext_vcpucontext] = not_supported,
	[XEN_DOMCTL_set_target] = set_target,
	[XEN_DOMCTL_debug_op] = not_supported,
	[XEN_DOMCTL_gethvmcontext_partial] = domctl_gethvmcontext_partial,
	[XEN_DOMCTL_vm_event_op] = not_supported,
	[XEN_DOMCTL_mem_sharing_op] = not_supported,
	[XEN_DOMCTL_gettscinfo] = gettscinfo,
	[XEN_DOMCTL_settscinfo] = settscinfo,
	[XEN_DOMCTL_getpageframeinfo3] = domctl_getpageframeinfo3,
	[XEN_DOMCTL_setvcpuextstate] = not_supported,
	[XEN_DOMCTL_getvcpuextstate] = not_supported,
	[XEN_DOMCTL_set_access_required] = set_access_required,
	[XEN_DOMCTL_audit_p2m] = not_supported,
	[XEN_DOMCTL_set_virq_handler] = domctl_set_virq_handler,
	[XEN_DOMCTL_set_broken_page_p2m] = not_supported,
	[XEN_DOMCTL_setnodeaffinity] = nodeaffinity,
	[XEN_DOMCTL_getnodeaffinity] = nodeaffinity,
	[XEN_DOMCTL_get_vcpu_msrs] = not_supported,
	[XEN_DOMCTL_set_vcpu_msrs] = not_supported,
	[XEN_DOMCTL_setvnumainfo] = not_supported,
	[XEN_DOMCTL_psr_cmt_op] = not_supported,
	[XEN_DOMCTL_monitor_op] = not_supported,
	[XEN_DOMCTL_psr_alloc] = not_supported,
	[XEN_DOMCTL_soft_reset] = not_supported,
	[XEN_DOMCTL_get_cpu_policy] = domctl_get_cpu_policy,
	[XEN_DOMCTL_set_cpu_policy] = domctl_set_cpu_policy,
	[XEN_DOMCTL_vmtrace_op] = not_supported,
	[XEN_DOMCTL_get_paging_mempool_size] = domctl_get_paging_mempool,
	[XEN_DOMCTL_set_paging_mempool_size] = domctl_set_paging_mempool,
	[XEN_DOMCTL_gsi_permission] = domctl_gsi_permission,
	[XEN_DOMCTL_set_llc_colors] = set_llc_colors,
};

static domctl_fn *find_domctl(uint32_t cmd)
{
	if (cmd >= XEN_DOMCTL_gdbsx_guestmemio && cmd <= XEN_DOMCTL_gdbsx_domstatus) {
		return not_supported;
	}
	return cmd < ARRAY_SIZE(domctl_table) ?
		domctl_table[array_index_nospec(cmd, ARRAY_SIZE(domctl_table))] :
		NULL;
}

static long run_domctl(struct xen_domctl *op, bool *copyback)
{
	domctl_fn *fn;
	struct domain *d;
	long rc;

	if (op->cmd == XEN_DOMCTL_createdomain) {
		return createdomain(op, copyback);
	}
	fn = find_domctl(op->cmd);
	if (fn == NULL) {
		return -ENOSYS;
	}
	d = get_domain_by_id(op->domain);
	if (d == NULL) {
		return -ESRCH;
	}
	rc = fn(d, op, copyback);
	put_domain(d);
	return rc;
}

long do_domctl(uint64_t u_domctl)
{
	struct xen_domctl op;
	bool copyback = false;
	long rc = priv_check_control();

	if (rc != 0) {
		return rc;
	}
	if (copy_struct_from_guest(&op, u_domctl) != 0) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (!spin_trylock(&domctl_lock)) {
		return hypercall_continuation(__HYPERVISOR_domctl, 1, &u_domctl);
	}
	rc = run_domctl(&op, &copyback);
	spin_unlock(&domctl_lock);
	if (copyback && copy_struct_to_guest(u_domctl, &op) != 0) {
		rc = -EFAULT;
	}
	return rc == -ERESTART ? hypercall_continuation(__HYPERVISOR_domctl, 1, &u_domctl) : rc;
}
