/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Base types. Fixed-width types are for hardware and ABI only; domid_t comes from <xen/xen.h>. */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t ssize_t;

#endif
