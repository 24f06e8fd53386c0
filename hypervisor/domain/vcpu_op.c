/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu_op, set_timer_op and the vCPU's virtual timers. Handlers work on vCPUs of the caller's own
 * domain; one that is not the caller itself is paused meanwhile.
 * Locking: d->vcpu_lock is only ever tried: two vCPUs that pause each other would wait for ever, so
 * the loser returns to the guest and calls again.
 */
#include <xen/sched.h>
#include <xen/vcpu.h>

#include <hv/bitmap.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/smp.h>
#include <hv/string.h>
#include <hv/time.h>

#include "vcpu_priv.h"

#define MIN_PERIOD MILLISECS(1)

/* ---- Timers ---- */

static void singleshot_fired(void *data)
{
	send_guest_vcpu_virq(data, VIRQ_TIMER);
}

static void periodic_fired(void *data)
{
	struct vcpu *v = data;
	int64_t now = NOW(), next;

	send_guest_vcpu_virq(v, VIRQ_TIMER);
	if (v->periodic_period == 0) {
		return;
	}
	v->periodic_last_event += v->periodic_period;
	next = v->periodic_last_event + v->periodic_period;
	if (next <= now) {
		/* Behind: missed ticks are not made up. */
		v->periodic_last_event = now;
		next = now + v->periodic_period;
	}
	set_timer(&v->periodic_timer, next);
}

static void poll_timed_out(void *data)
{
	struct vcpu *v = data;

	if (READ_ONCE(v->poll_evtchn) != 0) {
		vcpu_unblock(v);
	}
}

void vcpu_timers_init(struct vcpu *v)
{
	init_timer(&v->singleshot_timer, singleshot_fired, v, v->processor);
	init_timer(&v->periodic_timer, periodic_fired, v, v->processor);
	init_timer(&v->poll_timer, poll_timed_out, v, v->processor);
}

void vcpu_timers_kill(struct vcpu *v)
{
	kill_timer(&v->singleshot_timer);
	kill_timer(&v->periodic_timer);
	kill_timer(&v->poll_timer);
}

static void set_periodic(struct vcpu *v, int64_t period)
{
	stop_timer(&v->periodic_timer);
	v->periodic_period = period;
	if (period != 0) {
		v->periodic_last_event = NOW();
		set_timer(&v->periodic_timer, v->periodic_last_event + period);
	}
}

/*
 * A deadline that has passed is an event right now: a timer softirq would come to the same, later.
 */
static void set_singleshot(struct vcpu *v, uint64_t timeout)
{
	if ((int64_t)timeout < 0) {
		/*
		 * So far away that it is a mistake of the guest's clock; the reference takes such a
		 * value as past.
		 */
		stop_timer(&v->singleshot_timer);
		send_guest_vcpu_virq(v, VIRQ_TIMER);
		return;
	}
	set_timer(&v->singleshot_timer, (int64_t)timeout);
}

long do_set_timer_op(uint64_t timeout)
{
	struct vcpu *v = current;

	if (timeout == 0) {
		stop_timer(&v->singleshot_timer);
	} else {
		set_singleshot(v, timeout);
	}
	return 0;
}

static long op_set_singleshot(struct vcpu *v, uint64_t arg)
{
	struct vcpu_set_singleshot_timer set;

	if (v != current) {
		return -EINVAL;
	}
	if (likely(!v->hcall_compat)) {
		if (copy_struct_from_guest(&set, arg) != 0) {
			return -EFAULT;
		}
	} else {
		struct {
			uint64_t timeout_abs_ns;
			uint32_t flags;
		} __packed c;

		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		set.timeout_abs_ns = c.timeout_abs_ns;
		set.flags = c.flags;
	}
	if ((set.flags & VCPU_SSHOTTMR_future) && set.timeout_abs_ns < (uint64_t)NOW()) {
		return -ETIME;
	}
	set_singleshot(v, set.timeout_abs_ns);
	return 0;
}

/* ---- Working on a sibling ---- */

long vcpu_run_paused(struct vcpu *v, long (*fn)(struct vcpu *v, void *arg), void *arg)
{
	struct domain *d = v->domain;
	long rc;

	if (!spin_trylock(&d->vcpu_lock)) {
		return -ERESTART;
	}
	if (v != current) {
		vcpu_pause(v);
	}
	rc = fn(v, arg);
	if (v != current) {
		vcpu_unpause(v);
	}
	spin_unlock(&d->vcpu_lock);
	return rc;
}

static long register_info(struct vcpu *v, void *arg)
{
	const struct vcpu_register_vcpu_info *reg = arg;

	return register_vcpu_info(v, reg->mfn, reg->offset);
}

static long register_runstate(struct vcpu *v, void *arg)
{
	return register_runstate_gva(v, *(uint64_t *)arg);
}
static long register_time(struct vcpu *v, void *arg)
{
	return register_time_gva(v, *(uint64_t *)arg);
}
static long register_runstate_phys(struct vcpu *v, void *arg)
{
	return register_runstate_gpa(v, *(uint64_t *)arg);
}
static long register_time_phys(struct vcpu *v, void *arg)
{
	return register_time_gpa(v, *(uint64_t *)arg);
}

static long get_address(uint64_t arg, uint64_t *addr)
{
	uint32_t narrow;

	/*
	 * A union of a pointer and a 64-bit number: 8 bytes either way, but a 32-bit pointer fills
	 * only the first half.
	 */
	if (current->hcall_compat) {
		if (copy_struct_from_guest(&narrow, arg) != 0) {
			return -EFAULT;
		}
		*addr = narrow;
		return 0;
	}
	return copy_from_guest(addr, arg, sizeof(*addr)) != 0 ? -EFAULT : 0;
}

/* Physical areas carry a 64-bit address in both widths. */
static long get_phys_address(uint64_t arg, uint64_t *addr)
{
	return copy_from_guest(addr, arg, sizeof(*addr)) != 0 ? -EFAULT : 0;
}

/* ---- Up, down ---- */

static long op_up(struct vcpu *v)
{
	if (!v->is_initialised) {
		return -EINVAL;
	}
	vcpu_up(v);
	return 0;
}

static long op_down(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *o;
	bool is_last = true;

	for_each_vcpu(d, o) {
		if (o != v && !test_bit(VPF_DOWN, &o->pause_flags)) {
			is_last = false;
			break;
		}
	}
	if (is_last) {
		(void)domain_shutdown(d, SHUTDOWN_poweroff);
		return 0;
	}
	vcpu_down(v);
	return 0;
}

static long op_get_runstate(struct vcpu *v, uint64_t arg)
{
	struct vcpu_runstate_info rs;

	vcpu_runstate_get(v, &rs);
	if (current->hcall_compat) {
		struct {
			int32_t state;
			uint64_t state_entry_time;
			uint64_t time[4];
		} __packed c = { .state = rs.state, .state_entry_time = rs.state_entry_time };

		for (unsigned int i = 0; i < 4; i++) {
			c.time[i] = rs.time[i];
		}
		return copy_struct_to_guest(arg, &c) != 0 ? -EFAULT : 0;
	} else {
		struct vcpu_runstate_info out;

		memset(&out, 0, sizeof(out));
		out.state = rs.state;
		out.state_entry_time = rs.state_entry_time;
		memcpy(out.time, rs.time, sizeof(out.time));
		return copy_struct_to_guest(arg, &out) != 0 ? -EFAULT : 0;
	}
}

static long op_set_periodic(struct vcpu *v, uint64_t arg)
{
	struct vcpu_set_periodic_timer set;

	if (copy_struct_from_guest(&set, arg) != 0) {
		return -EFAULT;
	}
	if (set.period_ns < (uint64_t)MIN_PERIOD || set.period_ns > (uint64_t)INT64_MAX / 2) {
		return -EINVAL;
	}
	set_periodic(v, (int64_t)set.period_ns);
	return 0;
}

static long op_register(
	struct vcpu *v, uint64_t arg, bool phys, long (*fn)(struct vcpu *v, void *arg))
{
	uint64_t addr;
	long rc = phys ? get_phys_address(arg, &addr) : get_address(arg, &addr);

	return rc != 0 ? rc : vcpu_run_paused(v, fn, &addr);
}

long do_vcpu_op(int cmd, unsigned int vcpuid, uint64_t arg)
{
	struct domain *d = current->domain;
	struct vcpu *v;
	long rc;

	if (vcpuid >= d->max_vcpus ||
		(v = d->vcpu[array_index_nospec(vcpuid, d->max_vcpus)]) == NULL) {
		return -ENOENT;
	}
	switch (cmd) {
	case VCPUOP_set_singleshot_timer:
		return op_set_singleshot(v, arg);
	case VCPUOP_stop_singleshot_timer:
		if (v != current) {
			return -EINVAL;
		}
		stop_timer(&v->singleshot_timer);
		return 0;
	case VCPUOP_set_periodic_timer:
		return op_set_periodic(v, arg);
	case VCPUOP_stop_periodic_timer:
		set_periodic(v, 0);
		return 0;
	case VCPUOP_initialise:
		rc = vcpu_op_initialise(v, arg);
		break;
	case VCPUOP_up:
		return op_up(v);
	case VCPUOP_down:
		return op_down(v);
	case VCPUOP_is_up:
		return !test_bit(VPF_DOWN, &v->pause_flags);
	case VCPUOP_get_runstate_info:
		return op_get_runstate(v, arg);
	case VCPUOP_register_vcpu_info: {
		struct vcpu_register_vcpu_info reg;

		if (copy_struct_from_guest(&reg, arg) != 0) {
			return -EFAULT;
		}
		rc = vcpu_run_paused(v, register_info, &reg);
		break;
	}
	case VCPUOP_register_runstate_memory_area:
		rc = op_register(v, arg, false, register_runstate);
		break;
	case VCPUOP_register_vcpu_time_memory_area:
		rc = op_register(v, arg, false, register_time);
		break;
	case VCPUOP_register_runstate_phys_area:
		rc = op_register(v, arg, true, register_runstate_phys);
		break;
	case VCPUOP_register_vcpu_time_phys_area:
		rc = op_register(v, arg, true, register_time_phys);
		break;
	case VCPUOP_send_nmi:
		v->hvm.nmi_pending = true;
		vcpu_kick(v);
		return 0;
	case VCPUOP_get_physid: {
		struct vcpu_get_physid id = { .phys_id = cpu_apicid(v->processor) |
				((uint64_t)v->processor << 32) };

		if (!is_hardware_domain(d)) {
			return -EINVAL;
		}
		return copy_struct_to_guest(arg, &id) != 0 ? -EFAULT : 0;
	}
	default:
		return -ENOSYS;
	}
	if (rc == -ERESTART) {
		return hypercall_continuation(__HYPERVISOR_vcpu_op, 3,
			(const uint64_t[]){ (unsigned int)cmd, vcpuid, arg });
	}
	return rc;
}

long do_vm_assist(unsigned int cmd, unsigned int type)
{
	struct domain *d = current->domain;

	/* Only the run-state flag means something without PV memory management. */
	if (type != VMASST_TYPE_runstate_update_flag) {
		return -EINVAL;
	}
	switch (cmd) {
	case VMASST_CMD_enable:
		set_bit(type, &d->vm_assist);
		return 0;
	case VMASST_CMD_disable:
		clear_bit(type, &d->vm_assist);
		return 0;
	default:
		return -ENOSYS;
	}
}
