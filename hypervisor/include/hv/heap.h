/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: mm */
/* Small objects: size classes up to half a page, whole pages above. 16-byte aligned (64 for sizes of 64 and more that are powers of two). Any context but NMI. */
#ifndef HV_HEAP_H
#define HV_HEAP_H

#include <hv/compiler.h>
#include <hv/overflow.h>
#include <hv/types.h>

/* NULL: no memory. */
void *xmalloc_bytes(size_t size) __attribute__((malloc));
void *xzalloc_bytes(size_t size) __attribute__((malloc));
/* NULL on overflow too. */
void *xzalloc_array_bytes(size_t n, size_t size);
void *xmalloc_array_bytes(size_t n, size_t size);
/* Accepts NULL. */
void xfree(void *p);
#define xmalloc(type)          ((type *)xmalloc_bytes(sizeof(type)))
#define xzalloc(type)          ((type *)xzalloc_bytes(sizeof(type)))
#define xmalloc_array(type, n) ((type *)xmalloc_array_bytes((n), sizeof(type)))
#define xzalloc_array(type, n) ((type *)xzalloc_array_bytes((n), sizeof(type)))
#define XFREE(p)            \
	do {                \
		xfree(p);   \
		(p) = NULL; \
	} while (0)
char *xstrdup(const char *s);
/* Bytes in use, for leak tests. */
size_t heap_bytes_used(void);

#endif
