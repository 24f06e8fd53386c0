/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Between the files that implement domctl, and the bitmap copies that sysctl shares. Every handler runs under the domctl lock. */
#ifndef HV_DOMCTL_PRIV_H
#define HV_DOMCTL_PRIV_H

#include <xen/xen.h>
#include <xen/domctl.h>

#include <hv/compiler.h>
#include <hv/types.h>

struct domain;
struct vcpu;

/*
 * One sub-operation on d (referenced). op is our copy of the caller's structure; set *copyback to have it written back even when the result is
 * an error. Returns what the hypercall returns; -ERESTART asks for re-execution.
 */
typedef long domctl_fn(struct domain *d, struct xen_domctl *op, bool *copyback);

/* domctl_mem.c */
domctl_fn domctl_shadow_op, domctl_max_mem, domctl_getpageframeinfo3, domctl_set_paging_mempool,
	domctl_get_paging_mempool;
domctl_fn domctl_hypercall_init, domctl_gethvmcontext, domctl_sethvmcontext,
	domctl_gethvmcontext_partial;
domctl_fn domctl_get_cpu_policy, domctl_set_cpu_policy;
/* domctl_irq.c */
domctl_fn domctl_irq_permission, domctl_gsi_permission, domctl_iomem_permission,
	domctl_ioport_permission, domctl_set_virq_handler;
/* domctl_vcpu.c */
domctl_fn domctl_vcpuaffinity, domctl_getvcpuinfo, domctl_max_vcpus, domctl_vcpucontext,
	domctl_sendtrigger;

/* The vCPU of d with this id: 0, -EINVAL out of range, -ESRCH not created. */
int __must_check domctl_vcpu(struct domain *d, uint32_t id, struct vcpu **out);

/* nbits of a guest's bitmap into out; bits that the guest did not give are 0. 0 or -EFAULT. */
int __must_check xenctl_bitmap_read(
	unsigned long *out, unsigned int nbits, const struct xenctl_bitmap *in);
/* nbits out to the guest, as many as it has room for, its other bits cleared. 0, -EINVAL (absurd size), -EFAULT. */
int __must_check xenctl_bitmap_write(
	const struct xenctl_bitmap *out, const unsigned long *in, unsigned int nbits);

#endif
