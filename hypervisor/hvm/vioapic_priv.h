/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the I/O APIC, MMIO dispatch and the event upcall. */
#ifndef HVM_VIOAPIC_PRIV_H
#define HVM_VIOAPIC_PRIV_H

#include <hv/addr.h>
#include <hv/types.h>

struct domain;

/* 32-bit register accesses; gpa is in an I/O APIC's page (checked again). */
uint32_t vioapic_mmio_read(struct domain *d, gpa_t gpa);
void vioapic_mmio_write(struct domain *d, gpa_t gpa, uint32_t val);

/* callback.c: is gsi the line that tells of events, and is it up? */
bool hvm_callback_uses_gsi(const struct domain *d, unsigned int gsi);
bool hvm_callback_gsi_level(const struct domain *d);

#endif
