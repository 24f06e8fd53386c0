/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control block in readable form, for the log of a crash and the debug keys. */
#include <hv/domain.h>
#include <hv/printk.h>

#include "svm_priv.h"

static void dump_seg(const char *name, const struct vmcb_seg *s)
{
	printk("  %-4s sel %04x attr %03x limit %08x base %016lx\n", name, s->sel, s->attr,
		s->limit, s->base);
}

void svm_dump(struct vcpu *v)
{
	const struct vmcb *c = svm_vmcb(v);
	const struct cpu_regs *r = &v->hvm.regs;

	printk("VMCB of d%uv%u: exit %lx info1 %lx info2 %lx intinfo %lx\n", v->domain->domain_id,
		v->vcpu_id, c->exitcode, c->exitinfo1, c->exitinfo2, c->exitintinfo);
	printk("  eventinj %lx int_ctl %x int_state %lx asid %u clean %x nrip %lx\n", c->eventinj,
		c->int_ctl, c->int_state, c->asid, c->clean, c->nrip);
	printk("  intercepts cr %08x dr %08x exc %08x %08x %08x\n", c->cr_intercepts,
		c->dr_intercepts, c->exception_intercepts, c->intercepts1, c->intercepts2);
	printk("  cr0 %lx cr2 %lx cr3 %lx cr4 %lx efer %lx ncr3 %lx\n", c->cr0, c->cr2, c->cr3,
		c->cr4, c->efer, c->n_cr3);
	printk("  rip %lx rsp %lx rflags %lx cpl %u dr6 %lx dr7 %lx\n", c->rip, c->rsp, c->rflags,
		c->cpl, c->dr6, c->dr7);
	printk("  rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx\n", r->rax, r->rbx,
		r->rcx, r->rdx, r->rsi, r->rdi, r->rbp);
	printk("  r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n", r->r8, r->r9,
		r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
	dump_seg("cs", &c->cs);
	dump_seg("ss", &c->ss);
	dump_seg("ds", &c->ds);
	dump_seg("es", &c->es);
	dump_seg("fs", &c->fs);
	dump_seg("gs", &c->gs);
	dump_seg("gdtr", &c->gdtr);
	dump_seg("idtr", &c->idtr);
	dump_seg("ldtr", &c->ldtr);
	dump_seg("tr", &c->tr);
}
