/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stopping domains: pausing, shutdown with a reason, crash, resume; and the view of their state
 * that the toolstack gets. The shutdown of dom0 is the machine's.
 * Locking: d->shutdown_lock for the shutdown state, d->lock for the controller's pause count; pause
 * counts are atomic.
 */
#include <xen/domctl.h>
#include <xen/sched.h>

#include <hv/bitmap.h>
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/time.h>

static void hwdom_shutdown(unsigned int reason)
{
	static const char *const names[] = { "powered off", "rebooted", "suspended", "crashed",
		"watchdog fired", "soft reset" };

	printk("Domain 0 %s\n", names[reason <= SHUTDOWN_soft_reset ? reason : SHUTDOWN_crash]);
	switch (reason) {
	case SHUTDOWN_poweroff:
		machine_power_off();
	case SHUTDOWN_crash:
	case SHUTDOWN_watchdog:
		if (opt_noreboot) {
			printk("'noreboot' is set: halted. Reset the machine by hand.\n");
			machine_halt();
		}
		printk("Rebooting in 5 seconds\n");
		mdelay(5000);
		machine_restart();
	default:
		machine_restart();
	}
}

int domain_shutdown(struct domain *d, unsigned int reason)
{
	struct vcpu *v;

	spin_lock(&d->shutdown_lock);
	if (d->shutdown_code == -1) {
		d->shutdown_code = (int)reason;
	}
	if (d->is_shutting_down) {
		spin_unlock(&d->shutdown_lock);
		return 0;
	}
	d->is_shutting_down = true;
	if (is_hardware_domain(d)) {
		spin_unlock(&d->shutdown_lock);
		hwdom_shutdown((unsigned int)d->shutdown_code);
		return 0;
	}
	for_each_vcpu(d, v) {
		if (!v->paused_for_shutdown) {
			vcpu_pause_nosync(v);
			v->paused_for_shutdown = true;
		}
	}
	/* Seen by whoever reacts to the event. */
	d->is_shut_down = true;
	smp_mb();
	spin_unlock(&d->shutdown_lock);
	send_global_virq(VIRQ_DOM_EXC);
	return 0;
}

void domain_resume(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	spin_lock(&d->shutdown_lock);
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = -1;
	for_each_vcpu(d, v) {
		if (v->paused_for_shutdown) {
			v->paused_for_shutdown = false;
			vcpu_unpause(v);
		}
	}
	spin_unlock(&d->shutdown_lock);
	domain_unpause(d);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	if (d->is_shutting_down) {
		return;
	}
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (is_hardware_domain(d)) {
		printk(XENLOG_ERR "d%u crashed: %s\n", d->domain_id, why);
	} else {
		printk(XENLOG_G_ERR "d%u crashed: %s\n", d->domain_id, why);
	}
	if (current != NULL && current->domain == d && is_hardware_domain(d)) {
		hvm_ops->dump(current);
	}
	(void)domain_shutdown(d, SHUTDOWN_crash);
}

void domain_pause_nosync(struct domain *d)
{
	struct vcpu *v;

	atomic_inc(&d->pause_count);
	for_each_vcpu(d, v) {
		vcpu_sleep_nosync(v);
	}
}

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	atomic_inc(&d->pause_count);
	for_each_vcpu(d, v) {
		vcpu_sleep_nosync(v);
	}
	for_each_vcpu(d, v) {
		if (v != current) {
			vcpu_sleep_sync(v);
		}
	}
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (!atomic_dec_and_test(&d->pause_count)) {
		return;
	}
	for_each_vcpu(d, v) {
		vcpu_wake(v);
	}
}

int domain_pause_by_controller(struct domain *d)
{
	spin_lock(&d->lock);
	if (d->controller_pause_count == INT32_MAX) {
		spin_unlock(&d->lock);
		return -EOVERFLOW;
	}
	d->controller_pause_count++;
	spin_unlock(&d->lock);
	domain_pause(d);
	return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
	spin_lock(&d->lock);
	if (d->controller_pause_count == 0) {
		spin_unlock(&d->lock);
		return -EINVAL;
	}
	d->controller_pause_count--;
	d->controller_pause_init = false;
	d->creation_finished = true;
	spin_unlock(&d->lock);
	domain_unpause(d);
	return 0;
}

void domain_get_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	bool all_blocked = true;
	struct vcpu *v;

	memset(info, 0, sizeof(*info));
	info->domain = d->domain_id;
	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu(d, v) {
		info->max_vcpu_id = v->vcpu_id;
		info->cpu_time += vcpu_cpu_time_ns(v);
		if (test_bit(VPF_DOWN, &v->pause_flags)) {
			continue;
		}
		info->nr_online_vcpus++;
		if (!test_bit(VPF_BLOCKED, &v->pause_flags)) {
			all_blocked = false;
		}
		if (v->is_running) {
			info->flags |= XEN_DOMINF_running;
		}
	}
	info->flags |= (all_blocked ? XEN_DOMINF_blocked : 0) | XEN_DOMINF_hvm_guest |
		XEN_DOMINF_hap | (d->is_dying == DOMDYING_dead ? XEN_DOMINF_dying : 0) |
		(d->is_shut_down ? XEN_DOMINF_shutdown : 0) |
		(d->controller_pause_count > 0 ? XEN_DOMINF_paused : 0) |
		(d->is_debugger_attached ? XEN_DOMINF_debugged : 0) |
		(d->is_xenstore ? XEN_DOMINF_xs_domain : 0) |
		((uint32_t)(d->shutdown_code & XEN_DOMINF_shutdownmask)
			<< XEN_DOMINF_shutdownshift);
	info->tot_pages = domain_reserved_pages(d);
	info->max_pages = d->max_pages;
	info->outstanding_pages = d->outstanding_pages;
	info->shared_info_frame = ~0ull;
	info->ssidref = d->ssidref;
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->cpupool = 0;
	info->gpaddr_bits = d->policy != NULL ? (uint8_t)d->policy->maxphysaddr : 0;
	info->arch_config.emulation_flags = d->emulation_flags;
	info->arch_config.misc_flags = d->misc_flags;
}
