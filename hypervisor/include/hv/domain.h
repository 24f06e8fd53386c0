/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/*
 * The two central objects: domains and their virtual CPUs.
 *
 * Legend of the letters: [I] immutable after create, [a] atomic, [c] only the CPU that runs the
 * vCPU (or the vCPU is paused), [d] d->lock, [p] p2m lock, [e] evtchn lock, [g] grant lock, [m]
 * page_alloc_lock, [s] scheduler lock.
 */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <hv/types.h>
#include <xen/xen.h>
#include <xen/vcpu.h>
#include <xen/hvm/params.h>
#include <hv/compiler.h>
#include <hv/addr.h>
#include <hv/atomic.h>
#include <hv/list.h>
#include <hv/page.h>
#include <hv/percpu.h>
#include <hv/spinlock.h>
#include <hv/rangeset.h>
#include <hv/softirq.h>
#include <hv/timer.h>
#include <hv/p2m.h>
#include <hv/evtchn.h>
#include <hv/hvm_vcpu.h>

#define MAX_VIRT_CPUS 128

struct grant_table;
struct cpu_policy;
struct sched_unit;

/* Why a vCPU does not run: bits of v->pause_flags [a]. */
#define VPF_BLOCKED  0 /* waits for an event (HLT, SCHEDOP_block, SCHEDOP_poll) */
#define VPF_DOWN     1 /* offline: not started yet or VCPUOP_down */
#define VPF_IN_IOREQ 2 /* waits for the device model (reserved) */
#define VPF_POLLING  3 /* a SCHEDOP_poll is under way: woken by any PENDING 0->1 of a polled port */

struct vcpu {
	struct hvm_vcpu
		hvm; /* first: registers and all that the exit path touches (hv/hvm_vcpu.h) */

	unsigned int vcpu_id; /* [I] */
	struct domain *domain; /* [I] */
	unsigned int processor; /* [s] physical CPU it runs on or ran on last */
	bool is_running; /* [s] on a CPU right now (context may be loaded) */
	bool is_initialised; /* [d] has a register context */
	bool is_idle; /* [I] */

	unsigned long pause_flags; /* [a] VPF_* */
	atomic_t pause_count; /* [a] vcpu_pause() nesting */

	/* Event channels (domain/evtchn*.c) */
	struct vcpu_info dummy_vcpu_info; /* for vCPUs past the legacy ones until they register */
	struct vcpu_info *
		vcpu_info; /* [d] hypervisor mapping of the current vcpu_info, never NULL for guests */
	void *vcpu_info_map; /* [d] base of a global mapping when registered, else NULL */
	struct page_info *vcpu_info_page;
	evtchn_port_t virq_to_evtchn[NR_VIRQS]; /* [e] */
	struct evtchn_fifo_vcpu *evtchn_fifo; /* [e] */
	unsigned int poll_evtchn; /* port of a single-port poll, 0 none, ~0 many */

	/* Time (domain/shared_info.c, vcpu_op.c) */
	struct timer singleshot_timer;
	struct timer periodic_timer;
	struct timer poll_timer;
	int64_t periodic_period;
	int64_t periodic_last_event;
	struct vcpu_runstate_info runstate; /* [s] */
	uint64_t runstate_gva; /* registered virtual address, 0 none */
	uint64_t runstate_gpa, time_gpa; /* registered physical areas, ~0 none */
	uint64_t time_gva;
	bool runstate_mapped; /* a registered area exists (quick test on the switch path) */
	bool runstate_phys, time_phys; /* the area was registered by physical address */
	struct guest_area {
		void *map; /* global mapping(s) of the pinned page(s); NULL none */
		void *map2; /* second page when the area straddles */
		struct page_info *pg, *pg2;
		unsigned int offset, size;
	} runstate_area, time_area; /* the latter [time_lock] */
	spinlock_t time_lock; /* writing vcpu_info's time and time_area */
	uint32_t pvclock_version; /* [time_lock] */

	/* Scheduler (domain/sched*.c) */
	struct sched_vcpu {
		struct list_head runq; /* [s] */
		int64_t vruntime; /* [s] weighted ns */
		int64_t last_start; /* [s] ns */
		unsigned int weight;
		bool on_runq, yielding;
		bool released; /* scratch of release_throttled() */
		cpumask_t hard_affinity, soft_affinity;
		uint64_t wake_ns;
	} sched;

	/* Hypercall continuation and 32-bit callers */
	bool hcall_compat; /* [c] the hypercall in progress uses 32-bit layouts */
	bool paused_for_shutdown; /* [shutdown_lock] */
	bool hcall_preempted; /* [c] handler asks for re-execution (registers already rewritten) */
	struct multicall_entry *mc_entry; /* [c] multicall entry being run, NULL outside */

	struct list_head dump_link;
	uint64_t nr_exits; /* [c] */
};

struct domain {
	domid_t domain_id; /* [I] */
	bool is_control; /* [I] may issue domctl/sysctl/platform_op (dom0) */
	bool is_hardware; /* [I] owns the physical devices (dom0) */
	bool is_xenstore; /* [I] */
	bool is_hap; /* [I] */
	bool direct_mapped; /* [I] gfn == mfn for RAM (dom0) */
	atomic_t refcnt; /* [a] DOMAIN_DESTROYED when gone */
	struct domain *next_in_list; /* [domlist lock] ascending domain_id */
	struct domain *next_in_hash; /* [domlist lock] */
	struct tasklet free_tasklet; /* runs the last step of freeing */
	spinlock_t
		vcpu_lock; /* [tried, never waited for] one vCPU operates on a sibling that it pauses */
	spinlock_t lock; /* big lock of rare control operations */

	unsigned int max_vcpus; /* [I] */
	struct vcpu **vcpu; /* [I] array of max_vcpus, entries NULL until VCPU created */

	/* Life cycle */
	enum { DOMDYING_alive, DOMDYING_dying, DOMDYING_dead } is_dying; /* [d] */
	bool is_shutting_down, is_shut_down; /* [shutdown_lock] */
	int shutdown_code; /* -1 none */
	spinlock_t shutdown_lock;
	bool creation_finished;
	uint32_t init_done; /* steps of domain_create() to undo */
	bool controller_pause_init;
	atomic_t pause_count;
	unsigned int controller_pause_count; /* [d] domctl pause nesting */
	unsigned int destroy_step; /* [d] progress of the restartable destroy */
	xen_domain_handle_t handle;
	uint32_t createflags; /* XEN_DOMCTL_CDF_* */
	uint32_t emulation_flags; /* XEN_X86_EMU_* */
	uint32_t misc_flags;
	uint32_t ssidref;
	bool is_debugger_attached;

	/* Memory */
	spinlock_t page_alloc_lock;
	struct page_list_head page_list; /* [m] every page owned by d */
	unsigned int tot_pages, max_pages; /* [m] */
	unsigned int outstanding_pages; /* [m] claimed, not allocated yet */
	struct p2m_domain p2m;
	atomic_t nr_foreign_maps;
	uint64_t paging_mempool_bytes;
	struct xen_memory_map_store {
		unsigned int nr;
		void *entries; /* struct e820entry[nr] (hv/boot_info.h) */
	} e820; /* [d] XENMEM_memory_map */
	uint64_t max_gfn_bits;

	/* Event channels */
	spinlock_t evtchn_lock;
	struct evtchn **evtchn_bucket; /* [e] groups of ports */
	unsigned int nr_evtchns, max_evtchn_port,
		valid_evtchns; /* [e] active, highest allowed, ports that exist (grows) */
	unsigned int evtchn_next_free,
		evtchn_close_next; /* [e] search hint; progress of closing all */
	const struct evtchn_port_ops *evtchn_port_ops;
	struct evtchn_fifo_domain *evtchn_fifo; /* [e] */
	struct shared_info *shared_info; /* hypervisor page shared with the guest */
	bool has_32bit_shinfo; /* layouts of shared_info and vcpu_info are the 32-bit ones */
	unsigned long poll_mask[MAX_VIRT_CPUS / 64]; /* [a] vCPUs in SCHEDOP_poll */

	struct grant_table *grant_table; /* [I] */

	/* Time */
	int64_t time_offset_seconds;
	uint32_t tsc_mode, tsc_khz, tsc_incarnation;
	uint64_t vtsc_offset;
	unsigned long vm_assist; /* VMASST bits */
	spinlock_t watchdog_lock;
	uint32_t watchdog_inuse; /* [watchdog_lock] */
	struct timer watchdog_timer[2];

	/* Scheduling */
	uint16_t sched_weight, sched_cap;
	struct sched_dom {
		int64_t budget, period_start; /* [s] cap enforcement, ns */
		bool throttled;
		struct timer repl_timer;
	} sched;
	uint64_t tlb_gen; /* [a] bumped by each flush request; compared at entry */

	/* HVM */
	uint64_t params[HVM_NR_PARAMS]; /* [d] */
	struct cpu_policy *policy; /* [d] frozen at first unpause */
	struct hvm_domain hvm; /* platform devices (hv/hvm_vcpu.h) */

	/* Physical resources (dom0 only) */
	struct rangeset *iomem_caps, *ioport_caps, *irq_caps;
	struct list_head pirq_list;
	void *iommu_priv;

	/* printing */
	char console_line[128];
	unsigned int console_len;
};

DECLARE_PER_CPU(struct vcpu *, curr_vcpu);
DECLARE_PER_CPU(struct vcpu *, idle_vcpu);
#define current this_cpu(curr_vcpu)

extern struct domain *hardware_domain; /* dom0, set once by dom0_create() */
extern struct domain *idle_domain; /* DOMID_IDLE: owner of the idle vCPUs */
extern struct domain *dom_xen; /* DOMID_XEN: owner of shared hypervisor pages without a domain */
extern struct domain *dom_io; /* DOMID_IO: owner of MMIO "pages" */

#define for_each_vcpu(d, v)                                           \
	for (unsigned int i_##v = 0; i_##v < (d)->max_vcpus; i_##v++) \
		if (((v) = (d)->vcpu[i_##v]) == NULL) {               \
		} else

static inline bool is_hardware_domain(const struct domain *d)
{
	return d->is_hardware;
}
static inline bool is_control_domain(const struct domain *d)
{
	return d->is_control;
}
static inline bool is_idle_vcpu(const struct vcpu *v)
{
	return v->is_idle;
}

/* ---- domain.c ---- */

/* Boot: system domains, domain list. */
void domain_init(void);
/*
 * Create a domain, paused once by the "system controller". cfg is the ABI structure (already
 * validated for padding). domid may be any free id or DOMID_INVALID for the next free one. Returns
 * 0 and *out with one reference, or -EEXIST/-EINVAL/-ENOMEM. Context: no locks held.
 */
struct xen_domctl_createdomain;
int __must_check domain_create(domid_t domid, const struct xen_domctl_createdomain *cfg,
	bool is_dom0, struct domain **out);
/* Create vCPU id of d (down, not initialised). Returns NULL on lack of memory. */
struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id);
/* Find a domain and take a reference; NULL when there is none. */
struct domain *get_domain_by_id(domid_t domid);
/* First live domain with id >= domid, with a reference; NULL past the end. */
struct domain *get_next_domain(domid_t domid);
/* Take a reference of a domain known to exist; false when it is already being freed. */
bool __must_check get_domain(struct domain *d);
/* Drop a reference; the last one frees the domain's memory (must already be destroyed). */
void put_domain(struct domain *d);
/*
 * Preemptible: 0 when done, -ERESTART when it must be called again, -EINVAL for dom0 or self.
 * Caller holds a reference, no locks.
 */
int __must_check domain_kill(struct domain *d);
/*
 * Shut down with a SHUTDOWN_* reason: pauses all vCPUs and sends VIRQ_DOM_EXC to the control
 * domain. For dom0: acts on the machine.
 */
int domain_shutdown(struct domain *d, unsigned int reason);
void domain_resume(struct domain *d);
/*
 * Guest cannot go on: log (rate limited) why, shut down with SHUTDOWN_crash. Any context but IRQ.
 * Never returns an error.
 */
void domain_crash(struct domain *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Pause: after it returns no vCPU of d runs (not for current->domain). Counted. */
void domain_pause(struct domain *d);
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
/* domctl pause/unpause; unpause at 0 is -EINVAL and the first unpause sets creation_finished. */
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);
/* fill in the ABI's view of a domain */
struct xen_domctl_getdomaininfo;
void domain_get_info(struct domain *d, struct xen_domctl_getdomaininfo *info);
/* Call fn for each domain in ascending order, with a reference held, without locks. */
void for_each_domain_call(void (*fn)(struct domain *d, void *arg), void *arg);

/* Page accounting. Adds/removes pg on d->page_list; the first page takes, the last page drops a domain reference.
 * domain_alloc_page(s): checks max_pages, allocates, scrubbed, accounted, in no p2m yet. NULL: over limit or no memory (*err). */
struct page_info *domain_alloc_pages(struct domain *d, unsigned int order, unsigned int memflags);
/*
 * The same for memory that d asks for: what others have claimed stays free, and d's own claim
 * shrinks. What is claimed for first touches serves them only.
 */
struct page_info *domain_populate_pages(struct domain *d, unsigned int order, bool touch);
/* What d has and what is claimed for its first touches: its memory, as the tools see it. */
uint64_t domain_reserved_pages(const struct domain *d);
/*
 * Give up the allocation of a page that d had when the caller took it out of the p2m, or had not put
 * it in yet. d may be dying: then its pages go at the same time, and this one may be somebody else's.
 */
void domain_drop_page(struct domain *d, struct page_info *pg);
int __must_check domain_assign_page(
	struct domain *d, struct page_info *pg, unsigned int order, bool no_limit);
/*
 * Called by put_page() when the last reference of a page owned by d goes (any context without
 * page_alloc_lock).
 */
void domain_release_page(struct domain *d, struct page_info *pg);
/*
 * Make a hypervisor page (alloc_hv_pages) mappable by d: owner d, one reference held by the
 * hypervisor, not counted in tot_pages.
 */
void share_hv_page_with_domain(void *va, struct domain *d);
void unshare_hv_page(void *va);

/* ---- vcpu.c ---- */

void vcpu_destroy(struct vcpu *v);
/* Counted pause; the sync form returns when v is off its CPU. */
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
/* Reset to "down, not initialised" (INIT on a vCPU that is off, or before loading a context). */
int vcpu_reset(struct vcpu *v);
/* Set / clear VPF_DOWN. */
void vcpu_up(struct vcpu *v);
void vcpu_down(struct vcpu *v);
bool vcpu_runnable(const struct vcpu *v);

#endif
