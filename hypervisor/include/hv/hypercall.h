/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/*
 * The hypercall table: one row a call (number, handler, argument count). Handlers take the low bits
 * of the registers, as wide as the ABI declares its arguments, and check privilege themselves
 * (hv/priv.h).
 */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/types.h>
#include <xen/xen.h>

struct vcpu;

/* X(name, number, nargs) */
#define HYPERCALL_TABLE(X)                                    \
	X(platform_op, __HYPERVISOR_platform_op, 1)           \
	X(memory_op, __HYPERVISOR_memory_op, 2)               \
	X(multicall, __HYPERVISOR_multicall, 2)               \
	X(set_timer_op, __HYPERVISOR_set_timer_op, 1)         \
	X(xen_version, __HYPERVISOR_xen_version, 2)           \
	X(console_io, __HYPERVISOR_console_io, 3)             \
	X(grant_table_op, __HYPERVISOR_grant_table_op, 3)     \
	X(vm_assist, __HYPERVISOR_vm_assist, 2)               \
	X(vcpu_op, __HYPERVISOR_vcpu_op, 3)                   \
	X(sched_op, __HYPERVISOR_sched_op, 2)                 \
	X(event_channel_op, __HYPERVISOR_event_channel_op, 2) \
	X(physdev_op, __HYPERVISOR_physdev_op, 2)             \
	X(hvm_op, __HYPERVISOR_hvm_op, 2)                     \
	X(sysctl, __HYPERVISOR_sysctl, 1)                     \
	X(domctl, __HYPERVISOR_domctl, 1)                     \
	X(dm_op, __HYPERVISOR_dm_op, 3)

/*
 * Dispatch nr for current. Unknown: -ENOSYS. A handler that needs more time returns
 * hypercall_continuation(...) after rewriting its arguments: the caller then does not advance RIP
 * (v->hcall_preempted). Inside a multicall the entry is rewritten instead.
 */
long hypercall_dispatch(struct vcpu *v, unsigned int nr, const uint64_t args[5]);
/*
 * Ask for re-execution with new arguments (as many as nargs). Returns the value the handler must
 * return. 64- and 32-bit callers.
 */
long hypercall_continuation(unsigned int nr, unsigned int nargs, const uint64_t *args);

long do_memory_op(uint64_t cmd, uint64_t arg);
long do_multicall(uint64_t list, uint64_t nr);
long do_set_timer_op(uint64_t timeout);
long do_xen_version(int cmd, uint64_t arg);
long do_console_io(unsigned int cmd, unsigned int count, uint64_t buffer);
long do_vm_assist(unsigned int cmd, unsigned int type);
long do_vcpu_op(int cmd, unsigned int vcpuid, uint64_t arg);
long do_sched_op(int cmd, uint64_t arg);
long do_hvm_op(uint64_t op, uint64_t arg);
long do_sysctl(uint64_t u_sysctl);
long do_domctl(uint64_t u_domctl);
long do_platform_op(uint64_t u_op);
long do_dm_op(domid_t domid, unsigned int nr_bufs, uint64_t bufs);

/*
 * hcall_abi.c: the exit handler is hvm_handle_hypercall() in hv/hvm.h; fills the page
 * behind the hypercall MSR.
 */
int hypercall_page_init(struct vcpu *v, uint64_t gpa);

/* Number of calls so far, all CPUs (debug keys, bench). */
uint64_t hypercall_count(unsigned int nr);

#endif
