/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop that every CPU runs for ever: softirqs (timers, the scheduler), then the current vCPU, or
 * a halt when there is none. A vCPU changes only at the top, so nothing of it is on the stack.
 */
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/softirq.h>
#include <hv/vlapic.h>

/* Halt until an interrupt; one that comes between the look and HLT is not lost (STI's shadow). */
static void idle_once(void)
{
	local_irq_disable();
	if (softirq_pending_here()) {
		local_irq_enable();
	} else {
		safe_halt();
	}
}

static void first_entry(struct vcpu *v)
{
	static bool said;

	if (!said && is_hardware_domain(v->domain)) {
		said = true;
		printk(XENLOG_INFO "d%uv%u first entry\n", v->domain->domain_id, v->vcpu_id);
	}
}

/* Nothing for hvm_intr_assist(): each of these is set before its setter's kick, which ends the guest's run. */
static inline bool nothing_to_inject(const struct vcpu *v)
{
	return !v->hvm.pending.valid && !READ_ONCE(v->hvm.nmi_pending) &&
		!READ_ONCE(v->hvm.callback_pending) && !READ_ONCE(v->hvm.vlapic.irr_maybe);
}

void cpu_loop(void)
{
	struct vcpu *v;

	for (;;) {
		if (softirq_pending_here()) {
			do_softirq();
		}
		v = current;
		if (v->is_idle) {
			idle_once();
			continue;
		}
		if (unlikely(READ_ONCE(v->hvm.work_pending))) {
			WRITE_ONCE(v->hvm.work_pending, false);
			smp_mb();
			vlapic_handle_init_sipi(v);
			continue;
		}
		if (unlikely(v->nr_exits == 0)) {
			first_entry(v);
		}
		local_irq_disable();
		if (unlikely(softirq_pending_here() || READ_ONCE(v->hvm.work_pending))) {
			local_irq_enable();
			continue;
		}
		if (unlikely(!nothing_to_inject(v))) {
			hvm_intr_assist(v);
		}
		hvm_ops->run(v);
		hvm_ops->handle_exit(v);
	}
}
