/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Per-CPU variables: one copy a CPU, reached through the GS base, which holds the distance of the CPU's area from the template in the image. this_cpu(x)
 * is an lvalue in one instruction, but its address cannot be taken: use this_cpu_ptr(x). No preemption exists, so a CPU's own copy is stable.
 */
#ifndef HV_PERCPU_H
#define HV_PERCPU_H

#include <hv/bitmap.h>
#include <hv/compiler.h>
#include <hv/types.h>

#define NR_CPUS 64

extern unsigned long percpu_offset[NR_CPUS];

#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name

#ifdef HV_HOST_TEST
#define DEFINE_PER_CPU(type, name) __typeof__(type) percpu_##name
#define this_cpu(name)             percpu_##name
#define this_cpu_ptr(name)         (&percpu_##name)
#define per_cpu(name, cpu)         (*((void)(cpu), &percpu_##name))
#else
#define DEFINE_PER_CPU(type, name) __section(".percpu") __typeof__(type) percpu_##name
#define this_cpu(name)             (*(__typeof__(percpu_##name) __seg_gs *)(uintptr_t)&percpu_##name)
#define this_cpu_ptr(name) \
	((__typeof__(percpu_##name) *)((uintptr_t)&percpu_##name + this_cpu(this_offset)))
#define per_cpu(name, cpu) \
	(*(__typeof__(percpu_##name) *)((uintptr_t)&percpu_##name + percpu_offset[cpu]))
#endif
#define per_cpu_ptr(name, cpu) (&per_cpu(name, cpu))

DECLARE_PER_CPU(unsigned long, this_offset);
DECLARE_PER_CPU(unsigned int, cpu_id);
#define smp_processor_id() (this_cpu(cpu_id))

/* Sets of CPUs. */
typedef struct {
	unsigned long bits[NR_CPUS / BITS_PER_LONG];
} cpumask_t;

/* CPUs that exist (0..nr_cpu_ids-1 without holes) and those that run. */
extern unsigned int nr_cpu_ids;
extern cpumask_t cpu_online_map;

static inline void cpumask_set_cpu(unsigned int cpu, cpumask_t *m)
{
	set_bit(cpu, m->bits);
}
static inline void cpumask_clear_cpu(unsigned int cpu, cpumask_t *m)
{
	clear_bit(cpu, m->bits);
}
static inline void __cpumask_set_cpu(unsigned int cpu, cpumask_t *m)
{
	__set_bit(cpu, m->bits);
}
static inline void __cpumask_clear_cpu(unsigned int cpu, cpumask_t *m)
{
	__clear_bit(cpu, m->bits);
}
static inline bool cpumask_test_cpu(unsigned int cpu, const cpumask_t *m)
{
	return test_bit(cpu, m->bits);
}
static inline bool cpumask_test_and_set_cpu(unsigned int cpu, cpumask_t *m)
{
	return test_and_set_bit(cpu, m->bits);
}
static inline bool cpumask_test_and_clear_cpu(unsigned int cpu, cpumask_t *m)
{
	return test_and_clear_bit(cpu, m->bits);
}
#define cpumask_set(cpu, m)   cpumask_set_cpu((cpu), (m))
#define cpumask_clear(cpu, m) cpumask_clear_cpu((cpu), (m))
#define cpumask_test(cpu, m)  cpumask_test_cpu((cpu), (m))
static inline void cpumask_zero(cpumask_t *m)
{
	*m = (cpumask_t){ { 0 } };
}
static inline void cpumask_setall(cpumask_t *m)
{
	bitmap_fill(m->bits, NR_CPUS);
}
static inline void cpumask_copy(cpumask_t *d, const cpumask_t *s)
{
	*d = *s;
}
static inline bool cpumask_empty(const cpumask_t *m)
{
	return m->bits[0] == 0;
}
static inline bool cpumask_equal(const cpumask_t *a, const cpumask_t *b)
{
	return bitmap_equal(a->bits, b->bits, NR_CPUS);
}
static inline bool cpumask_intersects(const cpumask_t *a, const cpumask_t *b)
{
	return (a->bits[0] & b->bits[0]) != 0;
}
static inline void cpumask_and(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	bitmap_and(d->bits, a->bits, b->bits, NR_CPUS);
}
static inline void cpumask_or(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	bitmap_or(d->bits, a->bits, b->bits, NR_CPUS);
}
static inline void cpumask_andnot(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	bitmap_andnot(d->bits, a->bits, b->bits, NR_CPUS);
}
static inline unsigned int cpumask_weight(const cpumask_t *m)
{
	return (unsigned int)bitmap_weight(m->bits, NR_CPUS);
}
/* NR_CPUS (>= nr_cpu_ids) when there is none. next: strictly above cpu; cycle: wraps to the first. */
_Static_assert(NR_CPUS == BITS_PER_LONG, "a set of CPUs is one word");
static inline unsigned int cpumask_first(const cpumask_t *m)
{
	unsigned long set = *(const volatile unsigned long *)m->bits;

	return set != 0 ? (unsigned int)__builtin_ctzl(set) : NR_CPUS;
}
static inline unsigned int cpumask_next(unsigned int cpu, const cpumask_t *m)
{
	unsigned long set = *(const volatile unsigned long *)m->bits;

	if (cpu >= NR_CPUS - 1) {
		return NR_CPUS;
	}
	set &= ~1ul << cpu;
	return set != 0 ? (unsigned int)__builtin_ctzl(set) : NR_CPUS;
}
static inline unsigned int cpumask_cycle(unsigned int cpu, const cpumask_t *m)
{
	unsigned int next = cpumask_next(cpu, m);

	return next < NR_CPUS ? next : cpumask_first(m);
}
static inline cpumask_t cpumask_of_cpu(unsigned int cpu)
{
	cpumask_t m = { { 0 } };

	__set_bit(cpu, m.bits);
	return m;
}
#define for_each_cpu(cpu, m) \
	for ((cpu) = cpumask_first(m); (cpu) < NR_CPUS; (cpu) = cpumask_next((cpu), (m)))
#define for_each_online_cpu(cpu) for_each_cpu((cpu), &cpu_online_map)
#define num_online_cpus()        cpumask_weight(&cpu_online_map)
#define cpu_online(cpu)          cpumask_test_cpu((cpu), &cpu_online_map)

#endif
