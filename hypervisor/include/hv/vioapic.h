/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: hvm */
/* Virtual I/O APICs: dom0 has a copy of each physical one, whose pins are bound to physical GSIs when dom0 unmasks them. */
#ifndef HV_VIOAPIC_H
#define HV_VIOAPIC_H

#include <hv/types.h>
#include <hv/addr.h>
#include <hv/compiler.h>

struct domain;
struct vcpu;

#define VIOAPIC_NUM_PINS_DOMU 48

/* Build dom0's from the physical ones, or a 48-pin one for an HVM guest. */
int __must_check vioapic_init(struct domain *d);
void vioapic_destroy(struct domain *d);
/* Line level or an edge of a GSI. Any context. */
void vioapic_set_gsi(struct domain *d, unsigned int gsi, bool level_high);
void vioapic_pulse_gsi(struct domain *d, unsigned int gsi);
/* EOI broadcast of a level vector from a vLAPIC. */
void vioapic_eoi(struct domain *d, uint8_t vector);
bool vioapic_mmio_in_range(struct domain *d, gpa_t gpa);

#endif
