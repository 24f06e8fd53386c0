/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MMIO dispatch for the emulator. */
#ifndef HVM_IO_PRIV_H
#define HVM_IO_PRIV_H

#include <hv/hvm.h>

/* One access of 1, 2, 4 or 8 bytes inside a page. Unclaimed: all-ones, dropped. */
uint64_t hvm_mmio_read(struct vcpu *v, gpa_t gpa, unsigned int bytes);
void hvm_mmio_write(struct vcpu *v, gpa_t gpa, unsigned int bytes, uint64_t val);

#endif
