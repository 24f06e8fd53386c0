/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Grant tables, version 1. */
#ifndef HV_GRANT_H
#define HV_GRANT_H

#include <hv/types.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <hv/addr.h>
#include <hv/compiler.h>

struct domain;

#define GNTTAB_MAX_FRAMES   64
#define GNTTAB_MAX_MAPTRACK 1024

/* max_* < 0: default. -EINVAL for 0 grant frames or an unknown version. */
int __must_check grant_table_init(
	struct domain *d, int max_grant_frames, int max_maptrack_frames, unsigned int version_opts);
/* Release every mapping that d (dying) holds of others; restartable (-ERESTART). */
int grant_table_release_mappings(struct domain *d);
void grant_table_destroy(struct domain *d);
/* Frame idx of the shared (or status) table, grown on demand; -EINVAL past the maximum, -ENOMEM. */
int __must_check grant_table_get_frame(struct domain *d, unsigned int idx, bool status, mfn_t *mfn);
/*
 * Where shared frame idx is in d's physmap, plus 1 (0: nowhere). add_to_physmap keeps it, to move a
 * frame. NULL: no such frame yet.
 */
uint64_t *grant_table_frame_gfn(struct domain *d, unsigned int idx);
/* Most frames that the shared (or status) table can have; 0: that table does not exist. */
unsigned int grant_table_max_frames(struct domain *d, bool status);
void grant_table_warn_active(struct domain *d);
long do_grant_table_op(unsigned int cmd, uint64_t uop, unsigned int count);

#endif
