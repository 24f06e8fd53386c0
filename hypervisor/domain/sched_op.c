/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sched_op: yield, block, poll, shutdown and watchdogs. A poll returns 0 before it sleeps: the vCPU
 * leaves the CPU at the next look at the softirqs, with the hypercall already finished, and
 * whatever wakes it only has to make it runnable.
 * Locking: d->watchdog_lock for the watchdogs.
 */
#include <xen/sched.h>

#include <hv/bitmap.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/priv.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/softirq.h>
#include <hv/time.h>

#define MAX_POLL_PORTS 128u

struct compat_sched_poll {
	uint32_t ports;
	uint32_t nr_ports;
	uint64_t timeout;
} __packed;

static void poll_cancel(struct vcpu *v)
{
	v->poll_evtchn = 0;
	clear_bit(v->vcpu_id, v->domain->poll_mask);
	clear_bit(VPF_BLOCKED, &v->pause_flags);
}

static long op_poll(uint64_t arg)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	evtchn_port_t ports[MAX_POLL_PORTS];
	struct compat_sched_poll c;
	struct sched_poll poll;
	uint64_t list;

	if (likely(!v->hcall_compat)) {
		if (copy_struct_from_guest(&poll, arg) != 0) {
			return -EFAULT;
		}
		list = handle_gva(poll.ports);
	} else {
		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		list = c.ports;
		poll.nr_ports = c.nr_ports;
		poll.timeout = c.timeout;
	}
	if (poll.nr_ports > MAX_POLL_PORTS) {
		return -EINVAL;
	}
	if (poll.nr_ports != 0 &&
		copy_from_guest(ports, list, poll.nr_ports * sizeof(ports[0])) != 0) {
		return -EFAULT;
	}
	stop_timer(&v->poll_timer);

	/*
	 * Visible as a sleeping poller first, then the look at the ports: a sender that comes in
	 * between finds us.
	 */
	v->poll_evtchn = ~0u;
	set_bit(VPF_BLOCKED, &v->pause_flags);
	set_bit(v->vcpu_id, d->poll_mask);
	if (hvm_interrupt_pending(v)) {
		poll_cancel(v);
		return 0;
	}
	for (unsigned int i = 0; i < poll.nr_ports; i++) {
		int rc = evtchn_port_poll(d, ports[i]);

		if (rc != 0) {
			poll_cancel(v);
			return rc > 0 ? 0 : rc;
		}
	}
	if (poll.nr_ports == 1) {
		/* Unless it is over already. */
		(void)cmpxchg(&v->poll_evtchn, ~0u, ports[0]);
	}
	if (poll.timeout != 0) {
		set_timer(&v->poll_timer, (int64_t)min(poll.timeout, (uint64_t)INT64_MAX));
	}
	raise_softirq(SCHEDULE_SOFTIRQ);
	return 0;
}

static long op_block(void)
{
	struct vcpu *v = current;

	WRITE_ONCE(*vcpu_info_upcall_mask(v), 0);
	smp_mb();
	if (!vcpu_event_pending(v)) {
		vcpu_block_current();
	}
	return 0;
}

static long op_shutdown(uint64_t arg)
{
	struct sched_shutdown sd;

	if (copy_struct_from_guest(&sd, arg) != 0) {
		return -EFAULT;
	}
	if (sd.reason > SHUTDOWN_MAX) {
		return -EINVAL;
	}
	return domain_shutdown(current->domain, sd.reason);
}

static long op_shutdown_code(uint64_t arg)
{
	struct domain *d = current->domain;
	struct sched_shutdown sd;

	if (copy_struct_from_guest(&sd, arg) != 0) {
		return -EFAULT;
	}
	spin_lock(&d->shutdown_lock);
	if (d->shutdown_code == -1) {
		d->shutdown_code = (int)(sd.reason & 0xff);
	}
	spin_unlock(&d->shutdown_lock);
	return 0;
}

static long op_remote_shutdown(uint64_t arg)
{
	struct sched_remote_shutdown rs;
	struct domain *d;
	int rc;

	if (copy_struct_from_guest(&rs, arg) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(rs.domain_id, PRIV_CONTROL, &d);
	if (rc != 0) {
		return rc;
	}
	if (d == current->domain) {
		rc = -EPERM;
	} else if (rs.reason > SHUTDOWN_MAX) {
		rc = -EINVAL;
	} else {
		rc = domain_shutdown(d, rs.reason);
	}
	put_domain(d);
	return rc;
}

static long op_watchdog(uint64_t arg)
{
	struct domain *d = current->domain;
	struct sched_watchdog w;
	uint32_t idx;
	long rc = 0;

	if (copy_struct_from_guest(&w, arg) != 0) {
		return -EFAULT;
	}
	spin_lock(&d->watchdog_lock);
	if (w.id == 0) {
		if (w.timeout == 0) {
			rc = -EINVAL;
			goto out;
		}
		for (idx = 0; idx < ARRAY_SIZE(d->watchdog_timer) &&
			(d->watchdog_inuse & (1u << idx)) != 0;
			idx++) {
		}
		if (idx == ARRAY_SIZE(d->watchdog_timer)) {
			rc = -ENOSPC;
			goto out;
		}
		d->watchdog_inuse |= 1u << idx;
		set_timer(&d->watchdog_timer[idx], NOW() + SECONDS(w.timeout));
		rc = (long)idx + 1;
		goto out;
	}
	idx = w.id - 1;
	if (idx >= ARRAY_SIZE(d->watchdog_timer) || (d->watchdog_inuse & (1u << idx)) == 0) {
		rc = -EINVAL;
		goto out;
	}
	idx = array_index_nospec(idx, ARRAY_SIZE(d->watchdog_timer));
	if (w.timeout == 0) {
		stop_timer(&d->watchdog_timer[idx]);
		d->watchdog_inuse &= ~(1u << idx);
	} else {
		set_timer(&d->watchdog_timer[idx], NOW() + SECONDS(w.timeout));
	}
out:
	spin_unlock(&d->watchdog_lock);
	return rc;
}

long do_sched_op(int cmd, uint64_t arg)
{
	switch (cmd) {
	case SCHEDOP_yield:
		vcpu_yield_current();
		return 0;
	case SCHEDOP_block:
		return op_block();
	case SCHEDOP_poll:
		return op_poll(arg);
	case SCHEDOP_shutdown:
		return op_shutdown(arg);
	case SCHEDOP_shutdown_code:
		return op_shutdown_code(arg);
	case SCHEDOP_remote_shutdown:
		return op_remote_shutdown(arg);
	case SCHEDOP_watchdog:
		return op_watchdog(arg);
	default:
		return -ENOSYS;
	}
}
