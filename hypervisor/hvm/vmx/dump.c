/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control structure in readable form, for the log of a crash and the debug keys, and errors in words. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/sched.h>

#include "vmx_priv.h"

/* SDM 3C, 31.4 */
static const char *const insn_errors[] = {
	[1] = "VMCALL in root operation",
	[2] = "VMCLEAR of an invalid address",
	[3] = "VMCLEAR of the VMXON region",
	[4] = "VMLAUNCH of a structure that is not clear",
	[5] = "VMRESUME of a structure that was not launched",
	[6] = "VMRESUME after VMXOFF",
	[7] = "invalid control fields",
	[8] = "invalid host state",
	[9] = "VMPTRLD of an invalid address",
	[10] = "VMPTRLD of the VMXON region",
	[11] = "VMPTRLD of a structure of another revision",
	[12] = "access to a field that does not exist",
	[13] = "write to a read-only field",
	[15] = "VMXON in root operation",
	[26] = "entry with events blocked by MOV SS",
	[28] = "invalid operand of INVEPT or INVVPID",
};

const char *vmx_insn_error(uint32_t nr)
{
	return nr < ARRAY_SIZE(insn_errors) && insn_errors[nr] != NULL ? insn_errors[nr] :
									 "no such error";
}

static void dump_seg(const char *name, unsigned int i)
{
	printk("  %-4s sel %04lx attr %05lx limit %08lx base %016lx\n", name,
		vmread(VMCS_GUEST_ES_SEL + 2 * i), vmread(VMCS_GUEST_ES_AR + 2 * i),
		vmread(VMCS_GUEST_ES_LIMIT + 2 * i), vmread(VMCS_GUEST_ES_BASE + 2 * i));
}

static void dump_regs(const struct cpu_regs *r)
{
	printk("  rip %lx rsp %lx rflags %lx\n", r->rip, r->rsp, r->rflags);
	printk("  rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx\n", r->rax, r->rbx,
		r->rcx, r->rdx, r->rsi, r->rdi, r->rbp);
	printk("  r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n", r->r8, r->r9,
		r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
}

void vmx_dump(struct vcpu *v)
{
	static const char *const names[] = { "es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr" };
	bool opened;

	printk("VMCS of d%uv%u:\n", v->domain->domain_id, v->vcpu_id);
	dump_regs(&v->hvm.regs);
	if (v != current && READ_ONCE(v->is_running)) {
		printk("  it is running: registers as of its last exit, and no more can be read here\n");
		return;
	}
	opened = vmx_open(v);
	printk("  exit %lx qualification %lx gpa %lx gla %lx intr %lx vectoring %lx insn len %lx\n",
		vmread(VMCS_EXIT_REASON), vmread(VMCS_EXIT_QUALIFICATION),
		vmread(VMCS_GUEST_PHYS_ADDR), vmread(VMCS_GUEST_LINEAR_ADDR),
		vmread(VMCS_EXIT_INTR_INFO), vmread(VMCS_IDT_VECTORING_INFO),
		vmread(VMCS_EXIT_INSN_LEN));
	printk("  controls pin %lx processor %lx %lx exit %lx entry %lx exceptions %lx inject %lx\n",
		vmread(VMCS_PIN_CONTROLS), vmread(VMCS_PROC_CONTROLS), vmread(VMCS_PROC2_CONTROLS),
		vmread(VMCS_EXIT_CONTROLS), vmread(VMCS_ENTRY_CONTROLS),
		vmread(VMCS_EXCEPTION_BITMAP), vmread(VMCS_ENTRY_INTR_INFO));
	printk("  cr0 %lx (shadow %lx) cr3 %lx cr4 %lx (shadow %lx) efer %lx eptp %lx\n",
		vmread(VMCS_GUEST_CR0), vmread(VMCS_CR0_SHADOW), vmread(VMCS_GUEST_CR3),
		vmread(VMCS_GUEST_CR4), vmread(VMCS_CR4_SHADOW), vmread(VMCS_GUEST_EFER),
		vmread(VMCS_EPTP));
	printk("  blocking %lx activity %lx pending debug %lx dr7 %lx debugctl %lx\n",
		vmread(VMCS_GUEST_INTERRUPTIBILITY), vmread(VMCS_GUEST_ACTIVITY),
		vmread(VMCS_GUEST_PENDING_DEBUG), vmread(VMCS_GUEST_DR7),
		vmread(VMCS_GUEST_DEBUGCTL));
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		dump_seg(names[i], i);
	}
	printk("  gdtr limit %lx base %lx, idtr limit %lx base %lx\n",
		vmread(VMCS_GUEST_GDTR_LIMIT), vmread(VMCS_GUEST_GDTR_BASE),
		vmread(VMCS_GUEST_IDTR_LIMIT), vmread(VMCS_GUEST_IDTR_BASE));
	vmx_close(opened);
}
