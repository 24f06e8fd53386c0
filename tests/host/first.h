/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put in front of the test programs' own files: the C library's headers before the hypervisor's,
 * and the few names on which the two disagree.
 */
#ifndef TESTS_HOST_FIRST_H
#define TESTS_HOST_FIRST_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define strtoull hv_strtoull
#define strtoll  hv_strtoll
#define sort     hv_sort
#define panic    hv_panic

#endif
