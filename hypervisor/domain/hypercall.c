/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a hypercall number to its handler, by the table in hv/hypercall.h; multicalls; and
 * continuations, by which a long operation returns to the guest with its arguments rewritten so
 * that executing the same instruction again goes on with it.
 * Locking: none; everything here belongs to the vCPU that calls.
 */
#include <hv/hypercall.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/evtchn.h>
#include <hv/grant.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/percpu.h>
#include <hv/pirq.h>
#include <hv/sched.h>
#include <hv/string.h>

#define NR_HYPERCALLS 64u

/* The layouts of 32-bit callers. */
struct compat_multicall_entry {
	uint32_t op;
	uint32_t result;
	uint32_t args[6];
};

static DEFINE_PER_CPU(uint64_t[NR_HYPERCALLS], hypercall_counts);

#define ARGS_1(a)   (a)[0]
#define ARGS_2(a)   (a)[0], (a)[1]
#define ARGS_3(a)   (a)[0], (a)[1], (a)[2]
#define ARGS_(n, a) ARGS_##n(a)

/* Handlers that take narrower arguments get the low bits, as from the register. */
#define HCALL_WRAPPER(name, number, nargs)          \
	static long hcall_##name(const uint64_t *a) \
	{                                           \
		return do_##name(ARGS_(nargs, a));  \
	}
HYPERCALL_TABLE(HCALL_WRAPPER)

#define HCALL_ROW(name, number, nargs) [number] = hcall_##name,
static long (*const hypercall_table[NR_HYPERCALLS])(
	const uint64_t *args) = { HYPERCALL_TABLE(HCALL_ROW) };

long hypercall_dispatch(struct vcpu *v, unsigned int nr, const uint64_t args[5])
{
	long (*fn)(const uint64_t *args);
	uint64_t narrow[5];

	if (unlikely(nr >= NR_HYPERCALLS)) {
		return -ENOSYS;
	}
	nr = array_index_nospec(nr, NR_HYPERCALLS);
	fn = hypercall_table[nr];
	if (unlikely(fn == NULL)) {
		return -ENOSYS;
	}
	this_cpu(hypercall_counts)[nr]++;
	if (unlikely(v->hcall_compat)) {
		for (unsigned int i = 0; i < ARRAY_SIZE(narrow); i++) {
			narrow[i] = (uint32_t)args[i];
		}
		args = narrow;
	}
	return fn(args);
}

uint64_t hypercall_count(unsigned int nr)
{
	uint64_t sum = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		sum += per_cpu(hypercall_counts, cpu)[array_index_nospec(nr, NR_HYPERCALLS)];
	}
	return sum;
}

long hypercall_continuation(unsigned int nr, unsigned int nargs, const uint64_t *args)
{
	struct vcpu *v = current;
	struct cpu_regs *r = &v->hvm.regs;
	uint64_t *const regs64[5] = { &r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8 };
	uint64_t *const regs32[5] = { &r->rbx, &r->rcx, &r->rdx, &r->rsi, &r->rdi };

	v->hcall_preempted = true;
	if (v->mc_entry != NULL) {
		for (unsigned int i = 0; i < nargs; i++) {
			v->mc_entry->args[i] = args[i];
		}
		return -ERESTART;
	}
	r->rax = nr;
	for (unsigned int i = 0; i < nargs && i < 5; i++) {
		if (v->hcall_compat) {
			*regs32[i] = (uint32_t)args[i];
		} else {
			*regs64[i] = args[i];
		}
	}
	return -ERESTART;
}

static int fetch_entry(const struct vcpu *v, uint64_t gva, struct multicall_entry *e)
{
	struct compat_multicall_entry c;

	if (!v->hcall_compat) {
		return copy_struct_from_guest(e, gva);
	}
	if (copy_struct_from_guest(&c, gva) != 0) {
		return -EFAULT;
	}
	memset(e, 0, sizeof(*e));
	e->op = c.op;
	for (unsigned int i = 0; i < ARRAY_SIZE(c.args); i++) {
		e->args[i] = c.args[i];
	}
	return 0;
}

static int store_result(const struct vcpu *v, uint64_t gva, const struct multicall_entry *e)
{
	if (!v->hcall_compat) {
		return copy_to_guest(gva + offsetof(struct multicall_entry, result), &e->result,
			sizeof(e->result));
	}
	return copy_to_guest(gva + offsetof(struct compat_multicall_entry, result),
		&(uint32_t){ (uint32_t)e->result }, sizeof(uint32_t));
}

/* A preempted entry goes back with the arguments to go on with. */
static int store_args(const struct vcpu *v, uint64_t gva, const struct multicall_entry *e)
{
	uint32_t narrow[6];

	if (!v->hcall_compat) {
		return copy_to_guest(
			gva + offsetof(struct multicall_entry, args), e->args, sizeof(e->args));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(narrow); i++) {
		narrow[i] = (uint32_t)e->args[i];
	}
	return copy_to_guest(
		gva + offsetof(struct compat_multicall_entry, args), narrow, sizeof(narrow));
}

long do_multicall(uint64_t list, uint64_t nr)
{
	struct vcpu *v = current;
	const uint64_t step = v->hcall_compat ? sizeof(struct compat_multicall_entry) :
						sizeof(struct multicall_entry);
	struct multicall_entry entry;

	if (v->mc_entry != NULL) {
		return -EINVAL;
	}
	nr = (uint32_t)nr;
	for (uint64_t i = 0; i < nr; i++) {
		uint64_t gva = list + i * step;
		bool preempted;

		if (i != 0 && hypercall_preempt_check()) {
			return hypercall_continuation(
				__HYPERVISOR_multicall, 2, (const uint64_t[]){ gva, nr - i });
		}
		if (fetch_entry(v, gva, &entry) != 0) {
			return -EFAULT;
		}
		v->mc_entry = &entry;
		entry.result = (unsigned long)hypercall_dispatch(v,
			entry.op < NR_HYPERCALLS ? (unsigned int)entry.op : NR_HYPERCALLS,
			(const uint64_t *)entry.args);
		v->mc_entry = NULL;
		preempted = v->hcall_preempted;
		v->hcall_preempted = false;
		if (preempted) {
			if (store_args(v, gva, &entry) != 0) {
				return -EFAULT;
			}
			return hypercall_continuation(
				__HYPERVISOR_multicall, 2, (const uint64_t[]){ gva, nr - i });
		}
		if (store_result(v, gva, &entry) != 0) {
			return -EFAULT;
		}
	}
	return 0;
}
