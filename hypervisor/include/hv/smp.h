/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Other CPUs: kicks, calls, start. */
#ifndef HV_SMP_H
#define HV_SMP_H

#include <hv/compiler.h>
#include <hv/percpu.h>

/* Interrupt cpu so that it leaves guest mode or HLT and looks at its softirqs again. Any context. The own CPU is allowed. */
void smp_send_event_check(unsigned int cpu);
void smp_send_event_check_mask(const cpumask_t *mask);
/*
 * Run fn(arg) in interrupt context on every online CPU of mask (this one included, directly). wait: returns when all have finished; else when all have started.
 * Context: interrupts on, no irq-safe lock held.
 */
void on_selected_cpus(const cpumask_t *mask, void (*fn)(void *arg), void *arg, bool wait);
static inline void on_each_cpu(void (*fn)(void *arg), void *arg, bool wait)
{
	on_selected_cpus(&cpu_online_map, fn, arg, wait);
}
/* Stop all other CPUs for good (panic, reboot). Any context. */
void smp_stop_others(void);

/* Boot. */
void smp_prepare(void); /* per-CPU areas of all CPUs of the MADT */
void smp_start_aps(void); /* every CPU runs start_secondary() when it returns */
void percpu_init_bsp(void);
extern unsigned int opt_maxcpus;
uint32_t cpu_apicid(unsigned int cpu);
/* CPU with this APIC ID, NR_CPUS when unknown. */
unsigned int cpu_from_apicid(uint32_t apicid);
/* Socket, core and thread of a CPU from CPUID, for sysctl. */
struct cpu_topology {
	uint32_t socket, core, thread;
};
void cpu_topology_get(unsigned int cpu, struct cpu_topology *out);

#endif
