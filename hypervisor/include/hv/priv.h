/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Who may do what to whom. Foreign domains are reached only through these. */
#ifndef HV_PRIV_H
#define HV_PRIV_H

#include <hv/types.h>
#include <xen/xen.h>
#include <hv/compiler.h>

struct domain;

enum priv_class {
	PRIV_SELF, /* only the caller's own domain */
	PRIV_TARGET, /* self, or the control domain on anybody */
	PRIV_CONTROL, /* only the control domain */
	PRIV_ANY, /* any domain may name any other (grants, event channels: the object itself authorizes) */
};

/*
 * Resolve domid (DOMID_SELF allowed) for current with a reference. 0, -ESRCH (no such domain),
 * -EPERM.
 */
int __must_check domain_get_for(domid_t domid, enum priv_class need, struct domain **out);
/* Is the caller the control domain? 0 or -EPERM; with speculation barrier. */
int __must_check priv_check_control(void);

#endif
