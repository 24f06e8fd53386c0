/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may do what to whom. The rule is short: a domain may act on itself, the control domain on
 * everybody, and where the object itself authorizes (a grant, an unbound port) any domain may name
 * any other. Decisions end in a speculation barrier, because what follows them is reached by
 * guests.
 * Locking: none.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/nospec.h>
#include <hv/priv.h>

int domain_get_for(domid_t domid, enum priv_class need, struct domain **out)
{
	struct domain *self = current->domain, *d;
	bool allowed;

	if (domid == DOMID_SELF || domid == self->domain_id) {
		if ((need == PRIV_CONTROL && !is_control_domain(self)) || !nospec_true()) {
			return -EPERM;
		}
		if (!get_domain(self)) {
			return -ESRCH;
		}
		*out = self;
		return 0;
	}
	allowed = need == PRIV_ANY || (need != PRIV_SELF && is_control_domain(self));
	d = get_domain_by_id(domid);
	if (d == NULL) {
		return -ESRCH;
	}
	if (!allowed || !nospec_true()) {
		put_domain(d);
		return -EPERM;
	}
	*out = d;
	return 0;
}

int priv_check_control(void)
{
	return is_control_domain(current->domain) && nospec_true() ? 0 : -EPERM;
}
