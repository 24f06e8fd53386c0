/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between vlapic.c (registers, messages) and vlapic_timer.c. Nobody else includes this. */
#ifndef HVM_VLAPIC_PRIV_H
#define HVM_VLAPIC_PRIV_H

#include <hv/domain.h>
#include <hv/vlapic.h>

/* Indexes of vlapic.lvt[]. */
enum { LVT_CMCI, LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_NR };

/* The emulated bus clock: 100 MHz. */
#define VLAPIC_BUS_CYCLE_NS 10

static inline struct vlapic *vlapic_of(struct vcpu *v)
{
	return &v->hvm.vlapic;
}

void vlapic_timer_init(struct vcpu *v);
void vlapic_timer_fini(struct vcpu *v);
/* Initial count written: (re)start or stop. */
void vlapic_timer_set_count(struct vcpu *v, uint32_t count);
uint32_t vlapic_timer_current_count(struct vcpu *v);
/* LVT timer register written; old is its former value, lvt[] has the new one. */
void vlapic_timer_lvt_written(struct vcpu *v, uint32_t old);
void vlapic_timer_set_divide(struct vcpu *v, uint32_t tdcr);
void vlapic_timer_set_deadline(struct vcpu *v, uint64_t guest_tsc);
void vlapic_timer_cancel(struct vcpu *v);

#endif
