/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dm_op: what a device model asks for its guest. Guests with a device model are not supported yet;
 * the call checks its arguments and its caller as it will then, and refuses every known operation
 * with "not supported".
 * Locking: none.
 */
#include <xen/hvm/dm_op.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/priv.h>

#define XEN_DMOP_NR_BUFS_MAX 3u

long do_dm_op(domid_t domid, unsigned int nr_bufs, uint64_t bufs)
{
	struct xen_dm_op_buf buf;
	struct xen_dm_op op;
	struct domain *d;
	long rc;

	if (nr_bufs == 0 || nr_bufs > XEN_DMOP_NR_BUFS_MAX) {
		return nr_bufs == 0 ? -EINVAL : -E2BIG;
	}
	rc = domain_get_for(domid, PRIV_CONTROL, &d);
	if (rc != 0) {
		return rc;
	}
	if (d == current->domain) {
		rc = -EPERM;
	} else if (copy_struct_from_guest(&buf, bufs) != 0) {
		rc = -EFAULT;
	} else if (buf.size < offsetof(struct xen_dm_op, u) ||
		copy_from_guest(&op, handle_gva(buf.h), offsetof(struct xen_dm_op, u)) != 0) {
		rc = -EFAULT;
	} else {
		rc = op.pad != 0 ? -EINVAL : -EOPNOTSUPP;
	}
	put_domain(d);
	return rc;
}
