/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies between the hypervisor and guest memory: translate, open a window on the page, copy, close
 * the window. While the p2m lock is held for reading no frame can go away, so no reference is
 * taken. Copies of 4 and 8 bytes are single accesses. Every exported function is out of line and
 * ends in a compiler barrier: what the caller has copied cannot be derived from guest memory a
 * second time. Context: interrupts on, no p2m lock held (the lock is not recursive).
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/string.h>
#include <asm/cr.h>

#include "guest_walk_priv.h"

enum copy_op { COPY_FROM, COPY_TO, COPY_CLEAR };

typedef uint64_t __attribute__((aligned(1), may_alias)) any_u64;
typedef uint32_t __attribute__((aligned(1), may_alias)) any_u32;

/* Copy within one page; p points into a window. */
static __always_inline void copy_piece(enum copy_op op, void *p, void *buf, size_t n)
{
	void *to = op == COPY_FROM ? buf : p;
	const void *from = op == COPY_FROM ? p : buf;

	if (op == COPY_CLEAR) {
		memset(p, 0, n);
	} else if (n == 8) {
		WRITE_ONCE(*(any_u64 *)to, READ_ONCE(*(const any_u64 *)from));
	} else if (n == 4) {
		WRITE_ONCE(*(any_u32 *)to, READ_ONCE(*(const any_u32 *)from));
	} else if (n == 16) {
		uint64_t a = READ_ONCE(((const any_u64 *)from)[0]);
		uint64_t b = READ_ONCE(((const any_u64 *)from)[1]);

		WRITE_ONCE(((any_u64 *)to)[0], a);
		WRITE_ONCE(((any_u64 *)to)[1], b);
	} else {
		(memcpy)(to, from, n);
	}
}

/* One piece (inside a page) at a guest-physical address. 0 or -ENXIO. */
static __always_inline int copy_gpa_piece(
	struct p2m_view *view, enum copy_op op, gpa_t gpa, void *buf, size_t n)
{
	maddr_t maddr;
	uint64_t e = p2m_view_find(view, gpa, &maddr);

	if (unlikely(e == 0) || unlikely(op != COPY_FROM && p2m_leaf_is_readonly(e))) {
		return -ENXIO;
	}
	guest_window_show(&view->win, maddr);
	copy_piece(op, view->win.va + PAGE_OFFSET(gpa), buf, n);
	return 0;
}

static inline int copy_linear(struct vcpu *v, const struct walk_state *ws, enum copy_op op,
	uint64_t gva, char *buf, size_t len, unsigned int flags, uint32_t *pf_error,
	uint64_t *fault_gva)
{
	struct p2m_domain *p = &v->domain->p2m;
	struct p2m_view view;
	bool missed;
	int rc = 0;

again:
	read_lock(&p->lock);
	p2m_view_open(&view, p);
	while (len != 0) {
		size_t n = MIN(len, PAGE_SIZE - PAGE_OFFSET(gva));
		gpa_t gpa;

		rc = guest_walk_view(&view, ws, gva, flags, &gpa, pf_error);
		if (likely(rc == 0)) {
			rc = copy_gpa_piece(&view, op, gpa, buf, n);
		}
		if (unlikely(rc != 0)) {
			if (fault_gva != NULL) {
				*fault_gva = gva;
			}
			break;
		}
		gva += n;
		buf += n;
		len -= n;
	}
	missed = unlikely(rc != 0) && p2m_view_missed_pod(&view);
	p2m_view_close(&view);
	read_unlock(&p->lock);
	if (unlikely(missed) && p2m_pod_fill(v->domain, gpa_to_gfn(view.missed))) {
		goto again;
	}
	return rc;
}

/*
 * Hypercall buffers: the kernel's rights, whoever the page belongs to (privcmd hands over user
 * buffers), so only W matters, and CR0.WP.
 */
static __always_inline int copy_hypercall(enum copy_op op, uint64_t gva, char *buf, size_t len)
{
	const uint64_t want = op == COPY_FROM ? GPT_A : GPT_A | GPT_D;
	struct vcpu *v = current;
	struct p2m_domain *p = &v->domain->p2m;
	struct p2m_view view;
	struct walk_state ws;
	uint64_t rsvd;
	bool is_long, missed;
	int rc = 0;

	hvm_ops->get_walk_state(v, &ws);
	rsvd = guest_pte_rsvd(&ws);
	is_long = (ws.efer & EFER_LMA) != 0 && (ws.cr4 & X86_CR4_LA57) == 0;
again:
	read_lock(&p->lock);
	p2m_view_open(&view, p);
	while (len != 0) {
		size_t n = MIN(len, PAGE_SIZE - PAGE_OFFSET(gva));
		uint64_t rights, leaf;
		gpa_t gpa;

		if (unlikely(!is_long) || unlikely(!guest_gva_is_canonical(gva, 48)) ||
			unlikely(!guest_walk_fast(
				&view, ws.cr3, rsvd, gva, want, &gpa, &rights, &leaf)) ||
			unlikely(op != COPY_FROM && (rights & GPT_W) == 0)) {
			ws.cr4 &= ~(X86_CR4_SMAP | X86_CR4_PKE);
			rc = guest_walk_view(&view, &ws, gva,
				WALK_IMPLICIT | (op == COPY_FROM ? 0 : WALK_WRITE), &gpa, NULL);
		}
		if (likely(rc == 0)) {
			rc = copy_gpa_piece(&view, op, gpa, buf, n);
		}
		if (unlikely(rc != 0)) {
			break;
		}
		gva += n;
		buf += op == COPY_CLEAR ? 0 : n;
		len -= n;
	}
	missed = unlikely(rc != 0) && p2m_view_missed_pod(&view);
	p2m_view_close(&view);
	read_unlock(&p->lock);
	if (unlikely(missed) && p2m_pod_fill(v->domain, gpa_to_gfn(view.missed))) {
		rc = 0;
		goto again;
	}
	barrier();
	return likely(rc == 0) ? 0 : -EFAULT;
}

int noinline copy_from_guest(void *dst, uint64_t gva, size_t len)
{
	return copy_hypercall(COPY_FROM, gva, dst, len);
}

int noinline copy_to_guest(uint64_t gva, const void *src, size_t len)
{
	return copy_hypercall(COPY_TO, gva, (char *)(uintptr_t)src, len);
}

int noinline clear_guest(uint64_t gva, size_t len)
{
	return copy_hypercall(COPY_CLEAR, gva, NULL, len);
}

static int copy_gpa(struct domain *d, enum copy_op op, gpa_t gpa, char *buf, size_t len)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_view view;
	bool missed;
	int rc;

	do {
		rc = 0;
		read_lock(&p->lock);
		p2m_view_open(&view, p);
		while (len != 0) {
			size_t n = MIN(len, PAGE_SIZE - PAGE_OFFSET(gpa));

			rc = copy_gpa_piece(&view, op, gpa, buf, n);
			if (rc != 0) {
				break;
			}
			gpa += n;
			buf += n;
			len -= n;
		}
		missed = rc != 0 && p2m_view_missed_pod(&view);
		p2m_view_close(&view);
		read_unlock(&p->lock);
	} while (unlikely(missed) && p2m_pod_fill(d, gpa_to_gfn(view.missed)));
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
