/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Xen side of the test kernels' library: hypercalls, shared pages, event channels, grants,
 * and the building of further domains from the same image.
 */
#ifndef TESTS_GUEST_LIB_XENLIB_H
#define TESTS_GUEST_LIB_XENLIB_H

#include "guest.h"

#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__
#endif
#include <xen/xen.h>
#include <xen/version.h>
#include <xen/features.h>
#include <xen/memory.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/save.h>

/* The errors the ABI returns, negated at use. */
enum {
	EPERM = 1,
	ENOENT = 2,
	ESRCH = 3,
	E2BIG = 7,
	EAGAIN = 11,
	ENOMEM = 12,
	EACCES = 13,
	EFAULT = 14,
	EBUSY = 16,
	EEXIST = 17,
	EXDEV = 18,
	ENODEV = 19,
	ENXIO = 6,
	EINVAL = 22,
	ENOSPC = 28,
	ERANGE = 34,
	ENOSYS = 38,
	ENODATA = 61,
	EOPNOTSUPP = 95,
	ENOBUFS = 105,
};

s64 hypercall(u64 nr, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
#define hc1(nr, a)             hypercall(nr, (u64)(a), 0, 0, 0, 0)
#define hc2(nr, a, b)          hypercall(nr, (u64)(a), (u64)(b), 0, 0, 0)
#define hc3(nr, a, b, c)       hypercall(nr, (u64)(a), (u64)(b), (u64)(c), 0, 0)
#define memory_op(op, arg)     hc2(__HYPERVISOR_memory_op, op, arg)
#define xen_version(op, arg)   hc2(__HYPERVISOR_xen_version, op, arg)
#define evtchn_op(op, arg)     hc2(__HYPERVISOR_event_channel_op, op, arg)
#define gnttab_op(op, arg, n)  hc3(__HYPERVISOR_grant_table_op, op, arg, n)
#define sched_op(op, arg)      hc2(__HYPERVISOR_sched_op, op, arg)
#define vcpu_op(op, vcpu, arg) hc3(__HYPERVISOR_vcpu_op, op, vcpu, arg)
#define hvm_op(op, arg)        hc2(__HYPERVISOR_hvm_op, op, arg)
#define physdev_op(op, arg)    hc2(__HYPERVISOR_physdev_op, op, arg)
#define console_io(op, n, buf) hc3(__HYPERVISOR_console_io, op, n, buf)
#define platform_op(arg)       hc1(__HYPERVISOR_platform_op, arg)

#ifndef XEN_HAVE_PV_UPCALL_MASK
#define XEN_HAVE_PV_UPCALL_MASK 1
#endif

/* ---- CPUID ---- */
/* Base of the Xen leaves, 0 when there is none. */
u32 xen_cpuid_base(void);
unsigned int own_domid(void);
/* vCPUs of this domain that VCPUOP knows. */
unsigned int nr_vcpus(void);

/* ---- shared info, clock ---- */
extern shared_info_t *shared_info; /* mapped before test_main() */
extern struct vcpu_info *vcpu_infos[MAX_CPUS];
void shared_info_map(void);
u64 pvclock_ns(const volatile struct vcpu_time_info *t);

/* ---- p2m ---- */
/* GFNs without RAM, for foreign pages, grants and the like; below the identity map's end. */
u64 scratch_gfn(unsigned int nr);
#define gfn_ptr(g) ((void *)((u64)(g) << 12))
s64 add_to_physmap(unsigned int space, u64 idx, u64 gfn);
s64 add_foreign(unsigned int domid, u64 foreign_gfn, u64 gfn);
s64 remove_from_physmap(u64 gfn);
/* Populates order-0 pages; returns the number done. */
s64 populate(unsigned int domid, u64 gfn, unsigned int nr);
s64 decrease(unsigned int domid, u64 gfn);

/* ---- event channels ---- */
extern volatile u32 evtchn_count[4096]; /* deliveries per port, kept by the upcall handler */
extern volatile u32 upcall_count;
/* Sets the upcall vector of a vCPU (this CPU's LAPIC must be enabled). */
s64 evtchn_upcall_set(unsigned int vcpu, unsigned int vec);
void evtchn_unmask_local(u32 port); /* clears the mask bit and calls unmask */
void evtchn_mask(u32 port);
bool evtchn_pending(u32 port);
void evtchn_clear(u32 port);
s64 evtchn_send(u32 port);
s64 evtchn_close(u32 port);
s64 bind_virq(u32 virq, u32 vcpu, u32 *port);
s64 bind_ipi(u32 vcpu, u32 *port);
s64 alloc_unbound(u32 dom, u32 remote, u32 *port);
s64 bind_interdomain(u32 rdom, u32 rport, u32 *port);

/* ---- grants ---- */
extern volatile grant_entry_v1_t *grant_table;
/* Maps the first frame of the own table at a scratch gfn. */
void grant_table_map(void);
void grant_access(u32 ref, u32 domid, u64 gfn, bool ro);
bool grant_end(u32 ref); /* false while reading/writing bits are set */
s64 grant_map(u32 dom, u32 ref, u64 gfn, u32 flags, u32 *handle); /* the op's status */
s64 grant_unmap(u32 handle, u64 gfn);

/* ---- further domains ---- */
#define DOMU_LOW_PAGES  256
#define DOMU_HIGH_GFN   0x1000UL
#define MAILBOX_GFN     2
#define DOMU_START_INFO 0x1000
struct mailbox {
	volatile u32 state; /* 0 building, 1 running, 2 finished, 3 crashed */
	volatile u32 failures;
	volatile u64 arg[32]; /* dom0 -> domU */
	volatile u64 ret[32]; /* domU -> dom0 */
	volatile u32 log_len;
	char log[3000];
};
_Static_assert(sizeof(struct mailbox) <= 4096, "mailbox");

struct domu {
	unsigned int domid;
	unsigned int vcpus, pages;
	struct mailbox *box; /* mapped in dom0 */
	u64 box_gfn;
};

/* Creates a PVH domain of this image, paused, with its image loaded and its mailbox mapped. */
int domu_create(struct domu *u, unsigned int vcpus, unsigned int mib);
/* The same without image, context or mailbox: createdomain, pool, max_mem, memory. */
int domu_create_bare(struct domu *u, unsigned int vcpus, unsigned int mib);
int domu_unpause(struct domu *u);
/* Waits for the domU's end, copies its log and failures into ours. False: time ran out. */
bool domu_wait(struct domu *u, u64 ns);
/* Unmaps and destroys; waits until the id is gone. */
int domu_destroy(struct domu *u);
s64 domctl(struct xen_domctl *d);
s64 sysctl(struct xen_sysctl *s);
struct mailbox *own_mailbox(void); /* in a domU */
s64 domain_info(unsigned int domid, struct xen_domctl_getdomaininfo *info);
u64 free_pages_total(void);

#endif
