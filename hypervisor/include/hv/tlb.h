/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Flushing the hypervisor's own translations. Guests' are the business of p2m/ and the vendor code. */
#ifndef HV_TLB_H
#define HV_TLB_H

#include <hv/percpu.h>

void flush_tlb_local(void); /* this CPU, global entries too */
void flush_tlb_one_local(unsigned long va);
/* Wait for all CPUs of mask; interrupts on (or a single CPU online). */
void flush_tlb_mask(const cpumask_t *mask);
void flush_tlb_all(void);

#endif
