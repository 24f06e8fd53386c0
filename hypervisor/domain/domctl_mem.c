/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl on a domain's memory and on state that travels in buffers: limits, the paging pool, page types, HVM context records, CPU policy.
 * Guest buffers are copied once into hypervisor memory, checked there, and never looked at again. Runs under the domctl lock; the domain is
 * paused while its state is read or replaced.
 */
#include "domctl_priv.h"

#include <xen/hvm/save.h>

#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/p2m.h>
#include <hv/page_alloc.h>
#include <hv/string.h>

_Static_assert(sizeof(struct xen_cpuid_leaf) == 24 && sizeof(struct xen_msr_entry) == 16, "ABI");

/* What a domain is given before the toolstack says otherwise; also what the pool is worth when set to nothing. */
#define PAGING_MEMPOOL_DEFAULT (256ull << PAGE_SHIFT)
/* A saved context is a few KiB per vCPU; XSAVE areas are the largest part. */
#define HVM_CONTEXT_MAX_BYTES  (2u << 20)

long domctl_max_mem(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	(void)copyback;
	spin_lock(&d->page_alloc_lock);
	/* Below what the domain has is allowed: it cannot get more until it has given some back. */
	d->max_pages = (unsigned int)min_t(uint64_t, pages, UINT32_MAX);
	spin_unlock(&d->page_alloc_lock);
	return 0;
}

static uint64_t mempool_bytes(const struct domain *d)
{
	return d->paging_mempool_bytes != 0 ? d->paging_mempool_bytes : PAGING_MEMPOOL_DEFAULT;
}

/* Page tables come from the hypervisor's pool, so the size is a number that we keep; it must still be one that the machine could pay. */
static int mempool_set(struct domain *d, uint64_t bytes)
{
	if (d == current->domain || (bytes & PAGE_OFFSET_MASK) != 0) {
		return -EINVAL;
	}
	if (PFN_DOWN(bytes) > total_pages()) {
		return -ENOMEM;
	}
	d->paging_mempool_bytes = bytes;
	return 0;
}

long domctl_get_paging_mempool(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	op->u.paging_mempool.size = mempool_bytes(d);
	*copyback = true;
	return 0;
}

long domctl_set_paging_mempool(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	return mempool_set(d, op->u.paging_mempool.size);
}

long domctl_shadow_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_shadow_op *s = &op->u.shadow_op;

	switch (s->op) {
	case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
		s->mb = (uint32_t)((mempool_bytes(d) + MB(1) - 1) >> 20);
		*copyback = true;
		return 0;
	case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
		return mempool_set(d, MB(s->mb));
	default:
		return -EOPNOTSUPP; /* log-dirty comes with migration */
	}
}

/* In: frame numbers; out: their types, in the same array. */
long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	uint64_t nr = op->u.getpageframeinfo3.num, gva = handle_gva(op->u.getpageframeinfo3.array);
	uint64_t pfns[64];

	(void)copyback;
	if (nr > 1024) {
		return -E2BIG;
	}
	for (uint64_t done = 0, n; done < nr; done += n) {
		n = min_t(uint64_t, nr - done, ARRAY_SIZE(pfns));
		if (copy_from_guest(pfns, gva + done * sizeof(pfns[0]), n * sizeof(pfns[0])) != 0) {
			return -EFAULT;
		}
		for (uint64_t i = 0; i < n; i++) {
			p2m_type_t t = p2m_invalid;
			mfn_t mfn = p2m_get(d, _gfn(pfns[i]), &t, NULL);

			pfns[i] = !mfn_eq(mfn, INVALID_MFN) && p2m_is_ram(t) ?
				XEN_DOMCTL_PFINFO_NOTAB :
				XEN_DOMCTL_PFINFO_XTAB;
		}
		if (copy_to_guest(gva + done * sizeof(pfns[0]), pfns, n * sizeof(pfns[0])) != 0) {
			return -EFAULT;
		}
	}
	return 0;
}

long domctl_hypercall_init(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct vcpu *v = d->vcpu[0];

	(void)copyback;
	if (v == NULL || d == current->domain || op->u.hypercall_init.gmfn >= p2m_gfn_limit(d)) {
		return -EINVAL;
	}
	return hypercall_page_init(v, op->u.hypercall_init.gmfn << PAGE_SHIFT);
}

/* Save d's whole context into a buffer of its own. 0 and *out (xfree), *len. */
static int save_context(struct domain *d, void **out, size_t *len)
{
	size_t size = hvm_context_size(d);
	void *buf = xzalloc_bytes(size);
	int rc;

	if (buf == NULL) {
		return -ENOMEM;
	}
	domain_pause(d);
	rc = hvm_context_save(d, buf, size, len);
	domain_unpause(d);
	if (rc != 0) {
		xfree(buf);
		return rc;
	}
	*out = buf;
	return 0;
}

long domctl_gethvmcontext(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_hvmcontext *c = &op->u.hvmcontext;
	void *buf;
	size_t len;
	int rc;

	if (d == current->domain) {
		return -EINVAL;
	}
	if (handle_gva(c->buffer) == 0) {
		c->size = (uint32_t)hvm_context_size(d);
		*copyback = true;
		return 0;
	}
	if (c->size < hvm_context_size(d)) {
		return -ENOSPC;
	}
	rc = save_context(d, &buf, &len);
	if (rc != 0) {
		return rc;
	}
	rc = len > c->size ? -ENOSPC : copy_to_guest(handle_gva(c->buffer), buf, len);
	xfree(buf);
	if (rc == 0) {
		c->size = (uint32_t)len;
		*copyback = true;
	}
	return rc;
}

long domctl_sethvmcontext(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_hvmcontext *c = &op->u.hvmcontext;
	void *buf;
	int rc;

	(void)copyback;
	if (d == current->domain || c->size == 0) {
		return -EINVAL;
	}
	if (c->size > HVM_CONTEXT_MAX_BYTES) {
		return -E2BIG;
	}
	buf = xmalloc_bytes(c->size);
	if (buf == NULL) {
		return -ENOMEM;
	}
	rc = copy_from_guest(buf, handle_gva(c->buffer), c->size);
	if (rc == 0) {
		domain_pause(d);
		rc = hvm_context_load(d, buf, c->size);
		domain_unpause(d);
	}
	xfree(buf);
	return rc;
}

/* The data of one record of a saved stream, NULL when it is not there. */
static const void *find_record(
	const uint8_t *buf, size_t len, uint32_t type, uint32_t instance, uint32_t *rec_len)
{
	struct hvm_save_descriptor desc;

	for (size_t off = 0; off + sizeof(desc) <= len; off += sizeof(desc) + desc.length) {
		memcpy(&desc, buf + off, sizeof(desc));
		if (desc.length > len - off - sizeof(desc)) {
			break;
		}
		if (desc.typecode == type && desc.instance == instance) {
			*rec_len = desc.length;
			return buf + off + sizeof(desc);
		}
	}
	return NULL;
}

long domctl_gethvmcontext_partial(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_hvmcontext_partial *c = &op->u.hvmcontext_partial;
	uint32_t rec_len = 0;
	const void *rec;
	void *buf;
	size_t len;
	int rc;

	/* HEADER and END frame a stream; they are no state. */
	if (d == current->domain || c->type < 2 || c->type > HVM_SAVE_CODE_MAX) {
		return -EINVAL;
	}
	rc = save_context(d, &buf, &len);
	if (rc != 0) {
		return rc;
	}
	rec = find_record(buf, len, c->type, c->instance, &rec_len);
	if (rec == NULL) {
		rc = -ENOENT;
	} else if (handle_gva(c->buffer) != 0) {
		rc = c->bufsz < rec_len ? -ENOBUFS :
					  copy_to_guest(handle_gva(c->buffer), rec, rec_len);
	}
	xfree(buf);
	if (rc == 0) {
		c->bufsz = rec_len;
		*copyback = true;
	}
	return rc;
}

/* Room for one serialised policy of the largest size. */
struct policy_buffer {
	struct xen_cpuid_leaf leaves[CPU_POLICY_MAX_LEAVES];
	struct xen_msr_entry msrs[CPU_POLICY_NR_MSRS];
	struct cpu_policy policy;
};

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_cpu_policy *c = &op->u.cpu_policy;
	struct policy_buffer *b = xzalloc(struct policy_buffer);
	int rc = -ENOMEM, nr;

	if (b == NULL) {
		return rc;
	}
	rc = 0;
	nr = CPU_POLICY_MAX_LEAVES;
	if (handle_gva(c->leaves) != 0) {
		nr = cpu_policy_to_leaves(
			d->policy, b->leaves, min_t(uint32_t, c->nr_leaves, CPU_POLICY_MAX_LEAVES));
		rc = nr < 0 ? nr :
			      copy_to_guest(handle_gva(c->leaves), b->leaves,
				      (size_t)nr * sizeof(b->leaves[0]));
	}
	c->nr_leaves = rc == 0 ? (uint32_t)nr : c->nr_leaves;
	nr = CPU_POLICY_NR_MSRS;
	if (rc == 0 && handle_gva(c->msrs) != 0) {
		nr = cpu_policy_to_msrs(
			d->policy, b->msrs, min_t(uint32_t, c->nr_msrs, CPU_POLICY_NR_MSRS));
		rc = nr < 0 ? nr :
			      copy_to_guest(handle_gva(c->msrs), b->msrs,
				      (size_t)nr * sizeof(b->msrs[0]));
	}
	c->nr_msrs = rc == 0 ? (uint32_t)nr : c->nr_msrs;
	*copyback = rc == 0;
	xfree(b);
	return rc;
}

static int merge_policy(struct domain *d, struct policy_buffer *b, struct xen_domctl_cpu_policy *c)
{
	int rc;

	if (copy_from_guest(
		    b->leaves, handle_gva(c->leaves), c->nr_leaves * sizeof(b->leaves[0])) != 0 ||
		copy_from_guest(b->msrs, handle_gva(c->msrs), c->nr_msrs * sizeof(b->msrs[0])) !=
			0) {
		return -EFAULT;
	}
	b->policy = *d->policy;
	rc = cpu_policy_from_leaves(
		&b->policy, b->leaves, c->nr_leaves, &c->err_leaf, &c->err_subleaf);
	if (rc == 0) {
		rc = cpu_policy_from_msrs(&b->policy, b->msrs, c->nr_msrs, &c->err_msr);
	}
	if (rc == 0) {
		rc = cpu_policy_compatible(&hvm_max_cpu_policy, &b->policy, &c->err_leaf,
			&c->err_subleaf, &c->err_msr);
	}
	return rc;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_cpu_policy *c = &op->u.cpu_policy;
	struct policy_buffer *b;
	int rc;

	if (d == current->domain) {
		return -EINVAL;
	}
	if (c->nr_leaves > CPU_POLICY_MAX_LEAVES || c->nr_msrs > CPU_POLICY_NR_MSRS) {
		return -E2BIG;
	}
	/* What a guest has seen of its CPU must stay. */
	if (d->creation_finished) {
		return -EEXIST;
	}
	b = xzalloc(struct policy_buffer);
	if (b == NULL) {
		return -ENOMEM;
	}
	c->err_leaf = c->err_subleaf = c->err_msr = XEN_CPUID_INPUT_UNUSED;
	rc = merge_policy(d, b, c);
	if (rc == 0) {
		domain_pause(d);
		cpu_policy_recalculate(d, &b->policy);
		*d->policy = b->policy;
		domain_unpause(d);
	}
	*copyback = true;
	xfree(b);
	return rc;
}
