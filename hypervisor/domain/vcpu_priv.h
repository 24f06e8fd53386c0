/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vCPU's virtual timers, which vcpu_op.c owns. */
#ifndef DOMAIN_VCPU_PRIV_H
#define DOMAIN_VCPU_PRIV_H

#include <hv/domain.h>

void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_kill(struct vcpu *v);
/*
 * Run fn on a sibling of current (or current itself) while it does not run. -ERESTART: another vCPU
 * of the domain is doing the same, the hypercall must be executed again.
 */
long vcpu_run_paused(struct vcpu *v, long (*fn)(struct vcpu *v, void *arg), void *arg);
/* VCPUOP_initialise with the context at guest address arg (vcpu_context.c). */
long vcpu_op_initialise(struct vcpu *v, uint64_t arg);

#endif
