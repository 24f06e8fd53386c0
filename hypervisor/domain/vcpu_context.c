/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VCPUOP_initialise: a register context for a vCPU that never ran, from its own domain. Everything
 * is checked before anything is loaded, because the hardware refuses, or worse accepts, what is
 * inconsistent.
 * Locking: the vCPU does not run (vcpu_run_paused()).
 */
#include <xen/hvm/hvm_vcpu.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/shared_info.h>
#include <hv/string.h>

#include "vcpu_priv.h"

#define CR0_PE     BIT(0)
#define CR0_ET     BIT(4)
#define CR0_PG     BIT(31)
#define CR4_PAE    BIT(5)
#define EFER_LME   BIT(8)
#define EFER_LMA   BIT(10)
#define AR_DPL(ar) (((ar) >> 5) & 3u)
#define AR_P       (1u << 7)
#define AR_S       (1u << 4)
#define AR_G       (1u << 11)

static const char *check_segment(const struct hvm_segment *s, bool is_code)
{
	if (!(s->attr & AR_P)) {
		return is_code ? "CS is not present" : NULL;
	}
	if (!(s->attr & AR_S)) {
		return "a segment is a system segment";
	}
	if (is_code != ((s->attr & 0x8u) != 0) && is_code) {
		return "CS is not a code segment";
	}
	if (!(s->attr & AR_G) && s->limit > 0xfffff) {
		return "a segment's limit does not fit its granularity";
	}
	return NULL;
}

static const char *load_32(struct hvm_cpu_state *s, const struct vcpu_hvm_x86_32 *r)
{
	static const unsigned int data_segs[] = { HVM_SEG_DS, HVM_SEG_SS, HVM_SEG_ES };
	const char *why;

	if (r->pad1 != 0 || r->pad2[0] != 0 || r->pad2[1] != 0 || r->pad2[2] != 0) {
		return "padding is not zero";
	}
	s->regs.rax = r->eax;
	s->regs.rcx = r->ecx;
	s->regs.rdx = r->edx;
	s->regs.rbx = r->ebx;
	s->regs.rsp = r->esp;
	s->regs.rbp = r->ebp;
	s->regs.rsi = r->esi;
	s->regs.rdi = r->edi;
	s->regs.rip = r->eip;
	s->regs.rflags = r->eflags;
	s->cr0 = r->cr0;
	s->cr3 = r->cr3;
	s->cr4 = r->cr4;
	s->efer = r->efer;
	s->seg[HVM_SEG_CS] = (struct hvm_segment){
		.attr = r->cs_ar & 0xfff, .limit = r->cs_limit, .base = r->cs_base
	};
	s->seg[HVM_SEG_DS] = (struct hvm_segment){
		.attr = r->ds_ar & 0xfff, .limit = r->ds_limit, .base = r->ds_base
	};
	s->seg[HVM_SEG_SS] = (struct hvm_segment){
		.attr = r->ss_ar & 0xfff, .limit = r->ss_limit, .base = r->ss_base
	};
	s->seg[HVM_SEG_ES] = (struct hvm_segment){
		.attr = r->es_ar & 0xfff, .limit = r->es_limit, .base = r->es_base
	};
	s->seg[HVM_SEG_TR] = (struct hvm_segment){
		.attr = r->tr_ar & 0xfff, .limit = r->tr_limit, .base = r->tr_base
	};
	if ((r->cs_ar | r->ds_ar | r->ss_ar | r->es_ar | r->tr_ar) & 0xf000) {
		return "reserved attribute bits are set";
	}
	why = check_segment(&s->seg[HVM_SEG_CS], true);
	for (unsigned int i = 0; i < ARRAY_SIZE(data_segs) && why == NULL; i++) {
		why = check_segment(&s->seg[data_segs[i]], false);
	}
	if (why != NULL) {
		return why;
	}
	if (r->eip > r->cs_limit) {
		return "EIP is past the limit of CS";
	}
	if (AR_DPL(r->ss_ar) != AR_DPL(r->cs_ar) && (r->ss_ar & AR_P)) {
		return "SS and CS have different privilege levels";
	}
	if (!(r->tr_ar & AR_P) || (r->tr_ar & AR_S) ||
		((r->tr_ar & 0xf) != 0xb && (r->tr_ar & 0xf) != 0x3)) {
		return "TR is not a busy task segment";
	}
	if ((s->efer & EFER_LMA) && !(s->efer & EFER_LME)) {
		return "EFER.LMA without LME";
	}
	return NULL;
}

static const char *load_64(struct hvm_cpu_state *s, const struct vcpu_hvm_x86_64 *r)
{
	static const unsigned int data_segs[] = { HVM_SEG_DS, HVM_SEG_SS, HVM_SEG_ES };

	s->regs.rax = r->rax;
	s->regs.rcx = r->rcx;
	s->regs.rdx = r->rdx;
	s->regs.rbx = r->rbx;
	s->regs.rsp = r->rsp;
	s->regs.rbp = r->rbp;
	s->regs.rsi = r->rsi;
	s->regs.rdi = r->rdi;
	s->regs.rip = r->rip;
	s->regs.rflags = r->rflags;
	s->cr0 = r->cr0;
	s->cr3 = r->cr3;
	s->cr4 = r->cr4;
	s->efer = r->efer;
	if (!(s->cr0 & CR0_PG) || !(s->cr4 & CR4_PAE) || !(s->efer & EFER_LME)) {
		return "64-bit mode needs CR0.PG, CR4.PAE and EFER.LME";
	}
	s->seg[HVM_SEG_CS] = (struct hvm_segment){ .attr = 0xa9b, .limit = ~0u };
	for (unsigned int i = 0; i < ARRAY_SIZE(data_segs); i++) {
		s->seg[data_segs[i]] = (struct hvm_segment){ .attr = 0xc93, .limit = ~0u };
	}
	s->seg[HVM_SEG_TR] = (struct hvm_segment){ .attr = 0x8b, .limit = 0x67 };
	return NULL;
}

static long set_context(struct vcpu *v, void *arg)
{
	const struct vcpu_hvm_context *ctx = arg;
	struct hvm_cpu_state s;
	const char *why;

	if (v->is_initialised) {
		return -EEXIST;
	}
	memset(&s, 0, sizeof(s));
	if (ctx->pad != 0) {
		return -EINVAL;
	}
	switch (ctx->mode) {
	case VCPU_HVM_MODE_32B:
		why = load_32(&s, &ctx->cpu_regs.x86_32);
		break;
	case VCPU_HVM_MODE_64B:
		why = load_64(&s, &ctx->cpu_regs.x86_64);
		break;
	default:
		return -EINVAL;
	}
	if (why == NULL && (s.cr0 >> 32) != 0) {
		why = "CR0 has high bits";
	}
	s.cr0 |= CR0_ET;
	if ((s.cr0 & CR0_PG) && (s.efer & EFER_LME)) {
		s.efer |= EFER_LMA;
	}
	s.regs.rflags = (s.regs.rflags & ~0x8028ull) | 2;
	s.dr6 = 0xffff0ff0;
	s.dr7 = 0x400;
	s.seg[HVM_SEG_GDTR].limit = s.seg[HVM_SEG_IDTR].limit = 0;
	if (why == NULL) {
		why = hvm_check_cr4(v, s.cr4, s.cr0 & ~CR0_PG, 0, s.cr3);
	}
	if (why == NULL) {
		why = hvm_check_efer(v, s.efer & ~EFER_LMA, 0);
	}
	if (why == NULL) {
		why = hvm_check_cr0(v, s.cr0, s.efer & ~EFER_LMA, s.cr4);
	}
	if (why != NULL) {
		gprintk(XENLOG_DEBUG, "VCPUOP_initialise of vCPU %u refused: %s\n", v->vcpu_id,
			why);
		return -EINVAL;
	}
	hvm_vcpu_reset(v);
	hvm_ops->set_cpu_state(v, &s);
	if (v->domain->vcpu[0] != NULL && v->vcpu_id != 0) {
		v->hvm.tsc_offset = v->domain->vcpu[0]->hvm.tsc_offset;
		hvm_ops->set_tsc_offset(v, v->hvm.tsc_offset);
		update_vcpu_time(v);
	}
	v->is_initialised = true;
	return 0;
}

long vcpu_op_initialise(struct vcpu *v, uint64_t arg)
{
	struct vcpu_hvm_context ctx;

	if (v == current) {
		return -EEXIST;
	}
	if (copy_struct_from_guest(&ctx, arg) != 0) {
		return -EFAULT;
	}
	return vcpu_run_paused(v, set_context, &ctx);
}
