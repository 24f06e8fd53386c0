/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest text on our consoles: the console_io hypercall, for the hardware domain only, and lines
 * from the debug port 0xE9 of every guest, with the domain in front and rate limited. Input goes
 * the other way through VIRQ_CONSOLE.
 * Locking: line_lock for the half-finished lines.
 */
#include <hv/console_io.h>

#include <xen/xen.h>

#include <hv/console.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/time.h>

#define CHUNK       256u
#define POLL_PERIOD MILLISECS(20)

static DEFINE_SPINLOCK(line_lock, LOCK_LINE);
static struct timer poll_timer;

static long op_write(uint64_t count, uint64_t buffer)
{
	char chunk[CHUNK];

	while (count != 0) {
		size_t n = min(count, (uint64_t)sizeof(chunk));

		if (copy_from_guest(chunk, buffer, n) != 0) {
			return -EFAULT;
		}
		console_write(chunk, n);
		count -= n;
		buffer += n;
		if (count != 0 && hypercall_preempt_check()) {
			return hypercall_continuation(__HYPERVISOR_console_io, 3,
				(const uint64_t[]){ CONSOLEIO_write, count, buffer });
		}
	}
	return 0;
}

static long op_read(uint64_t count, uint64_t buffer)
{
	char chunk[CHUNK];
	long done = 0;

	while (count != 0) {
		int n = console_read_chars(chunk, (int)min(count, (uint64_t)sizeof(chunk)));

		if (n <= 0) {
			break;
		}
		if (copy_to_guest(buffer, chunk, (size_t)n) != 0) {
			return -EFAULT;
		}
		count -= (uint64_t)n;
		buffer += (uint64_t)n;
		done += n;
	}
	return done;
}

long do_console_io(unsigned int cmd, unsigned int count, uint64_t buffer)
{
	if (!is_hardware_domain(current->domain) || !nospec_true()) {
		return -EPERM;
	}
	if (count > INT32_MAX) {
		return -EINVAL;
	}
	switch (cmd) {
	case CONSOLEIO_write:
		return op_write(count, buffer);
	case CONSOLEIO_read:
		return op_read(count, buffer);
	default:
		return -ENOSYS;
	}
}

/* [line_lock] */
static void flush_line(struct domain *d)
{
	d->console_line[d->console_len] = '\0';
	d->console_len = 0;
	if (is_hardware_domain(d)) {
		printk("(d%u) %s\n", d->domain_id, d->console_line);
	} else {
		printk(XENLOG_G_INFO "(d%u) %s\n", d->domain_id, d->console_line);
	}
}

void guest_console_putc(struct vcpu *v, char c)
{
	struct domain *d = v->domain;

	spin_lock(&line_lock);
	if (c == '\n') {
		flush_line(d);
	} else if (c != '\r') {
		d->console_line[d->console_len++] = (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
		if (d->console_len == sizeof(d->console_line) - 1) {
			flush_line(d);
		}
	}
	spin_unlock(&line_lock);
}

/* Interrupt context: there is input for the hardware domain. */
static void input_arrived(void)
{
	if (hardware_domain != NULL) {
		send_global_virq(VIRQ_CONSOLE);
	}
}

static void poll(void *arg)
{
	(void)arg;
	console_poll();
	set_timer(&poll_timer, NOW() + POLL_PERIOD);
}

void console_io_init(void)
{
	console_input_hook = input_arrived;
	if (console_needs_poll()) {
		init_timer(&poll_timer, poll, NULL, smp_processor_id());
		set_timer(&poll_timer, NOW() + POLL_PERIOD);
	}
}
