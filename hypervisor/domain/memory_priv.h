/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between memory_op.c (reservations, dispatch) and memory_map.c (physmap, memory maps, resources).
 * The layouts of 32-bit callers are here.
 */
#ifndef MEMORY_PRIV_H
#define MEMORY_PRIV_H

#include <hv/lib.h>
#include <hv/types.h>
#include <xen/xen.h>
#include <xen/memory.h>

struct domain;
struct page_info;

struct compat_memory_reservation {
	uint32_t extent_start, nr_extents;
	uint32_t extent_order, mem_flags;
	domid_t domid;
	uint16_t pad;
};
struct compat_add_to_physmap {
	domid_t domid;
	uint16_t size;
	uint32_t space, idx, gpfn;
};
struct compat_add_to_physmap_batch {
	domid_t domid;
	uint16_t space, size, foreign_domid;
	uint32_t idxs, gpfns, errs;
};
struct compat_remove_from_physmap {
	domid_t domid;
	uint16_t pad;
	uint32_t gpfn;
};
struct compat_memory_map {
	uint32_t nr_entries, buffer;
};
struct compat_foreign_memory_map {
	domid_t domid;
	uint16_t pad;
	struct compat_memory_map map;
};
struct compat_acquire_resource {
	domid_t domid;
	uint16_t type;
	uint32_t id, nr_frames, pad;
	uint32_t frame_lo, frame_hi; /* 4-byte alignment of 64-bit members */
	uint32_t frame_list;
};
static_assert(sizeof(struct compat_memory_reservation) == 20, "ABI");
static_assert(sizeof(struct compat_add_to_physmap) == 16, "ABI");
static_assert(sizeof(struct compat_add_to_physmap_batch) == 20, "ABI");
static_assert(sizeof(struct compat_remove_from_physmap) == 8, "ABI");
static_assert(sizeof(struct compat_foreign_memory_map) == 12, "ABI");
static_assert(sizeof(struct compat_acquire_resource) == 28, "ABI");
static_assert(sizeof(struct xen_memory_reservation) == 32, "ABI");
static_assert(sizeof(struct xen_add_to_physmap_batch) == 32, "ABI");
static_assert(sizeof(struct xen_mem_acquire_resource) == 32, "ABI");

#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK     0x3fu

/* Continue the memory_op in progress at extent. Returns what the handler must return. */
long memory_op_continue(unsigned int op, uint64_t extent, uint64_t arg);

/* Frame numbers and int results in guest arrays, by the caller's width. 0 or -EFAULT. */
int guest_pfn_read(uint64_t base, uint64_t idx, unsigned int nr, uint64_t *out);

/*
 * Free the page at gfn (RAM of d): unhook it and drop the domain's reference. 0, -ENOENT, -EPERM
 * (MMIO), -ENXIO (not d's), -EBUSY.
 */
int guest_remove_page(struct domain *d, uint64_t gfn);

/*
 * memory_claim.c. Claim what d lacks to target pages; -ENOMEM, -EINVAL when it is dying. Remove places
 * to be populated, as p2m_pod_remove(), with what was claimed for them. After d has given nr pages
 * back: claim them again if they may still be touched.
 */
int memory_set_pod_target(struct domain *d, uint64_t target);
int memory_pod_remove(struct domain *d, gfn_t gfn, unsigned int order);
void memory_given_back(struct domain *d, uint64_t nr);

long memory_add_to_physmap(uint64_t start_extent, uint64_t arg);
long memory_add_to_physmap_batch(uint64_t start_extent, uint64_t arg);
long memory_remove_from_physmap(uint64_t arg);
long memory_memory_map(uint64_t arg);
long memory_set_memory_map(uint64_t arg);
long memory_machine_memory_map(uint64_t arg);
long memory_acquire_resource(uint64_t start_extent, uint64_t arg);

#endif
