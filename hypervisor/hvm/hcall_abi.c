/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register side of hypercalls: who may call, which registers hold the arguments in 64- and in
 * 32-bit code, re-execution of an interrupted call, and the page of stubs behind MSR 0x40000000.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/p2m.h>
#include <hv/pagetable.h>
#include <hv/string.h>

#define STUB_BYTES      32
#define NR_STUBS        (PAGE_SIZE / STUB_BYTES)
#define HYPERVISOR_IRET 23

static enum hvm_exit_result call_64(struct vcpu *v)
{
	struct cpu_regs *r = &v->hvm.regs;
	const uint64_t args[5] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8 };
	long ret = -ENOSYS;

	if (likely(r->rax <= UINT32_MAX)) {
		ret = hypercall_dispatch(v, (unsigned int)r->rax, args);
	}
	if (unlikely(v->hcall_preempted)) {
		v->hcall_preempted = false;
		return HVM_RETRY;
	}
	r->rax = (uint64_t)ret;
	return HVM_DONE;
}

static enum hvm_exit_result call_32(struct vcpu *v)
{
	struct cpu_regs *r = &v->hvm.regs;
	const uint64_t args[5] = {
		(uint32_t)r->rbx,
		(uint32_t)r->rcx,
		(uint32_t)r->rdx,
		(uint32_t)r->rsi,
		(uint32_t)r->rdi,
	};
	long ret;

	v->hcall_compat = true;
	ret = hypercall_dispatch(v, (uint32_t)r->rax, args);
	v->hcall_compat = false;
	if (unlikely(v->hcall_preempted)) {
		v->hcall_preempted = false;
		return HVM_RETRY;
	}
	r->rax = (uint32_t)ret;
	return HVM_DONE;
}

enum hvm_exit_result hvm_handle_hypercall(struct vcpu *v)
{
	unsigned int caller = hvm_ops->get_caller(v);

	if (likely(caller == 64)) {
		return call_64(v);
	}
	if (unlikely(caller == 0)) {
		v->hvm.regs.rax = hvm_ops->get_mode(v) == 64 ? (uint64_t)-EPERM : (uint32_t)-EPERM;
		return HVM_DONE;
	}
	return call_32(v);
}

int hypercall_page_init(struct vcpu *v, uint64_t gpa)
{
	p2m_type_t t;
	struct page_info *pg = p2m_get_page(v->domain, gpa_to_gfn(gpa), &t, true);
	uint8_t *page;

	if (pg == NULL) {
		return -EINVAL;
	}
	page = map_domain_page(page_to_mfn(pg));
	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int nr = 0; nr < NR_STUBS; nr++) {
		uint8_t *p = page + nr * STUB_BYTES;

		if (nr == HYPERVISOR_IRET) {
			p[0] = 0x0f;  /* UD2: nobody returns from traps this way here */
			p[1] = 0x0b;
			continue;
		}
		p[0] = 0xb8;   /* mov $nr, %eax */
		memcpy(p + 1, &(uint32_t){ nr }, sizeof(uint32_t));
		memcpy(p + 5, hvm_ops->hypercall_insn, sizeof(hvm_ops->hypercall_insn));
		p[8] = 0xc3;   /* ret */
	}
	unmap_domain_page(page);
	put_page(pg);
	return 0;
}
