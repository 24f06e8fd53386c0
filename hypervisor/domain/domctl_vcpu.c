/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl on virtual CPUs: creation, placement, state, registers, non-maskable interrupt; and the copies of the ABI's bitmaps. Registers are
 * read and written while the vCPU is paused. Runs under the domctl lock.
 */
#include "domctl_priv.h"

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/nospec.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/string.h>

_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "ABI");
_Static_assert(sizeof(struct xen_domctl_vcpuaffinity) == 40, "ABI");

/* Nobody has bitmaps larger than this; more would only make us clear memory. */
#define XENCTL_BITMAP_MAX_BITS 65536u

int xenctl_bitmap_read(unsigned long *out, unsigned int nbits, const struct xenctl_bitmap *in)
{
	unsigned int bits = min(nbits, in->nr_bits);

	memset(out, 0, BITS_TO_LONGS(nbits) * sizeof(*out));
	if (bits == 0) {
		return 0;
	}
	if (copy_from_guest(out, handle_gva(in->bitmap), (bits + 7) / 8) != 0) {
		return -EFAULT;
	}
	if (bits % BITS_PER_LONG != 0) {
		out[bits / BITS_PER_LONG] &= (1ul << (bits % BITS_PER_LONG)) - 1;
	}
	return 0;
}

int xenctl_bitmap_write(
	const struct xenctl_bitmap *out, const unsigned long *in, unsigned int nbits)
{
	unsigned int bits = min(nbits, out->nr_bits), bytes = (bits + 7) / 8, room;
	uint8_t last;

	if (out->nr_bits > XENCTL_BITMAP_MAX_BITS) {
		return -EINVAL;
	}
	room = (out->nr_bits + 7) / 8;
	if (bytes != 0) {
		last = ((const uint8_t *)in)[bytes - 1];
		if (bits % 8 != 0) {
			last &= (uint8_t)((1u << (bits % 8)) - 1);
		}
		if (copy_to_guest(handle_gva(out->bitmap), in, bytes - 1) != 0 ||
			copy_to_guest(handle_gva(out->bitmap) + bytes - 1, &last, 1) != 0) {
			return -EFAULT;
		}
	}
	return room > bytes ? clear_guest(handle_gva(out->bitmap) + bytes, room - bytes) : 0;
}

int domctl_vcpu(struct domain *d, uint32_t id, struct vcpu **out)
{
	if (id >= d->max_vcpus) {
		return -EINVAL;
	}
	*out = d->vcpu[array_index_nospec(id, d->max_vcpus)];
	return *out != NULL ? 0 : -ESRCH;
}

long domctl_max_vcpus(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	(void)copyback;
	if (d == current->domain || op->u.max_vcpus.max != d->max_vcpus) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		if (d->vcpu[i] != NULL) {
			continue;
		}
		if (d->is_dying != DOMDYING_alive) {
			return -EINVAL;
		}
		if (vcpu_create(d, i) == NULL) {
			return -ENOMEM;
		}
		if (i + 1 < d->max_vcpus && hypercall_preempt_check()) {
			return -ERESTART;
		}
	}
	return 0;
}

static int get_affinity(struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	int rc = 0;

	if ((a->flags & XEN_VCPUAFFINITY_HARD) != 0) {
		rc = xenctl_bitmap_write(&a->cpumap_hard, v->sched.hard_affinity.bits, nr_cpu_ids);
	}
	if (rc == 0 && (a->flags & XEN_VCPUAFFINITY_SOFT) != 0) {
		rc = xenctl_bitmap_write(&a->cpumap_soft, v->sched.soft_affinity.bits, nr_cpu_ids);
	}
	return rc;
}

/* Both maps are in and out: what comes back is what takes effect (intersection with the online CPUs; soft also with hard). */
static int set_affinity(struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	cpumask_t old_hard = v->sched.hard_affinity, mask;
	bool hard = (a->flags & XEN_VCPUAFFINITY_HARD) != 0;
	int rc = 0;

	if (hard) {
		cpumask_zero(&mask);
		rc = xenctl_bitmap_read(mask.bits, nr_cpu_ids, &a->cpumap_hard);
		if (rc == 0) {
			rc = vcpu_set_hard_affinity(v, &mask);
		}
		if (rc != 0) {
			return rc;
		}
		cpumask_and(&mask, &v->sched.hard_affinity, &cpu_online_map);
		rc = xenctl_bitmap_write(&a->cpumap_hard, mask.bits, nr_cpu_ids);
	}
	if (rc == 0 && (a->flags & XEN_VCPUAFFINITY_SOFT) != 0) {
		cpumask_zero(&mask);
		rc = xenctl_bitmap_read(mask.bits, nr_cpu_ids, &a->cpumap_soft);
		if (rc == 0) {
			rc = vcpu_set_soft_affinity(v, &mask);
		}
		if (rc != 0) {
			/* All or nothing. */
			return hard && vcpu_set_hard_affinity(v, &old_hard) != 0 ? -EIO : rc;
		}
		cpumask_and(&mask, &v->sched.soft_affinity, &cpu_online_map);
		cpumask_and(&mask, &mask, &v->sched.hard_affinity);
		rc = xenctl_bitmap_write(&a->cpumap_soft, mask.bits, nr_cpu_ids);
	}
	return rc;
}

long domctl_vcpuaffinity(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	const uint32_t known =
		XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | XEN_VCPUAFFINITY_FORCE;
	struct vcpu *v;
	int rc;

	(void)copyback;
	if ((a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)) == 0 ||
		(a->flags & ~known) != 0) {
		return -EINVAL;
	}
	rc = domctl_vcpu(d, a->vcpu, &v);
	if (rc != 0) {
		return rc;
	}
	return op->cmd == XEN_DOMCTL_setvcpuaffinity ? set_affinity(v, a) : get_affinity(v, a);
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	uint32_t id = op->u.getvcpuinfo.vcpu;
	struct vcpu *v;
	int rc = domctl_vcpu(d, id, &v);

	if (rc != 0) {
		return rc;
	}
	memset(&op->u, 0, sizeof(op->u));
	op->u.getvcpuinfo = (struct xen_domctl_getvcpuinfo){
		.vcpu = id,
		.online = !test_bit(VPF_DOWN, &v->pause_flags),
		.blocked = test_bit(VPF_BLOCKED, &v->pause_flags),
		.running = v->is_running,
		.cpu_time = vcpu_cpu_time_ns(v),
		.cpu = v->processor,
	};
	*copyback = true;
	return 0;
}

long domctl_sendtrigger(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct vcpu *v;
	int rc = domctl_vcpu(d, op->u.sendtrigger.vcpu, &v);

	(void)copyback;
	if (rc != 0) {
		return rc;
	}
	/* The power and sleep buttons belong to the ACPI platform of HVM guests. */
	if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI) {
		return -ENOSYS;
	}
	if (!__atomic_exchange_n(&v->hvm.nmi_pending, true, __ATOMIC_SEQ_CST)) {
		vcpu_unblock(v);
		vcpu_kick(v);
	}
	return 0;
}

static void regs_to_abi(struct cpu_user_regs *u, const struct hvm_cpu_state *s)
{
	const struct cpu_regs *r = &s->regs;

	u->r15 = r->r15;
	u->r14 = r->r14;
	u->r13 = r->r13;
	u->r12 = r->r12;
	u->r11 = r->r11;
	u->r10 = r->r10;
	u->r9 = r->r9;
	u->r8 = r->r8;
	u->rbp = r->rbp;
	u->rbx = r->rbx;
	u->rax = r->rax;
	u->rcx = r->rcx;
	u->rdx = r->rdx;
	u->rsi = r->rsi;
	u->rdi = r->rdi;
	u->rip = r->rip;
	u->rflags = r->rflags;
	u->rsp = r->rsp;
	u->cs = s->seg[HVM_SEG_CS].sel;
	u->ss = s->seg[HVM_SEG_SS].sel;
	u->ds = s->seg[HVM_SEG_DS].sel;
	u->es = s->seg[HVM_SEG_ES].sel;
	u->fs = s->seg[HVM_SEG_FS].sel;
	u->gs = s->seg[HVM_SEG_GS].sel;
}

static void regs_from_abi(struct cpu_regs *r, const struct cpu_user_regs *u)
{
	r->r15 = u->r15;
	r->r14 = u->r14;
	r->r13 = u->r13;
	r->r12 = u->r12;
	r->r11 = u->r11;
	r->r10 = u->r10;
	r->r9 = u->r9;
	r->r8 = u->r8;
	r->rbp = u->rbp;
	r->rbx = u->rbx;
	r->rax = u->rax;
	r->rcx = u->rcx;
	r->rdx = u->rdx;
	r->rsi = u->rsi;
	r->rdi = u->rdi;
	r->rip = u->rip;
	r->rflags = (u->rflags & 0x003f7fd7ull) | 2;
	r->rsp = u->rsp;
}

static void context_get(struct vcpu *v, struct vcpu_guest_context *c)
{
	struct hvm_cpu_state s;
	bool user;

	vcpu_pause(v);
	hvm_sync_vcpu(v);
	memset(&s, 0, sizeof(s));
	hvm_ops->get_cpu_state(v, &s);
	memcpy(&c->fpu_ctxt, v->hvm.xsave, sizeof(c->fpu_ctxt));
	vcpu_unpause(v);

	c->flags = VGCF_i387_valid;
	if (!test_bit(VPF_DOWN, &v->pause_flags)) {
		c->flags |= VGCF_online;
	}
	user = (s.seg[HVM_SEG_SS].attr >> 5 & 3) == 3;
	if (!user) {
		c->flags |= VGCF_in_kernel;
	}
	regs_to_abi(&c->user_regs, &s);
	c->ctrlreg[0] = s.cr0;
	c->ctrlreg[2] = s.cr2;
	c->ctrlreg[3] = s.cr3;
	c->ctrlreg[4] = s.cr4;
	for (unsigned int i = 0; i < 4; i++) {
		c->debugreg[i] = s.dr[i];
	}
	c->debugreg[6] = s.dr6;
	c->debugreg[7] = s.dr7;
	c->vm_assist = v->domain->vm_assist;
	c->fs_base = s.seg[HVM_SEG_FS].base;
	c->gs_base_kernel = user ? s.kernel_gs_base : s.seg[HVM_SEG_GS].base;
	c->gs_base_user = user ? s.seg[HVM_SEG_GS].base : s.kernel_gs_base;
}

/* Of an HVM vCPU only the general registers, debug registers, FPU and the online flag are taken. */
static int context_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct hvm_cpu_state s;
	uint32_t mxcsr;

	memcpy(&mxcsr, &c->fpu_ctxt.x[24], sizeof(mxcsr));
	if (((c->flags & VGCF_i387_valid) != 0 && mxcsr > 0xffff) || c->debugreg[6] >> 32 != 0 ||
		c->debugreg[7] >> 32 != 0) {
		return -EINVAL;
	}
	vcpu_pause(v);
	hvm_sync_vcpu(v);
	memset(&s, 0, sizeof(s));
	hvm_ops->get_cpu_state(v, &s);
	regs_from_abi(&s.regs, &c->user_regs);
	for (unsigned int i = 0; i < 4; i++) {
		s.dr[i] = c->debugreg[i];
	}
	s.dr6 = c->debugreg[6];
	s.dr7 = c->debugreg[7];
	hvm_ops->set_cpu_state(v, &s);
	if ((c->flags & VGCF_i387_valid) != 0) {
		uint64_t xstate_bv;

		memcpy(v->hvm.xsave, &c->fpu_ctxt, 464); /* the rest belongs to the hypervisor */
		memcpy(&xstate_bv, (char *)v->hvm.xsave + 512, sizeof(xstate_bv));
		xstate_bv |= 3;
		memcpy((char *)v->hvm.xsave + 512, &xstate_bv, sizeof(xstate_bv));
	}
	v->is_initialised = true;
	if ((c->flags & VGCF_online) != 0) {
		vcpu_up(v);
	} else {
		vcpu_down(v);
	}
	vcpu_unpause(v);
	return 0;
}

long domctl_vcpucontext(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	uint64_t gva = handle_gva(op->u.vcpucontext.ctxt);
	bool get = op->cmd == XEN_DOMCTL_getvcpucontext;
	struct vcpu_guest_context *c;
	struct vcpu *v;
	int rc = domctl_vcpu(d, op->u.vcpucontext.vcpu, &v);

	(void)copyback;
	if (rc != 0) {
		return rc;
	}
	if (d == current->domain) {
		return -EINVAL;
	}
	if (!get && gva == 0) {
		vcpu_pause(v);
		rc = vcpu_reset(v);
		vcpu_unpause(v);
		return rc;
	}
	if (get && !v->is_initialised) {
		return -ENODATA;
	}
	c = xzalloc(struct vcpu_guest_context);
	if (c == NULL) {
		return -ENOMEM;
	}
	if (get) {
		context_get(v, c);
		rc = copy_to_guest(gva, c, sizeof(*c));
	} else {
		rc = copy_from_guest(c, gva, sizeof(*c));
		if (rc == 0) {
			rc = context_set(v, c);
		}
	}
	xfree(c);
	return rc;
}
