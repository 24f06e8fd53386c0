/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Shared info, guest time (pvclock), wall clock, vcpu_info and runstate areas. */
#ifndef HV_SHARED_INFO_H
#define HV_SHARED_INFO_H

#include <hv/types.h>
#include <hv/compiler.h>

struct domain;
struct vcpu;

int __must_check shared_info_domain_init(struct domain *d);
void shared_info_domain_fini(struct domain *d);
void shared_info_vcpu_init(struct vcpu *v);
void shared_info_vcpu_fini(struct vcpu *v);
/*
 * Rewrite v's pvclock (vcpu_info.time and a registered area). Called on context load when the TSC
 * base changed, and on registration.
 */
void update_vcpu_time(struct vcpu *v);
/* shared_info wall clock from the machine's. */
void update_domain_wallclock(struct domain *d);
/* Set system wall clock (XENPF_settime64): secs/nsecs at system_time, for all domains. */
void set_wallclock(uint64_t secs, uint32_t nsecs, uint64_t system_time_base);
/* VCPUOP_register_vcpu_info: 0, -EBUSY, -EINVAL, -ENXIO, -EACCES. */
int register_vcpu_info(struct vcpu *v, uint64_t gfn, uint32_t offset);
/* Runstate/time areas by virtual address (pinned at registration) or physical address. */
int register_runstate_gva(struct vcpu *v, uint64_t gva);
int register_time_gva(struct vcpu *v, uint64_t gva);
int register_runstate_gpa(struct vcpu *v, uint64_t gpa);
int register_time_gpa(struct vcpu *v, uint64_t gpa);
/* Copy v->runstate out to the guest's area (schedule()). Cheap when none is registered. */
void update_runstate_area(struct vcpu *v);
/* Unpin everything (domain destroy, soft reset). */
void unmap_guest_areas(struct vcpu *v);
/* Guest switched to or from the 32-bit layout (callback or hypercall page set from 32-bit code). */
void latch_shinfo_size(struct domain *d, bool is_32bit);

/* Accessors that hide the 32-bit layout. */
uint8_t *vcpu_info_upcall_pending(const struct vcpu *v);
uint8_t *vcpu_info_upcall_mask(const struct vcpu *v);

#endif
