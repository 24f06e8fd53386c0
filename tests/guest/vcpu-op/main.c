/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu_op as hvmloader and others start processors: initialise with a 32-bit and a 64-bit
 * context, up, down, and the refusals.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 hit, hit_eax;
extern u8 v32[], v64[];
__asm__(".pushsection .text\n"
	"v32: .code32\n	movl %eax, hit_eax\n	movl $32, hit\n1:	hlt; jmp 1b\n"
	"	.code64\n"
	"v64:	movl %eax, hit_eax\n	movl $64, hit\n1:	hlt; jmp 1b\n"
	".popsection\n");
extern u64 pml4[];

static void flat32(struct vcpu_hvm_context *c)
{
	memset(c, 0, sizeof(*c));
	c->mode = VCPU_HVM_MODE_32B;
	c->cpu_regs.x86_32.eip = (u32)(u64)v32;
	c->cpu_regs.x86_32.eax = 77;
	c->cpu_regs.x86_32.cr0 = CR0_PE;
	c->cpu_regs.x86_32.cs_limit = c->cpu_regs.x86_32.ds_limit = ~0U;
	c->cpu_regs.x86_32.ss_limit = c->cpu_regs.x86_32.es_limit = ~0U;
	c->cpu_regs.x86_32.tr_limit = 0x67;
	c->cpu_regs.x86_32.cs_ar = 0xc9b;
	c->cpu_regs.x86_32.ds_ar = c->cpu_regs.x86_32.ss_ar = c->cpu_regs.x86_32.es_ar = 0xc93;
	c->cpu_regs.x86_32.tr_ar = 0x8b;
}

void test_main(void)
{
	static struct vcpu_hvm_context c;

	apic_enable();
	CHECK_EQ(vcpu_op(VCPUOP_up, 1, 0), -EINVAL);
	CHECK_EQ(vcpu_op(VCPUOP_is_up, 1, 0), 0);
	flat32(&c);
	c.mode = 7;
	CHECK(vcpu_op(VCPUOP_initialise, 1, &c) < 0, "mode 7");
	flat32(&c);
	c.pad = 1;
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 1, &c), -EINVAL);
	flat32(&c);
	c.cpu_regs.x86_32.cs_limit = 0xfff;
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 1, &c), -EINVAL);
	flat32(&c);
	c.cpu_regs.x86_32.cr4 = 1u << 31;
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 1, &c), -EINVAL);
	flat32(&c);
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 99, &c), -ENOENT);
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 1, &c), 0);
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 1, &c), -EEXIST);
	CHECK_EQ(vcpu_op(VCPUOP_is_up, 1, 0), 0);
	delay_ns(2 * MS);
	CHECK_EQ(hit, 0);
	CHECK_EQ(vcpu_op(VCPUOP_up, 1, 0), 0);
	CHECK(wait_for(hit == 32, 1000 * MS), "32-bit start");
	CHECK_EQ(hit_eax, 77);
	CHECK_EQ(vcpu_op(VCPUOP_down, 1, 0), 0);
	CHECK_EQ(vcpu_op(VCPUOP_is_up, 1, 0), 0);

	memset(&c, 0, sizeof(c));
	c.mode = VCPU_HVM_MODE_64B;
	c.cpu_regs.x86_64.rip = (u64)v64;
	c.cpu_regs.x86_64.rax = 99;
	c.cpu_regs.x86_64.cr0 = CR0_PE;
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 2, &c), -EINVAL);
	c.cpu_regs.x86_64.cr0 = CR0_PE | CR0_PG | CR0_ET;
	c.cpu_regs.x86_64.cr4 = CR4_PAE;
	c.cpu_regs.x86_64.cr3 = (u64)pml4;
	c.cpu_regs.x86_64.efer = EFER_LME | EFER_LMA;
	CHECK_EQ(vcpu_op(VCPUOP_initialise, 2, &c), 0);
	CHECK_EQ(vcpu_op(VCPUOP_up, 2, 0), 0);
	CHECK(wait_for(hit == 64, 1000 * MS), "64-bit start");
	CHECK_EQ(hit_eax, 99);
	/* Afterwards INIT-SIPI starts the same processors, as an OS behind hvmloader does. */
	CHECK(cpu_start(1), "INIT-SIPI after down");
	CHECK(cpu_start(2), "INIT-SIPI after up");
}
