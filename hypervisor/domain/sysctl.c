/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System control: what the control domain asks about the machine and the hypervisor as a whole. Nothing here keeps state but the scheduler's
 * rate limit, so no lock is held; each answer is a snapshot.
 */
#include <hv/hypercall.h>

#include <xen/domctl.h>
#include <xen/physdev.h>
#include <xen/sysctl.h>

#include <hv/console.h>
#include <hv/console_io.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/memory_op.h>
#include <hv/nospec.h>
#include <hv/page_alloc.h>
#include <hv/priv.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/string.h>
#include <hv/time.h>

#include "domctl_priv.h"

_Static_assert(sizeof(struct xen_sysctl) == 136 && offsetof(struct xen_sysctl, u) == 8, "ABI");
_Static_assert(sizeof(struct xen_sysctl_physinfo) == 112 &&
		offsetof(struct xen_sysctl_physinfo, hw_cap) == 80,
	"ABI");
_Static_assert(
	sizeof(struct xen_sysctl_cputopo) == 12 && sizeof(struct xen_sysctl_meminfo) == 16, "ABI");

/* As domctl_fn, without a target. */
typedef long sysctl_fn(struct xen_sysctl *op, bool *copyback);

static uint32_t sched_ratelimit_us = 1000;

static long readconsole(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	uint32_t start = console_ring_start(), end = console_ring_end(), idx = start, done = 0;
	char buf[512];

	if (r->incremental != 0 && (int32_t)(r->index - start) > 0) {
		idx = (int32_t)(end - r->index) < 0 ? end : r->index;
	}
	while (done < r->count && idx != end) {
		unsigned int n = console_ring_read(
			&idx, buf, min_t(uint32_t, sizeof(buf), min(r->count - done, end - idx)));

		if (n == 0) {
			break;
		}
		if (copy_to_guest(handle_gva(r->buffer) + done, buf, n) != 0) {
			return -EFAULT;
		}
		done += n;
	}
	if (r->clear != 0) {
		console_ring_clear();
	}
	r->count = done;
	r->index = idx;
	*copyback = true;
	return 0;
}

/* Threads of CPU 0's core and cores of its socket stand for all. */
static void count_topology(uint32_t *threads_per_core, uint32_t *cores_per_socket)
{
	struct cpu_topology first, t;
	uint32_t threads = 0, in_socket = 0;
	unsigned int cpu;

	cpu_topology_get(0, &first);
	for_each_online_cpu(cpu) {
		cpu_topology_get(cpu, &t);
		if (t.socket == first.socket) {
			in_socket++;
			threads += t.core == first.core;
		}
	}
	*threads_per_core = max(threads, 1u);
	*cores_per_socket = max(in_socket / *threads_per_core, 1u);
}

static long physinfo(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;
	uint32_t fs[FEATURESET_NR_WORDS];
	uint64_t free = free_pages_count(), claimed = total_outstanding_claims;

	memset(p, 0, sizeof(*p));
	count_topology(&p->threads_per_core, &p->cores_per_socket);
	p->nr_cpus = num_online_cpus();
	p->max_cpu_id = nr_cpu_ids - 1;
	p->nr_nodes = 1;
	p->cpu_khz = time_scale.tsc_khz;
	p->capabilities =
		XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	p->total_pages = machine_ram_pages();
	p->outstanding_pages = claimed;
	p->free_pages = free - min(free, claimed);
	p->max_mfn = max_page - 1;
	cpu_policy_featureset(&host_cpu_policy, fs);
	memcpy(p->hw_cap, fs, sizeof(p->hw_cap));
	*copyback = true;
	return 0;
}

static long sched_id(struct xen_sysctl *op, bool *copyback)
{
	op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
	*copyback = true;
	return 0;
}

/* max_domains is what the caller has room for, often far more than there are domains. */
static long getdomaininfolist(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	uint64_t gva = handle_gva(l->buffer);
	uint32_t nr = 0, next = l->first_domain;
	long rc = 0;

	while (nr < l->max_domains && next < DOMID_FIRST_RESERVED) {
		struct xen_domctl_getdomaininfo info;
		struct domain *d = get_next_domain((domid_t)next);

		if (d == NULL) {
			break;
		}
		memset(&info, 0, sizeof(info));
		domain_get_info(d, &info);
		next = d->domain_id + 1u;
		put_domain(d);
		if (copy_to_guest(gva + (uint64_t)nr * sizeof(info), &info, sizeof(info)) != 0) {
			rc = -EFAULT;
			break;
		}
		nr++;
	}
	l->num_domains = nr;
	*copyback = rc == 0;
	return rc;
}

static long debug_keys(struct xen_sysctl *op, bool *copyback)
{
	uint32_t nr = min(op->u.debug_keys.nr_keys, 64u);
	char keys[64];

	(void)copyback;
	if (copy_from_guest(keys, handle_gva(op->u.debug_keys.keys), nr) != 0) {
		return -EFAULT;
	}
	for (uint32_t i = 0; i < nr; i++) {
		handle_keypress(keys[i]);
	}
	return 0;
}

static long getcpuinfo(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
	uint32_t nr = min(g->max_cpus, nr_cpu_ids);

	for (uint32_t i = 0; i < nr; i++) {
		struct xen_sysctl_cpuinfo info = { .idletime = cpu_idle_time_ns(i) };

		if (copy_to_guest(handle_gva(g->info) + i * sizeof(info), &info, sizeof(info)) !=
			0) {
			return -EFAULT;
		}
	}
	g->nr_cpus = nr;
	*copyback = true;
	return 0;
}

static long availheap(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;
	bool below_4g = a->max_bitwidth != 0 && a->max_bitwidth <= 32;

	if (a->node > 0 || a->node < -1) {
		a->avail_bytes = 0;
	} else if (a->min_bitwidth > 32) {
		a->avail_bytes =
			below_4g ? 0 : (free_pages_count() - free_pages_below_4G()) << PAGE_SHIFT;
	} else {
		a->avail_bytes = (below_4g ? free_pages_below_4G() : free_pages_count())
			<< PAGE_SHIFT;
	}
	*copyback = true;
	return 0;
}

/* Idle and frequency states are the processor's own business here. */
static long get_pmstat(struct xen_sysctl *op, bool *copyback)
{
	uint32_t cpu = op->u.get_pmstat.cpuid;

	(void)copyback;
	return cpu < nr_cpu_ids && cpu_online(cpu) ? -ENODEV : -EINVAL;
}

static long pm_op(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_pm_op *p = &op->u.pm_op;

	if (p->cmd == XEN_SYSCTL_pm_op_get_max_cstate && p->cpuid <= 1) {
		p->u.get_max_cstate = XEN_SYSCTL_CX_UNLIMITED;
		*copyback = true;
		return 0;
	}
	if ((p->cmd & PM_PARA_CATEGORY_MASK) != CPUFREQ_PARA) {
		return -ENOSYS;
	}
	return p->cpuid < nr_cpu_ids && cpu_online(p->cpuid) ? -ENODEV : -EINVAL;
}

static long cpu_hotplug(struct xen_sysctl *op, bool *copyback)
{
	(void)copyback;
	return op->u.cpu_hotplug.op <= XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE ? -EOPNOTSUPP : -EINVAL;
}

static long cputopoinfo(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_cputopoinfo *c = &op->u.cputopoinfo;
	uint32_t nr = handle_gva(c->cputopo) == 0 ? 0 : min(c->num_cpus, nr_cpu_ids);

	for (uint32_t i = 0; i < nr; i++) {
		struct xen_sysctl_cputopo topo = { XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID,
			XEN_INVALID_NODE_ID };
		struct cpu_topology t;

		if (cpu_online(i)) {
			cpu_topology_get(i, &t);
			topo = (struct xen_sysctl_cputopo){
				.core = t.core, .socket = t.socket, .node = 0
			};
		}
		if (copy_to_guest(handle_gva(c->cputopo) + i * sizeof(topo), &topo, sizeof(topo)) !=
			0) {
			return -EFAULT;
		}
	}
	c->num_cpus = nr_cpu_ids;
	*copyback = true;
	return 0;
}

static long numainfo(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_numainfo *n = &op->u.numainfo;
	struct xen_sysctl_meminfo mem = {
		.memsize = machine_ram_pages() << PAGE_SHIFT,
		.memfree = free_pages_count() << PAGE_SHIFT,
	};
	uint32_t distance = 10;

	if (n->num_nodes != 0) {
		if (handle_gva(n->meminfo) != 0 &&
			copy_to_guest(handle_gva(n->meminfo), &mem, sizeof(mem)) != 0) {
			return -EFAULT;
		}
		if (handle_gva(n->distance) != 0 &&
			copy_to_guest(handle_gva(n->distance), &distance, sizeof(distance)) != 0) {
			return -EFAULT;
		}
	}
	n->num_nodes = 1;
	*copyback = true;
	return 0;
}

static uint32_t count_domains(void)
{
	uint32_t nr = 0, next = 0;
	struct domain *d;

	while (next < DOMID_FIRST_RESERVED && (d = get_next_domain((domid_t)next)) != NULL) {
		next = d->domain_id + 1u;
		put_domain(d);
		nr++;
	}
	return nr;
}

/* There is pool 0, with all CPUs in it. */
static long cpupool_op(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_cpupool_op *c = &op->u.cpupool_op;
	struct domain *d;
	cpumask_t none;
	long rc;

	switch (c->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (c->cpupool_id != 0) {
			return -ENOENT;
		}
		c->sched_id = XEN_SCHEDULER_CREDIT2;
		c->n_dom = count_domains();
		*copyback = true;
		return xenctl_bitmap_write(&c->cpumap, cpu_online_map.bits, nr_cpu_ids);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		cpumask_zero(&none);
		return xenctl_bitmap_write(&c->cpumap, none.bits, nr_cpu_ids);
	case XEN_SYSCTL_CPUPOOL_OP_CREATE:
		return c->cpupool_id == 0 ? -EEXIST : -EOPNOTSUPP;
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
	case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
		return c->cpupool_id == 0 ? -EBUSY : -ENOENT;
	case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
		return c->cpupool_id != 0                                           ? -ENOENT :
			c->cpu == XEN_SYSCTL_CPUPOOL_PAR_ANY || c->cpu < nr_cpu_ids ? -ENODEV :
										      -EINVAL;
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		if (c->cpupool_id != 0) {
			return -ENOENT;
		}
		d = c->domid < DOMID_FIRST_RESERVED ? get_domain_by_id((domid_t)c->domid) : NULL;
		if (d == NULL) {
			return -EINVAL;
		}
		rc = sched_move_to_cpupool0(d);
		put_domain(d);
		return rc;
	default:
		return -ENOSYS;
	}
}

static long scheduler_op(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
	uint32_t us = s->u.sched_credit2.ratelimit_us;

	if (s->cpupool_id != 0) {
		return -ESRCH;
	}
	if (s->sched_id != XEN_SCHEDULER_CREDIT2) {
		return -EINVAL;
	}
	switch (s->cmd) {
	case XEN_SYSCTL_SCHEDOP_putinfo:
		if (us != 0 &&
			(us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
				us > XEN_SYSCTL_SCHED_RATELIMIT_MAX)) {
			return -EINVAL;
		}
		sched_ratelimit_us = us;
		break;
	case XEN_SYSCTL_SCHEDOP_getinfo:
		break;
	default:
		return -EINVAL;
	}
	memset(&s->u, 0, sizeof(s->u));
	s->u.sched_credit2.ratelimit_us = sched_ratelimit_us;
	*copyback = true;
	return 0;
}

static long pcitopoinfo(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_pcitopoinfo *p = &op->u.pcitopoinfo;
	const uint32_t node = XEN_INVALID_NODE_ID;
	uint32_t i;

	if (handle_gva(p->devs) == 0 || handle_gva(p->nodes) == 0) {
		return -EINVAL;
	}
	for (i = 0; i < p->num_devs; i++) {
		struct physdev_pci_device dev;

		if (i != 0 && hypercall_preempt_check()) {
			break;  /* the caller goes on from what we report */
		}
		if (copy_from_guest(&dev, handle_gva(p->devs) + i * sizeof(dev), sizeof(dev)) !=
				0 ||
			copy_to_guest(handle_gva(p->nodes) + i * sizeof(node), &node,
				sizeof(node)) != 0) {
			return -EFAULT;
		}
	}
	p->num_devs = i;
	*copyback = true;
	return 0;
}

static long cpu_levelling_caps(struct xen_sysctl *op, bool *copyback)
{
	op->u.cpu_levelling_caps.caps = 0;
	*copyback = true;
	return 0;
}

/* System policies by the ABI's index: raw, host, PV max, HVM max, PV default, HVM default. 0, -EINVAL, -EOPNOTSUPP (PV). */
static int system_policy(uint32_t index, const struct cpu_policy **out)
{
	static const struct cpu_policy *const policies[] = {
		[XEN_SYSCTL_cpu_policy_raw] = &host_cpu_policy,
		[XEN_SYSCTL_cpu_policy_host] = &host_cpu_policy,
		[XEN_SYSCTL_cpu_policy_hvm_max] = &hvm_max_cpu_policy,
		[XEN_SYSCTL_cpu_policy_hvm_default] = &hvm_default_cpu_policy,
	};

	if (index >= ARRAY_SIZE(policies)) {
		return -EINVAL;
	}
	*out = policies[array_index_nospec(index, ARRAY_SIZE(policies))];
	return *out != NULL ? 0 : -EOPNOTSUPP;
}

static long cpu_featureset(struct xen_sysctl *op, bool *copyback)
{
	/* Feature sets number the same things differently. */
	static const uint8_t index_of[] = {
		[XEN_SYSCTL_cpu_featureset_raw] = XEN_SYSCTL_cpu_policy_raw,
		[XEN_SYSCTL_cpu_featureset_host] = XEN_SYSCTL_cpu_policy_host,
		[XEN_SYSCTL_cpu_featureset_pv] = XEN_SYSCTL_cpu_policy_pv_default,
		[XEN_SYSCTL_cpu_featureset_hvm] = XEN_SYSCTL_cpu_policy_hvm_default,
		[XEN_SYSCTL_cpu_featureset_pv_max] = XEN_SYSCTL_cpu_policy_pv_max,
		[XEN_SYSCTL_cpu_featureset_hvm_max] = XEN_SYSCTL_cpu_policy_hvm_max,
	};
	struct xen_sysctl_cpu_featureset *c = &op->u.cpu_featureset;
	uint32_t fs[FEATURESET_NR_WORDS], nr = min_t(uint32_t, c->nr_features, FEATURESET_NR_WORDS);
	const struct cpu_policy *p;
	int rc = c->index < ARRAY_SIZE(index_of) ?
		system_policy(array_access_nospec(index_of, c->index), &p) :
		-EINVAL;

	if (rc != 0) {
		return rc;
	}
	if (handle_gva(c->features) == 0) {
		c->nr_features = FEATURESET_NR_WORDS;
		*copyback = true;
		return 0;
	}
	cpu_policy_featureset(p, fs);
	if (copy_to_guest(handle_gva(c->features), fs, nr * sizeof(fs[0])) != 0) {
		return -EFAULT;
	}
	c->nr_features = nr;
	*copyback = true;
	return nr < FEATURESET_NR_WORDS ? -ENOBUFS : 0;
}

static int copy_policy_leaves(struct xen_sysctl_cpu_policy *c, const struct cpu_policy *p)
{
	struct xen_cpuid_leaf *leaves;
	int nr;

	if (handle_gva(c->leaves) == 0) {
		c->nr_leaves = CPU_POLICY_MAX_LEAVES;
		return 0;
	}
	leaves = xzalloc_array(struct xen_cpuid_leaf, CPU_POLICY_MAX_LEAVES);
	if (leaves == NULL) {
		return -ENOMEM;
	}
	nr = cpu_policy_to_leaves(p, leaves, min_t(uint32_t, c->nr_leaves, CPU_POLICY_MAX_LEAVES));
	if (nr >= 0) {
		c->nr_leaves = (uint32_t)nr;
		nr = copy_to_guest(handle_gva(c->leaves), leaves, (size_t)nr * sizeof(leaves[0]));
	}
	xfree(leaves);
	return nr;
}

static long cpu_policy(struct xen_sysctl *op, bool *copyback)
{
	struct xen_sysctl_cpu_policy *c = &op->u.cpu_policy;
	struct xen_msr_entry msrs[CPU_POLICY_NR_MSRS];
	const struct cpu_policy *p = NULL;
	int rc = c->_rsvd != 0 ? -EINVAL : system_policy(c->index, &p);

	if (rc == 0) {
		rc = copy_policy_leaves(c, p);
	}
	if (rc == 0 && handle_gva(c->msrs) == 0) {
		c->nr_msrs = CPU_POLICY_NR_MSRS;
	} else if (rc == 0) {
		rc = cpu_policy_to_msrs(p, msrs, min_t(uint32_t, c->nr_msrs, CPU_POLICY_NR_MSRS));
		if (rc >= 0) {
			c->nr_msrs = (uint32_t)rc;
			rc = copy_to_guest(handle_gva(c->msrs), msrs, (size_t)rc * sizeof(msrs[0]));
		}
	}
	*copyback = rc == 0;
	return rc;
}

/* What is missing (tracing, counters, lock profiles, coverage, live patches, resource directors, page offlining): -ENOSYS. */
static sysctl_fn *const sysctl_table[] = {
	[XEN_SYSCTL_readconsole] = readconsole,
	[XEN_SYSCTL_physinfo] = physinfo,
	[XEN_SYSCTL_sched_id] = sched_id,
	[XEN_SYSCTL_getdomaininfolist] = getdomaininfolist,
	[XEN_SYSCTL_debug_keys] = debug_keys,
	[XEN_SYSCTL_getcpuinfo] = getcpuinfo,
	[XEN_SYSCTL_availheap] = availheap,
	[XEN_SYSCTL_get_pmstat] = get_pmstat,
	[XEN_SYSCTL_cpu_hotplug] = cpu_hotplug,
	[XEN_SYSCTL_pm_op] = pm_op,
	[XEN_SYSCTL_cputopoinfo] = cputopoinfo,
	[XEN_SYSCTL_numainfo] = numainfo,
	[XEN_SYSCTL_cpupool_op] = cpupool_op,
	[XEN_SYSCTL_scheduler_op] = scheduler_op,
	[XEN_SYSCTL_pcitopoinfo] = pcitopoinfo,
	[XEN_SYSCTL_get_cpu_levelling_caps] = cpu_levelling_caps,
	[XEN_SYSCTL_get_cpu_featureset] = cpu_featureset,
	[XEN_SYSCTL_get_cpu_policy] = cpu_policy,
};

long do_sysctl(uint64_t u_sysctl)
{
	struct xen_sysctl op;
	bool copyback = false;
	sysctl_fn *fn;
	long rc = priv_check_control();

	if (rc != 0) {
		return rc;
	}
	if (copy_struct_from_guest(&op, u_sysctl) != 0) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	fn = op.cmd < ARRAY_SIZE(sysctl_table) ? array_access_nospec(sysctl_table, op.cmd) : NULL;
	if (fn == NULL) {
		return -ENOSYS;
	}
	rc = fn(&op, &copyback);
	if (copyback && copy_struct_to_guest(u_sysctl, &op) != 0) {
		rc = -EFAULT;
	}
	return rc;
}
