/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HVM context records of the processor proper: registers, segments, control registers, FPU and extended state. A record is copied out of the
 * stream before use (it may be unaligned). No locks: the domain is paused.
 */
#include "context_priv.h"

#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/shared_info.h>
#include <hv/string.h>
#include <asm/msr.h>

_Static_assert(sizeof(struct hvm_hw_cpu) == 1032, "ABI");
_Static_assert(
	offsetof(struct hvm_hw_cpu, rip) == 640 && offsetof(struct hvm_hw_cpu, cs_arbytes) == 888,
	"ABI");
_Static_assert(sizeof(struct hvm_hw_cpu_xsave) == 600, "ABI");

#define CR0_PE       (1u << 0)
#define CR0_ET       (1u << 4)
#define CR0_PG       (1u << 31)
#define CR4_PAE      (1u << 5)
#define EFER_SCE     (1u << 0)
#define EFER_LME     (1u << 8)
#define EFER_LMA     (1u << 10)
#define EFER_NX      (1u << 11)
#define EFER_FFXSR   (1u << 14)
#define EFER_AIBRSE  (1u << 21)
#define RFLAGS_KNOWN 0x003f7fd7ull

/* CPU --------------------------------------------------------------------------------------------------------------- */

/* The ABI's segment fields are spread over four arrays of members; one line a segment keeps them together. */
#define FOR_EACH_SEGMENT(X) \
	X(CS, cs) X(DS, ds) X(ES, es) X(FS, fs) X(GS, gs) X(SS, ss) X(TR, tr) X(LDTR, ldtr)

static void segments_to_record(struct hvm_hw_cpu *c, const struct hvm_cpu_state *s)
{
#define X(seg_id, f)                                   \
	c->f##_sel = s->seg[HVM_SEG_##seg_id].sel;     \
	c->f##_limit = s->seg[HVM_SEG_##seg_id].limit; \
	c->f##_base = s->seg[HVM_SEG_##seg_id].base;   \
	c->f##_arbytes = s->seg[HVM_SEG_##seg_id].attr;
	FOR_EACH_SEGMENT(X)
#undef X
	c->idtr_limit = s->seg[HVM_SEG_IDTR].limit;
	c->idtr_base = s->seg[HVM_SEG_IDTR].base;
	c->gdtr_limit = s->seg[HVM_SEG_GDTR].limit;
	c->gdtr_base = s->seg[HVM_SEG_GDTR].base;
}

static void segments_from_record(struct hvm_cpu_state *s, const struct hvm_hw_cpu *c)
{
#define X(seg_id, f)                                     \
	s->seg[HVM_SEG_##seg_id] = (struct hvm_segment){ \
		.sel = (uint16_t)c->f##_sel,             \
		.attr = c->f##_arbytes & 0xfff,          \
		.limit = c->f##_limit,                   \
		.base = c->f##_base,                     \
	};
	FOR_EACH_SEGMENT(X)
#undef X
	s->seg[HVM_SEG_IDTR] =
		(struct hvm_segment){ .limit = c->idtr_limit & 0xffff, .base = c->idtr_base };
	s->seg[HVM_SEG_GDTR] =
		(struct hvm_segment){ .limit = c->gdtr_limit & 0xffff, .base = c->gdtr_base };
}

static void event_to_record(struct hvm_hw_cpu *c, const struct hvm_event *ev)
{
	if (ev->valid) {
		c->pending_valid = 1;
		c->pending_vector = ev->vector;
		c->pending_type = ev->type & 7;
		c->pending_error_valid = ev->has_error_code;
		c->error_code = ev->has_error_code ? ev->error_code : 0;
	}
}

static uint32_t save_cpu(struct vcpu *v, void *out)
{
	struct hvm_hw_cpu *c = out;
	struct hvm_cpu_state s;

	/* A vCPU that is down has no state worth keeping; loading leaves it down. */
	if (test_bit(VPF_DOWN, &v->pause_flags)) {
		return 0;
	}
	memset(&s, 0, sizeof(s));
	hvm_ops->get_cpu_state(v, &s);
	memcpy(c->fpu_regs, v->hvm.xsave, sizeof(c->fpu_regs));
	c->rax = s.regs.rax;
	c->rbx = s.regs.rbx;
	c->rcx = s.regs.rcx;
	c->rdx = s.regs.rdx;
	c->rbp = s.regs.rbp;
	c->rsi = s.regs.rsi;
	c->rdi = s.regs.rdi;
	c->rsp = s.regs.rsp;
	c->r8 = s.regs.r8;
	c->r9 = s.regs.r9;
	c->r10 = s.regs.r10;
	c->r11 = s.regs.r11;
	c->r12 = s.regs.r12;
	c->r13 = s.regs.r13;
	c->r14 = s.regs.r14;
	c->r15 = s.regs.r15;
	c->rip = s.regs.rip;
	c->rflags = s.regs.rflags;
	c->cr0 = s.cr0;
	c->cr2 = s.cr2;
	c->cr3 = s.cr3;
	c->cr4 = s.cr4;
	c->dr0 = s.dr[0];
	c->dr1 = s.dr[1];
	c->dr2 = s.dr[2];
	c->dr3 = s.dr[3];
	c->dr6 = s.dr6;
	c->dr7 = s.dr7;
	segments_to_record(c, &s);
	c->sysenter_cs = s.sysenter_cs;
	c->sysenter_esp = s.sysenter_esp;
	c->sysenter_eip = s.sysenter_eip;
	c->shadow_gs = s.kernel_gs_base;
	c->msr_lstar = s.lstar;
	c->msr_star = s.star;
	c->msr_cstar = s.cstar;
	c->msr_syscall_mask = s.sfmask;
	c->msr_efer = s.efer;
	c->msr_tsc_aux = s.tsc_aux;
	c->tsc = rdtsc() + v->hvm.tsc_offset;
	c->flags = XEN_X86_FPU_INITIALISED;
	event_to_record(c, &v->hvm.pending);
	return sizeof(*c);
}

static uint64_t efer_valid_bits(const struct cpu_policy *p)
{
	uint64_t valid = EFER_SCE;

	valid |= p->has_lm ? EFER_LME | EFER_LMA : 0;
	valid |= p->has_nx ? EFER_NX : 0;
	valid |= (p->extd[1].d & (1u << 25)) != 0 ? EFER_FFXSR : 0;
	valid |= (p->extd[0x21].a & (1u << 8)) != 0 ? EFER_AIBRSE : 0;
	return valid;
}

static bool mxcsr_ok(const uint8_t *fxsave)
{
	uint32_t mxcsr;

	memcpy(&mxcsr, fxsave + 24, sizeof(mxcsr));
	return mxcsr <= 0xffff;
}

static int check_cpu(struct vcpu *v, const void *rec, uint32_t len)
{
	const struct cpu_policy *p = v->domain->policy;
	struct hvm_hw_cpu c;
	bool lma, pg;

	(void)len;
	memcpy(&c, rec, sizeof(c));
	pg = (c.cr0 & CR0_PG) != 0;
	lma = (c.msr_efer & EFER_LMA) != 0;
	if (c.pad0 != 0 || (c.flags & ~XEN_X86_FPU_INITIALISED) != 0 || c.dr6 >> 32 != 0 ||
		c.dr7 >> 32 != 0) {
		return -EINVAL;
	}
	if ((c.cr0 & CR0_ET) == 0 || c.cr0 >> 32 != 0 || (pg && (c.cr0 & CR0_PE) == 0)) {
		return -EINVAL;
	}
	if ((c.cr4 & ~p->cr4_valid) != 0 || (c.msr_efer & ~efer_valid_bits(p)) != 0 ||
		c.cr3 >> p->maxphysaddr != 0) {
		return -EINVAL;
	}
	if (lma != (pg && (c.msr_efer & EFER_LME) != 0) || (lma && (c.cr4 & CR4_PAE) == 0)) {
		return -EINVAL;
	}
	if (c.pending_valid &&
		(c.pending_type == 1 || c.pending_type == 7 || c.pending_reserved != 0)) {
		return -EINVAL;
	}
	return (c.flags & XEN_X86_FPU_INITIALISED) == 0 || mxcsr_ok(c.fpu_regs) ? 0 : -EINVAL;
}

/* x87 and SSE of the image off the CPU; without fxsave, their reset state. */
static void load_fpu(struct vcpu *v, const uint8_t *fxsave)
{
	uint8_t *img = (uint8_t *)v->hvm.xsave;
	uint64_t xstate_bv = fxsave != NULL ? 3 : 0;
	const uint16_t fcw = 0x37f;
	const uint32_t mxcsr = 0x1f80;

	if (fxsave != NULL) {
		memcpy(img, fxsave, 464); /* the rest is not the processor's */
	} else {
		memset(img, 0, 464);
		memcpy(img, &fcw, sizeof(fcw));
		memcpy(img + 24, &mxcsr, sizeof(mxcsr));
	}
	memcpy(img + 512, &xstate_bv, sizeof(xstate_bv));
}

static void set_tsc_offset(struct vcpu *v, uint64_t offset)
{
	v->hvm.tsc_offset = offset;
	hvm_ops->set_tsc_offset(v, offset);
	update_vcpu_time(v);
}

/* The guest's clock continues from the record; vCPUs that have not run yet follow vCPU 0. */
static void load_tsc(struct vcpu *v, uint64_t guest_tsc, const struct load_context *lc)
{
	struct vcpu *o;

	set_tsc_offset(v, guest_tsc - lc->tsc);
	if (v->vcpu_id != 0) {
		return;
	}
	for_each_vcpu(v->domain, o) {
		if (o != v && !o->is_initialised) {
			set_tsc_offset(o, v->hvm.tsc_offset);
		}
	}
}

static void event_from_record(struct hvm_event *ev, const struct hvm_hw_cpu *c)
{
	*ev = (struct hvm_event){ 0 };
	if (!c->pending_valid) {
		return;
	}
	ev->valid = true;
	ev->vector = c->pending_vector;
	/* 5 and 6 are software exceptions, delivered as exceptions. */
	ev->type = c->pending_type > 4 ? HVM_EVENT_EXCEPTION : c->pending_type;
	ev->has_error_code = c->pending_error_valid;
	ev->error_code = c->error_code;
}

static int load_cpu(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	struct hvm_cpu_state s;
	struct hvm_hw_cpu c;

	(void)len;
	memcpy(&c, rec, sizeof(c));
	memset(&s, 0, sizeof(s));
	s.regs.rax = c.rax;
	s.regs.rbx = c.rbx;
	s.regs.rcx = c.rcx;
	s.regs.rdx = c.rdx;
	s.regs.rbp = c.rbp;
	s.regs.rsi = c.rsi;
	s.regs.rdi = c.rdi;
	s.regs.rsp = c.rsp;
	s.regs.r8 = c.r8;
	s.regs.r9 = c.r9;
	s.regs.r10 = c.r10;
	s.regs.r11 = c.r11;
	s.regs.r12 = c.r12;
	s.regs.r13 = c.r13;
	s.regs.r14 = c.r14;
	s.regs.r15 = c.r15;
	s.regs.rip = c.rip;
	/* The builder leaves RFLAGS 0. */
	s.regs.rflags = (c.rflags & RFLAGS_KNOWN) | 2;
	s.regs.cs = c.cs_sel & 0xffff;
	s.regs.ss = c.ss_sel & 0xffff;
	s.cr0 = c.cr0;
	s.cr2 = c.cr2;
	s.cr3 = c.cr3;
	s.cr4 = c.cr4;
	s.dr[0] = c.dr0;
	s.dr[1] = c.dr1;
	s.dr[2] = c.dr2;
	s.dr[3] = c.dr3;
	s.dr6 = c.dr6;
	s.dr7 = c.dr7;
	segments_from_record(&s, &c);
	s.sysenter_cs = c.sysenter_cs;
	s.sysenter_esp = c.sysenter_esp;
	s.sysenter_eip = c.sysenter_eip;
	s.kernel_gs_base = c.shadow_gs;
	s.lstar = c.msr_lstar;
	s.star = c.msr_star;
	s.cstar = c.msr_cstar;
	s.sfmask = c.msr_syscall_mask;
	s.efer = c.msr_efer;
	s.tsc_aux = (uint32_t)c.msr_tsc_aux;
	hvm_ops->set_cpu_state(v, &s);
	load_fpu(v, (c.flags & XEN_X86_FPU_INITIALISED) != 0 ? c.fpu_regs : NULL);
	event_from_record(&v->hvm.pending, &c);
	load_tsc(v, c.tsc, lc);
	v->is_initialised = true;
	vcpu_up(v);
	return 0;
}

/* CPU_XSAVE --------------------------------------------------------------------------------------------------------- */

#define XSAVE_PREFIX (offsetof(struct hvm_hw_cpu_xsave, save_area))

static uint64_t xsave_states(const struct vcpu *v)
{
	return v->hvm.xcr0 > 3 ? v->domain->policy->xcr0_max : 3;
}

static uint32_t size_xsave(const struct vcpu *v)
{
	const struct cpu_policy *p = v->domain->policy;

	return p->has_xsave ? (uint32_t)XSAVE_PREFIX + cpu_policy_xsave_size(p, p->xcr0_max) : 0;
}

static uint32_t save_xsave(struct vcpu *v, void *out)
{
	const struct cpu_policy *p = v->domain->policy;
	struct hvm_hw_cpu_xsave *x = out;
	uint32_t bytes;

	if (!p->has_xsave || test_bit(VPF_DOWN, &v->pause_flags)) {
		return 0;
	}
	bytes = cpu_policy_xsave_size(p, xsave_states(v));
	x->xfeature_mask = p->xcr0_max;
	x->xcr0 = v->hvm.xcr0;
	x->xcr0_accum = xsave_states(v);
	memcpy(&x->save_area, v->hvm.xsave, bytes);
	return (uint32_t)XSAVE_PREFIX + bytes;
}

static bool xcr0_ok(uint64_t xcr0, const struct cpu_policy *p)
{
	if ((xcr0 & 1) == 0 || (xcr0 & ~p->xcr0_max) != 0) {
		return false;
	}
	if ((xcr0 & 4) != 0 && (xcr0 & 2) == 0) {
		return false;
	}
	return (xcr0 & 0xe0) == 0 || ((xcr0 & 0xe0) == 0xe0 && (xcr0 & 4) != 0);
}

static int check_xsave(struct vcpu *v, const void *rec, uint32_t len)
{
	const struct cpu_policy *p = v->domain->policy;
	struct hvm_hw_cpu_xsave x;
	uint32_t need;

	if (!p->has_xsave) {
		return -EINVAL;
	}
	memcpy(&x, rec, sizeof(x));
	if (!xcr0_ok(x.xcr0, p) || !xcr0_ok(x.xcr0_accum, p) || (x.xcr0 & ~x.xcr0_accum) != 0 ||
		(x.save_area.xsave_hdr.xstate_bv & ~x.xcr0_accum) != 0) {
		return -EINVAL;
	}
	if (x.save_area.xsave_hdr.xcomp_bv != 0) {
		return -EOPNOTSUPP; /* the wire has the standard form only */
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(x.save_area.xsave_hdr.reserved); i++) {
		if (x.save_area.xsave_hdr.reserved[i] != 0) {
			return -EINVAL;
		}
	}
	if (!mxcsr_ok((const uint8_t *)&x.save_area)) {
		return -EINVAL;
	}
	need = (uint32_t)XSAVE_PREFIX + cpu_policy_xsave_size(p, x.save_area.xsave_hdr.xstate_bv);
	if (len < need) {
		return -EINVAL;
	}
	/* What an older writer with a larger area appended must be empty. */
	need = (uint32_t)XSAVE_PREFIX + cpu_policy_xsave_size(p, p->xcr0_max);
	for (uint32_t i = need; i < len; i++) {
		if (((const uint8_t *)rec)[i] != 0) {
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

static int load_xsave(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	uint32_t bytes = min(len - (uint32_t)XSAVE_PREFIX,
		cpu_policy_xsave_size(v->domain->policy, v->domain->policy->xcr0_max));
	struct hvm_hw_cpu_xsave x;

	(void)lc;
	memcpy(&x, rec, sizeof(x));
	v->hvm.xcr0 = x.xcr0;
	memcpy(v->hvm.xsave, (const uint8_t *)rec + XSAVE_PREFIX, bytes);
	hvm_ops->xcr0_changed(v);
	return 0;
}

const struct record_type context_cpu = {
	.code = HVM_SAVE_CODE(CPU),
	.min = sizeof(struct hvm_hw_cpu),
	.max = sizeof(struct hvm_hw_cpu),
	.save = save_cpu,
	.check = check_cpu,
	.load = load_cpu,
};

const struct record_type context_xsave = {
	.code = CPU_XSAVE_CODE,
	.any_length = true,
	.min = sizeof(struct hvm_hw_cpu_xsave),
	.size = size_xsave,
	.save = save_xsave,
	.check = check_xsave,
	.load = load_xsave,
};
