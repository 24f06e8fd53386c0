/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual CPUs: creation, pausing, going up and down. A vCPU is a page-aligned hypervisor block
 * that lives as long as its domain.
 * Locking: pause counts and flags are atomic; creation happens before the domain runs.
 */
#include <hv/bitmap.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/softirq.h>
#include <hv/time.h>

#include "vcpu_priv.h"

struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id)
{
	unsigned int order = order_from_bytes(sizeof(struct vcpu));
	struct vcpu *v;

	if (vcpu_id >= d->max_vcpus || d->vcpu[vcpu_id] != NULL) {
		return NULL;
	}
	v = alloc_hv_pages(order);
	if (v == NULL) {
		return NULL;
	}
	v->vcpu_id = vcpu_id;
	v->domain = d;
	v->pause_flags = BIT(VPF_DOWN);
	v->runstate_gpa = v->time_gpa = ~0ull;
	INIT_LIST_HEAD(&v->dump_link);
	if (sched_init_vcpu(v) != 0) {
		goto out_free;
	}
	shared_info_vcpu_init(v);
	vcpu_timers_init(v);
	evtchn_vcpu_init(v);
	if (hvm_vcpu_init(v) != 0) {
		goto out_timers;
	}
	if (d->is_shutting_down) {
		v->paused_for_shutdown = true;
		atomic_inc(&v->pause_count);
	}
	d->vcpu[vcpu_id] = v;
	update_vcpu_time(v);
	return v;

out_timers:
	vcpu_timers_kill(v);
	sched_destroy_vcpu(v);
out_free:
	free_hv_pages(v, order);
	return NULL;
}

void vcpu_destroy(struct vcpu *v)
{
	ASSERT(!v->is_running);
	vcpu_timers_kill(v);
	sched_destroy_vcpu(v);
	shared_info_vcpu_fini(v);
	hvm_vcpu_fini(v);
	free_hv_pages(v, order_from_bytes(sizeof(struct vcpu)));
}

void vcpu_pause_nosync(struct vcpu *v)
{
	atomic_inc(&v->pause_count);
	vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
	ASSERT(v != current);
	atomic_inc(&v->pause_count);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (atomic_dec_and_test(&v->pause_count)) {
		vcpu_wake(v);
	}
}

int vcpu_reset(struct vcpu *v)
{
	struct domain *d = v->domain;

	vcpu_pause(v);
	spin_lock(&d->lock);
	set_bit(VPF_DOWN, &v->pause_flags);
	clear_bit(VPF_BLOCKED, &v->pause_flags);
	if (v->poll_evtchn != 0) {
		v->poll_evtchn = 0;
		clear_bit(v->vcpu_id, d->poll_mask);
	}
	v->is_initialised = false;
	hvm_vcpu_reset(v);
	spin_unlock(&d->lock);
	vcpu_unpause(v);
	return 0;
}

void vcpu_up(struct vcpu *v)
{
	if (test_and_clear_bit(VPF_DOWN, &v->pause_flags)) {
		vcpu_wake(v);
	}
}

void vcpu_down(struct vcpu *v)
{
	if (!test_and_set_bit(VPF_DOWN, &v->pause_flags)) {
		vcpu_sleep_nosync(v);
	}
}
