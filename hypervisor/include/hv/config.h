/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Included in front of every file by the Makefile: build configuration, and the base types that the ABI's headers expect. */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#if !defined(CONFIG_DEBUG) && !defined(NDEBUG)
#define NDEBUG
#endif
#ifndef __ASSEMBLY__
#include <hv/types.h>
#endif

#endif
