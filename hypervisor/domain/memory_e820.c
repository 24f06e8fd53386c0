/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XENMEM's memory maps (e820): the one of a domain, set by its builder or by itself, and the
 * machine's. Lock: d->lock for d->e820; guest memory is never touched under it.
 */
#include <hv/boot_info.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/priv.h>
#include <hv/string.h>

#include "memory_priv.h"

#define MAX_E820_ENTRIES 1024u

static int map_read(uint64_t arg, uint32_t *nr, uint64_t *buffer)
{
	struct xen_memory_map m;
	struct compat_memory_map c;

	if (current->hcall_compat) {
		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		*nr = c.nr_entries;
		*buffer = c.buffer;
		return 0;
	}
	if (copy_struct_from_guest(&m, arg) != 0) {
		return -EFAULT;
	}
	*nr = m.nr_entries;
	*buffer = handle_gva(m.buffer);
	return 0;
}

/* nr_entries is the first member in both layouts. */
static int map_write_nr(uint64_t arg, uint32_t nr)
{
	return copy_to_guest(arg, &nr, sizeof(nr));
}

long memory_memory_map(uint64_t arg)
{
	struct domain *d = current->domain;
	struct e820entry *copy;
	uint32_t nr, have;
	uint64_t buffer;
	int rc = 0;

	if (map_read(arg, &nr, &buffer) != 0) {
		return -EFAULT;
	}
	/* A copy of the map, so that no lock is held while guest memory is written. */
	copy = xmalloc_array(struct e820entry, MAX_E820_ENTRIES);
	if (copy == NULL) {
		return -ENOMEM;
	}
	spin_lock(&d->lock);
	have = d->e820.nr;
	if (have != 0) {
		memcpy(copy, d->e820.entries, have * sizeof(*copy));
	}
	spin_unlock(&d->lock);
	if (have == 0) {
		rc = -ENOSYS;
	} else if (buffer == 0) {
		nr = have;
	} else {
		nr = MIN(nr, have);
		rc = copy_to_guest(buffer, copy, nr * sizeof(*copy));
	}
	if (rc == 0) {
		rc = map_write_nr(arg, nr);
	}
	xfree(copy);
	return rc;
}

long memory_set_memory_map(uint64_t arg)
{
	struct e820entry *e = NULL, *old;
	uint32_t nr;
	uint64_t buffer;
	domid_t domid;
	struct domain *d;
	int rc;

	if (copy_from_guest(&domid, arg, sizeof(domid)) != 0 ||
		map_read(arg +
				(current->hcall_compat ?
						offsetof(struct compat_foreign_memory_map, map) :
						offsetof(struct xen_foreign_memory_map, map)),
			&nr, &buffer) != 0) {
		return -EFAULT;
	}
	if (nr > MAX_E820_ENTRIES) {
		return -EINVAL;
	}
	rc = domain_get_for(domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	if (nr != 0) {
		e = xmalloc_array(struct e820entry, nr);
		if (e == NULL) {
			rc = -ENOMEM;
			goto out;
		}
		if (copy_from_guest(e, buffer, nr * sizeof(*e)) != 0) {
			rc = -EFAULT;
			xfree(e);
			goto out;
		}
	}
	spin_lock(&d->lock);
	old = d->e820.entries;
	d->e820.entries = e;
	d->e820.nr = nr;
	spin_unlock(&d->lock);
	xfree(old);
out:
	put_domain(d);
	return rc;
}

long memory_machine_memory_map(uint64_t arg)
{
	uint32_t nr;
	uint64_t buffer;
	int rc;

	rc = priv_check_control();
	if (rc != 0) {
		return rc;
	}
	if (map_read(arg, &nr, &buffer) != 0) {
		return -EFAULT;
	}
	if (nr < boot_info.nr_e820) {
		return -ENOBUFS;
	}
	rc = copy_to_guest(buffer, boot_info.e820, boot_info.nr_e820 * sizeof(boot_info.e820[0]));
	return rc != 0 ? rc : map_write_nr(arg, boot_info.nr_e820);
}
