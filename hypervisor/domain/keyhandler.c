/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug keys: one letter, one dump. They come from the serial line while it is switched to the
 * hypervisor (Ctrl-a three times), and from the toolstack. Keys from the line arrive in interrupt
 * context and are run later, in a softirq, because the dumps take ordinary locks.
 * Locking: none of its own but for the queue of keys.
 */
#include <hv/bitmap.h>
#include <hv/console.h>
#include <hv/console_io.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>

#include "sched_priv.h"

struct key {
	char key;
	void (*fn)(void);
	const char *what;
};

static const struct key keys[];

static void show_help(void);

static void show_vcpu(const struct vcpu *v)
{
	static const char *const states[] = { "running", "runnable", "blocked", "offline" };

	printk("    v%u: cpu %u %s%s flags %lx pause %d upcall_pending %u events to poll %x exits %lu\n",
		v->vcpu_id, v->processor, states[v->runstate.state & 3],
		v->is_initialised ? "" : " (not initialised)", v->pause_flags,
		atomic_read(&v->pause_count),
		v->vcpu_info != NULL ? v->vcpu_info->evtchn_upcall_pending : 0, v->poll_evtchn,
		v->nr_exits);
	printk("        rip %016lx rsp %016lx rflags %lx timer %s%ld us\n", v->hvm.regs.rip,
		v->hvm.regs.rsp, v->hvm.regs.rflags,
		timer_active(&v->singleshot_timer) ? "in " : "off, last ",
		(v->singleshot_timer.expires - NOW()) / 1000);
}

static void show_domain(struct domain *d, void *arg)
{
	struct vcpu *v;

	(void)arg;
	printk("domain %u: references %d, pages %u of %u, paused %d%s%s, shutdown code %d\n",
		d->domain_id, atomic_read(&d->refcnt), d->tot_pages, d->max_pages,
		atomic_read(&d->pause_count), d->is_dying != DOMDYING_alive ? ", dying" : "",
		d->is_shut_down ? ", shut down" : "", d->shutdown_code);
	printk("    weight %u cap %u, %u event channels, p2m tables %lu, foreign maps %d\n",
		d->sched_weight, d->sched_cap, d->nr_evtchns, d->p2m.nr_tables,
		atomic_read(&d->nr_foreign_maps));
	for_each_vcpu(d, v) {
		show_vcpu(v);
	}
}

static void show_domains(void)
{
	for_each_domain_call(show_domain, NULL);
}

static void show_runq(void)
{
	unsigned int cpu;
	unsigned long flags;

	spin_lock_irqsave(&sched_lock, flags);
	for_each_online_cpu(cpu) {
		const struct vcpu *v = per_cpu(sched_cpus, cpu).curr;

		if (v->is_idle) {
			printk("CPU %u: idle\n", cpu);
		} else {
			printk("CPU %u: d%uv%u\n", cpu, v->domain->domain_id, v->vcpu_id);
		}
	}
	policy_dump(NOW());
	spin_unlock_irqrestore(&sched_lock, flags);
}

static void show_memory(void)
{
	printk("memory: %lu of %lu pages free (%lu below 4 GiB), heap %lu bytes in use\n",
		free_pages_count(), total_pages(), free_pages_below_4G(), heap_bytes_used());
}

static void show_evtchns(struct domain *d, void *arg)
{
	(void)arg;
	evtchn_dump(d);
}

static void show_events(void)
{
	for_each_domain_call(show_evtchns, NULL);
}

static void show_timers(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		printk("CPU %u: %u timers\n", cpu, timer_count(cpu));
	}
	printk("now %ld ns\n", NOW());
}

static void show_hypercalls(void)
{
	for (unsigned int nr = 0; nr < 64; nr++) {
		uint64_t n = hypercall_count(nr);

		if (n != 0) {
			printk("hypercall %2u: %lu\n", nr, n);
		}
	}
}

/*
 * A vCPU that runs is shown by its own CPU, in an interrupt. Pausing it instead would wait for that
 * CPU to leave a hypercall, and that one may be waiting for the vCPU on this CPU.
 */
static void dump_running(void *arg)
{
	struct vcpu *v = current, **want = arg;

	if (v->is_idle) {
		printk("CPU %u: idle\n", smp_processor_id());
	} else if (*want == NULL || *want == v) {
		printk("CPU %u: d%uv%u\n", smp_processor_id(), v->domain->domain_id, v->vcpu_id);
		hvm_ops->dump(v);
		*want = NULL;
	}
}

static void dump_on_cpu(unsigned int cpu, struct vcpu **want)
{
	cpumask_t mask;

	cpumask_zero(&mask);
	__cpumask_set_cpu(cpu, &mask);
	on_selected_cpus(&mask, dump_running, want, true);
}

static void dump_dom0(void)
{
	struct vcpu *v;

	if (hardware_domain == NULL) {
		return;
	}
	for_each_vcpu(hardware_domain, v) {
		struct vcpu *want = v;

		/* Not waited for: it stays where it is, on its CPU or off. */
		vcpu_pause_nosync(v);
		if (smp_load_acquire(&v->is_running)) {
			dump_on_cpu(v->processor, &want);
		}
		if (want != NULL) {
			printk("d%uv%u does not run\n", v->domain->domain_id, v->vcpu_id);
			hvm_ops->dump(v);
		}
		vcpu_unpause(v);
	}
}

/* What runs on each CPU. */
static void show_registers_key(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct vcpu *any = NULL;

		dump_on_cpu(cpu, &any);
	}
}

static void reboot(void)
{
	printk("rebooting by key\n");
	machine_restart();
}

static const struct key keys[] = {
	{ '0', dump_dom0, "registers of dom0's vCPUs" },
	{ 'a', show_timers, "timers" },
	{ 'c', show_hypercalls, "hypercall counts" },
	{ 'd', show_registers_key, "registers of what runs" },
	{ 'e', show_events, "event channels" },
	{ 'h', show_help, "this help" },
	{ 'i', irq_dump, "interrupts" },
	{ 'm', show_memory, "memory" },
	{ 'q', show_domains, "domains and vCPUs" },
	{ 'r', show_runq, "run queue" },
	{ 'R', reboot, "reboot the machine" },
};

static void show_help(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		printk("  %c  %s\n", keys[i].key, keys[i].what);
	}
}

void handle_keypress(char key)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key == key) {
			printk("'%c': %s\n", key, keys[i].what);
			keys[i].fn();
			return;
		}
	}
}

static char typed[16];   /* [typed_lock] keys to run */
static unsigned int nr_typed;
static DEFINE_SPINLOCK(typed_lock, LOCK_PORTS); /* irq-safe */
static struct tasklet typed_tasklet;

static void run_typed(void *arg)
{
	(void)arg;
	for (;;) {
		char key;

		spin_lock_irq(&typed_lock);
		if (nr_typed == 0) {
			spin_unlock_irq(&typed_lock);
			return;
		}
		key = typed[0];
		memmove(typed, typed + 1, --nr_typed);
		spin_unlock_irq(&typed_lock);
		handle_keypress(key);
	}
}

static void key_typed(char key)
{
	unsigned long flags;

	spin_lock_irqsave(&typed_lock, flags);
	if (nr_typed < sizeof(typed)) {
		typed[nr_typed++] = key;
	}
	spin_unlock_irqrestore(&typed_lock, flags);
	tasklet_schedule(&typed_tasklet);
}

void keyhandler_init(void)
{
	tasklet_init(&typed_tasklet, run_typed, NULL);
	console_key_hook = key_typed;
}
