/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies between the hypervisor and guest memory: translate, open a window on the page, copy, close the window. While the p2m lock is held for reading no frame
 * can go away, so no reference is taken. Copies of 4 and 8 bytes are single accesses. Every exported function is out of line and ends in a compiler barrier: what
 * the caller has copied cannot be derived from guest memory a second time.
 * Context: interrupts on, no p2m lock held (the lock is not recursive).
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/string.h>
#include <asm/cr.h>

#include "p2m_priv.h"

enum copy_op { COPY_FROM, COPY_TO, COPY_CLEAR };

/* Copy within one page; p points into a window. */
static inline void copy_piece(enum copy_op op, void *p, void *buf, size_t n)
{
	switch (op) {
	case COPY_FROM:
		if (n == 4 && IS_ALIGNED((uintptr_t)p, 4)) {
			uint32_t x = READ_ONCE(*(uint32_t *)p);

			__builtin_memcpy(buf, &x, 4);
		} else if (n == 8 && IS_ALIGNED((uintptr_t)p, 8)) {
			uint64_t x = READ_ONCE(*(uint64_t *)p);

			__builtin_memcpy(buf, &x, 8);
		} else {
			memcpy(buf, p, n);
		}
		break;
	case COPY_TO:
		if (n == 4 && IS_ALIGNED((uintptr_t)p, 4)) {
			uint32_t x;

			__builtin_memcpy(&x, buf, 4);
			WRITE_ONCE(*(uint32_t *)p, x);
		} else if (n == 8 && IS_ALIGNED((uintptr_t)p, 8)) {
			uint64_t x;

			__builtin_memcpy(&x, buf, 8);
			WRITE_ONCE(*(uint64_t *)p, x);
		} else {
			memcpy(p, buf, n);
		}
		break;
	case COPY_CLEAR:
		memset(p, 0, n);
		break;
	}
}

/* One piece (inside a page) at a guest-physical address, through the open window win; p2m lock held. 0 or -ENXIO. */
static inline int copy_gpa_piece(
	const struct p2m_domain *p, enum copy_op op, char *win, gpa_t gpa, void *buf, size_t n)
{
	uint64_t mfn;
	p2m_type_t t;

	if (unlikely(!p2m_lookup_locked(p, gpa >> PAGE_SHIFT, &mfn, &t)) ||
		unlikely(!p2m_is_any_ram(t)) || unlikely(op != COPY_FROM && p2m_is_readonly(t))) {
		return -ENXIO;
	}
	window_repoint(win, _mfn(mfn));
	copy_piece(op, win + PAGE_OFFSET(gpa), buf, n);
	return 0;
}

static inline int copy_linear(struct vcpu *v, const struct walk_state *ws, enum copy_op op,
	uint64_t gva, char *buf, size_t len, unsigned int flags, uint32_t *pf_error,
	uint64_t *fault_gva)
{
	struct p2m_domain *p = &v->domain->p2m;
	char *win;
	int rc = 0;

	read_lock(&p->lock);
	/* One window for the tables of all walks and for the data; it opens on a page of ours. */
	win = map_domain_page(p->root);
	while (len != 0) {
		size_t n = MIN(len, PAGE_SIZE - PAGE_OFFSET(gva));
		gpa_t gpa;

		rc = guest_walk_locked(v, ws, win, gva, flags, &gpa, pf_error);
		if (likely(rc == 0)) {
			rc = copy_gpa_piece(p, op, win, gpa, buf, n);
		}
		if (unlikely(rc != 0)) {
			if (fault_gva != NULL) {
				*fault_gva = gva;
			}
			break;
		}
		gva += n;
		if (op != COPY_CLEAR) {
			buf += n;
		}
		len -= n;
	}
	unmap_domain_page(win);
	read_unlock(&p->lock);
	return rc;
}

/* Hypercall buffers: the kernel's rights, whoever the page belongs to (privcmd hands over user buffers). */
static inline int copy_hypercall(enum copy_op op, uint64_t gva, void *buf, size_t len)
{
	struct vcpu *v = current;
	struct walk_state ws;
	int rc;

	hvm_ops->get_walk_state(v, &ws);
	ws.cr4 &= ~(X86_CR4_SMAP | X86_CR4_PKE);
	rc = copy_linear(v, &ws, op, gva, buf, len,
		WALK_IMPLICIT | (op == COPY_FROM ? 0 : WALK_WRITE), NULL, NULL);
	barrier();
	return likely(rc == 0) ? 0 : -EFAULT;
}

int noinline copy_from_guest(void *dst, uint64_t gva, size_t len)
{
	return copy_hypercall(COPY_FROM, gva, dst, len);
}

int noinline copy_to_guest(uint64_t gva, const void *src, size_t len)
{
	return copy_hypercall(COPY_TO, gva, (void *)(uintptr_t)src, len);
}

int noinline clear_guest(uint64_t gva, size_t len)
{
	return copy_hypercall(COPY_CLEAR, gva, NULL, len);
}

static int copy_gpa(struct domain *d, enum copy_op op, gpa_t gpa, char *buf, size_t len)
{
	struct p2m_domain *p = &d->p2m;
	char *win;
	int rc = 0;

	read_lock(&p->lock);
	win = map_domain_page(p->root);
	while (len != 0 && rc == 0) {
		size_t n = MIN(len, PAGE_SIZE - PAGE_OFFSET(gpa));

		rc = copy_gpa_piece(p, op, win, gpa, buf, n);
		gpa += n;
		buf += n;
		len -= n;
	}
	unmap_domain_page(win);
	read_unlock(&p->lock);
	barrier();
	return rc == 0 ? 0 : -EFAULT;
}

int noinline copy_from_gpa(struct domain *d, void *dst, gpa_t gpa, size_t len)
{
	return copy_gpa(d, COPY_FROM, gpa, dst, len);
}

int noinline copy_to_gpa(struct domain *d, gpa_t gpa, const void *src, size_t len)
{
	return copy_gpa(d, COPY_TO, gpa, (void *)(uintptr_t)src, len);
}

int noinline guest_read_linear(struct vcpu *v, uint64_t gva, void *dst, size_t len,
	unsigned int flags, uint32_t *pf_error, uint64_t *fault_gva)
{
	struct walk_state ws;
	int rc;

	hvm_ops->get_walk_state(v, &ws);
	rc = copy_linear(
		v, &ws, COPY_FROM, gva, dst, len, flags & ~WALK_WRITE, pf_error, fault_gva);
	barrier();
	return rc;
}

int noinline guest_write_linear(struct vcpu *v, uint64_t gva, const void *src, size_t len,
	unsigned int flags, uint32_t *pf_error, uint64_t *fault_gva)
{
	struct walk_state ws;
	int rc;

	hvm_ops->get_walk_state(v, &ws);
	rc = copy_linear(v, &ws, COPY_TO, gva, (char *)(uintptr_t)src, len, flags | WALK_WRITE,
		pf_error, fault_gva);
	barrier();
	return rc;
}

unsigned int noinline guest_fetch_insn(
	struct vcpu *v, uint64_t linear_rip, uint8_t *buf, unsigned int max)
{
	struct walk_state ws;
	unsigned int got = 0;

	hvm_ops->get_walk_state(v, &ws);
	max = MIN(max, 15u);
	while (got < max) {
		uint64_t gva = linear_rip + got;
		unsigned int n =
			(unsigned int)MIN((uint64_t)(max - got), PAGE_SIZE - PAGE_OFFSET(gva));

		if (copy_linear(v, &ws, COPY_FROM, gva, (char *)buf + got, n, WALK_EXEC, NULL,
			    NULL) != 0) {
			break;
		}
		got += n;
	}
	barrier();
	return got;
}
