/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between vlapic.c (registers), vlapic_msg.c (messages) and vlapic_timer.c. Nobody else includes this. */
#ifndef HVM_VLAPIC_PRIV_H
#define HVM_VLAPIC_PRIV_H

#include <hv/atomic.h>
#include <hv/bitmap.h>
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

#define ESR_SEND_VECTOR 0x20u
#define ESR_RECV_VECTOR 0x40u
#define ESR_REGISTER    0x80u

/* Any context. The caller kicks. */
static inline void vlapic_set_irr(struct vlapic *a, uint8_t vector, bool level)
{
	if (unlikely(level)) {
		set_bit(vector, a->tmr);
	} else if (unlikely(test_bit(vector, a->tmr))) {
		clear_bit(vector, a->tmr);
	}
	set_bit(vector, a->irr);
	WRITE_ONCE(a->irr_maybe, true);
}

/* Record an error of v's own APIC, raise the LVT's interrupt. */
void vlapic_error_record(struct vcpu *v, uint32_t bit);
/* v's ICR was written: send. dest: as the register holds it. */
void vlapic_icr_send(struct vcpu *v, uint32_t lo, uint32_t dest);

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
