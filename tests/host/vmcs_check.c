/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/vmx/vmcs_check.c, rule by rule: a valid 64-bit guest, real-mode guest and host pass; each row
 * changes one field and names the rule that it breaks.
 */
#include "../../hypervisor/hvm/vmx/vmx_priv.h"
#include "host.h"

#include <asm/cr.h>
#include <string.h>

struct field {
	uint32_t field;
	uint64_t val;
};

struct set {
	struct field f[128];
	unsigned int n;
};

static const struct vmx_caps caps = {
	.pin_allowed = 0x7f00000016ull,
	.proc_allowed = 0xfff9fffe04006172ull,
	.proc2_allowed = 0xfffff00000000ull,
	.exit_allowed = 0xffffff00036dfbull,
	.entry_allowed = 0xffff000011fbull,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x3767ff,
	.phys_bits = 40,
	.virt_bits = 48,
};

static uint64_t get(const void *arg, uint32_t field)
{
	const struct set *s = arg;

	for (unsigned int i = s->n; i-- > 0;) {
		if (s->f[i].field == field) {
			return s->f[i].val;
		}
	}
	return 0;
}

static void put(struct set *s, uint32_t field, uint64_t val)
{
	assert_true(s->n < 128);
	s->f[s->n++] = (struct field){ field, val };
}

static const struct field common[] = {
	{ VMCS_PIN_CONTROLS, 0x16 | PIN_EXTINT_EXIT | PIN_NMI_EXIT | PIN_VIRTUAL_NMI },
	{ VMCS_PROC_CONTROLS,
		0x04006172 | PROC_SECONDARY | PROC_IO_BITMAPS | PROC_MSR_BITMAPS |
			PROC_TPR_SHADOW },
	{ VMCS_PROC2_CONTROLS, PROC2_EPT | PROC2_UNRESTRICTED | PROC2_VPID },
	{ VMCS_EXIT_CONTROLS, 0x36dfb | EXITCTL_HOST_64 | EXITCTL_LOAD_PAT | EXITCTL_LOAD_EFER },
	{ VMCS_ENTRY_CONTROLS, 0x11ff | ENTRYCTL_LOAD_PAT | ENTRYCTL_LOAD_EFER | ENTRYCTL_IA32E },
	{ VMCS_IO_BITMAP_A, 0x10000 },
	{ VMCS_IO_BITMAP_B, 0x11000 },
	{ VMCS_MSR_BITMAP, 0x12000 },
	{ VMCS_VIRTUAL_APIC_ADDR, 0x13000 },
	{ VMCS_EPTP, 0x20000 | EPTP_WB | EPTP_4_LEVELS },
	{ VMCS_VPID, 1 },
	{ VMCS_HOST_CR0, 0x80050033 },
	{ VMCS_HOST_CR3, 0x1000 },
	{ VMCS_HOST_CR4, 0x26e0 },
	{ VMCS_HOST_CS_SEL, 8 },
	{ VMCS_HOST_SS_SEL, 16 },
	{ VMCS_HOST_TR_SEL, 32 },
	{ VMCS_HOST_GS_BASE, 0xffff830000000000ull },
	{ VMCS_HOST_TR_BASE, 0xffff830000001000ull },
	{ VMCS_HOST_RIP, 0xffffffff80200000ull },
	{ VMCS_HOST_PAT, 0x0007010500070106ull },
	{ VMCS_HOST_EFER, 0xd00 },
	{ VMCS_LINK_POINTER, ~0ull },
	{ VMCS_GUEST_CR0, 0x80050033 },
	{ VMCS_GUEST_CR3, 0x1000 },
	{ VMCS_GUEST_CR4, 0x20e0 },
	{ VMCS_GUEST_EFER, 0xd01 },
	{ VMCS_GUEST_PAT, 0x0007040600070406ull },
	{ VMCS_GUEST_DR7, 0x400 },
	{ VMCS_GUEST_RIP, 0xffffffff81000000ull },
	{ VMCS_GUEST_RFLAGS, 0x202 },
	{ VMCS_GUEST_LDTR_AR, SEG_AR_UNUSABLE },
	{ VMCS_GUEST_TR_AR, 0x8b },
	{ VMCS_GUEST_TR_LIMIT, 0x67 },
};

static void make_64(struct set *s)
{
	s->n = 0;
	for (unsigned int i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		put(s, common[i].field, common[i].val);
	}
	for (unsigned int i = 0; i < 6; i++) {
		put(s, VMCS_GUEST_ES_AR + 2 * i, i == 1 ? 0xa09b : 0xc093);
		put(s, VMCS_GUEST_ES_LIMIT + 2 * i, 0xffffffff);
		put(s, VMCS_GUEST_ES_SEL + 2 * i, i == 1 ? 8 : 16);
	}
}

static void make_real(struct set *s)
{
	make_64(s);
	put(s, VMCS_ENTRY_CONTROLS, 0x11ff | ENTRYCTL_LOAD_PAT | ENTRYCTL_LOAD_EFER);
	put(s, VMCS_GUEST_CR0, 0x20);
	put(s, VMCS_GUEST_CR4, 0x2000);
	put(s, VMCS_GUEST_EFER, 0);
	put(s, VMCS_GUEST_RIP, 0xfff0);
	put(s, VMCS_GUEST_RFLAGS, 2);
	for (unsigned int i = 0; i < 6; i++) {
		put(s, VMCS_GUEST_ES_AR + 2 * i, i == 1 ? 0x9b : 0x93);
		put(s, VMCS_GUEST_ES_LIMIT + 2 * i, 0xffff);
		put(s, VMCS_GUEST_ES_SEL + 2 * i, i == 1 ? 0xf000 : 0);
	}
	put(s, VMCS_GUEST_CS_BASE, 0xffff0000);
}

static const char *check(const struct set *s)
{
	const char *why = vmcs_check_controls(&caps, get, s);

	if (why == NULL) {
		why = vmcs_check_host(&caps, get, s);
	}
	return why != NULL ? why : vmcs_check_guest(&caps, get, s);
}

static void valid(void **state)
{
	struct set s;

	(void)state;
	make_64(&s);
	assert_null(check(&s));
	make_real(&s);
	assert_null(check(&s));
	/* Right after INIT, and with CD and NW as they are then. */
	put(&s, VMCS_GUEST_CR0, 0x60000030);
	assert_null(check(&s));
	/* An interrupt, an NMI, a page fault, INT 80h are injected. */
	make_64(&s);
	put(&s, VMCS_ENTRY_INTR_INFO, 0x80000030);
	assert_null(check(&s));
	put(&s, VMCS_ENTRY_INTR_INFO, 0x80000202);
	assert_null(check(&s));
	put(&s, VMCS_ENTRY_INTR_INFO, 0x80000b0e);
	assert_null(check(&s));
	put(&s, VMCS_ENTRY_INTR_INFO, 0x80000480);
	put(&s, VMCS_ENTRY_INSN_LEN, 2);
	assert_null(check(&s));
}

static const struct {
	struct field f[2];
	const char *says;
} broken[] = {
	{ { { VMCS_PIN_CONTROLS, 0 } }, "pin-based" },
	{ { { VMCS_PROC_CONTROLS, 1 } }, "primary" },
	{ { { VMCS_PROC2_CONTROLS, 1u << 30 } }, "secondary" },
	{ { { VMCS_EXIT_CONTROLS, 0 } }, "exit controls" },
	{ { { VMCS_ENTRY_CONTROLS, 0 } }, "entry controls" },
	{ { { VMCS_CR3_TARGET_COUNT, 5 } }, "CR3 targets" },
	{ { { VMCS_IO_BITMAP_B, 0x11001 } }, "I/O bitmap" },
	{ { { VMCS_MSR_BITMAP, 1ull << 40 } }, "MSR bitmap" },
	{ { { VMCS_PIN_CONTROLS, 0x16 | PIN_EXTINT_EXIT | PIN_VIRTUAL_NMI } }, "virtual NMIs" },
	{ { { VMCS_VIRTUAL_APIC_ADDR, 8 } }, "virtual-APIC" },
	{ { { VMCS_TPR_THRESHOLD, 16 } }, "threshold" },
	{ { { VMCS_PROC2_CONTROLS, PROC2_UNRESTRICTED } }, "without EPT" },
	{ { { VMCS_EPTP, 0x20000 | 5 | EPTP_4_LEVELS } }, "memory type" },
	{ { { VMCS_EPTP, 0x20000 | EPTP_WB } }, "4 levels" },
	{ { { VMCS_EPTP, 0x20080 | EPTP_WB | EPTP_4_LEVELS } }, "reserved bits in the EPT" },
	{ { { VMCS_VPID, 0 } }, "VPID 0" },
	{ { { VMCS_EXIT_MSR_STORE_COUNT, 1 }, { VMCS_EXIT_MSR_STORE_ADDR, 8 } }, "store at exits" },
	{ { { VMCS_EXIT_MSR_LOAD_COUNT, 1 }, { VMCS_EXIT_MSR_LOAD_ADDR, 8 } }, "load at exits" },
	{ { { VMCS_ENTRY_MSR_LOAD_COUNT, 1 }, { VMCS_ENTRY_MSR_LOAD_ADDR, 8 } },
		"load at entries" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000100 } }, "reserved type" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80001030 } }, "reserved bits" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000203 } }, "another vector" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000320 } }, "that is none" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x8000030d } }, "without the error code" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000b06 } }, "does not have" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000b0d }, { VMCS_ENTRY_ERROR_CODE, 0x10000 } },
		"above 15" },
	{ { { VMCS_ENTRY_INTR_INFO, 0x80000480 } }, "instruction length" },
	{ { { VMCS_HOST_CR0, 0x50033 } }, "host CR0" },
	{ { { VMCS_HOST_CR4, 0x6e0 } }, "host CR4" },
	{ { { VMCS_HOST_CR3, 1ull << 40 } }, "host CR3" },
	{ { { VMCS_HOST_GS_BASE, 1ull << 47 } }, "canonical" },
	{ { { VMCS_HOST_SS_SEL, 3 } }, "RPL" },
	{ { { VMCS_HOST_TR_SEL, 0 } }, "null" },
	{ { { VMCS_HOST_PAT, 2 } }, "host PAT" },
	{ { { VMCS_HOST_EFER, 0x100 } }, "host EFER" },
	{ { { VMCS_GUEST_CR0, 0x80050013 } }, "CR0" },
	{ { { VMCS_GUEST_CR0, 0x80000020 } }, "PG without PE" },
	{ { { VMCS_GUEST_CR4, 0xe0 } }, "CR4" },
	{ { { VMCS_GUEST_CR4, 0x2000 } }, "long mode without" },
	{ { { VMCS_GUEST_DEBUGCTL, 1ull << 20 } }, "DEBUGCTL" },
	{ { { VMCS_GUEST_CR3, 1ull << 40 } }, "CR3" },
	{ { { VMCS_GUEST_DR7, 1ull << 32 } }, "DR7" },
	{ { { VMCS_GUEST_SYSENTER_EIP, 1ull << 47 } }, "SYSENTER" },
	{ { { VMCS_GUEST_PAT, 3 } }, "PAT" },
	{ { { VMCS_GUEST_EFER, 0x1d01 } }, "EFER: reserved" },
	{ { { VMCS_GUEST_EFER, 0x101 } }, "entry control" },
	{ { { VMCS_GUEST_EFER, 0x401 } }, "from LME" },
	{ { { VMCS_GUEST_CS_AR, 0xa091 } }, "CS: type" },
	{ { { VMCS_GUEST_CS_AR, SEG_AR_UNUSABLE } }, "CS: unusable" },
	{ { { VMCS_GUEST_CS_AR, 0xe09b } }, "L and D" },
	{ { { VMCS_GUEST_CS_AR, 0xa0fb } }, "CS: DPL" },
	{ { { VMCS_GUEST_CS_AR, 0xa0ff } }, "conforming" },
	{ { { VMCS_GUEST_SS_AR, 0xc091 } }, "SS: type" },
	{ { { VMCS_GUEST_ES_AR, 0xc092 } }, "accessed" },
	{ { { VMCS_GUEST_ES_AR, 0xc099 } }, "read" },
	{ { { VMCS_GUEST_ES_AR, 0xc083 } }, "system segment" },
	{ { { VMCS_GUEST_ES_AR, 0xc013 } }, "not present" },
	{ { { VMCS_GUEST_ES_AR, 0xc193 } }, "reserved attribute" },
	{ { { VMCS_GUEST_ES_AR, 0x4093 } }, "granularity" },
	{ { { VMCS_GUEST_ES_BASE, 1ull << 32 } }, "above 4 GiB" },
	{ { { VMCS_GUEST_FS_BASE, 1ull << 47 } }, "not canonical" },
	{ { { VMCS_GUEST_GDTR_LIMIT, 0x10000 } }, "above FFFF" },
	{ { { VMCS_GUEST_TR_SEL, 4 } }, "TR: selector" },
	{ { { VMCS_GUEST_TR_AR, 0x89 } }, "busy" },
	{ { { VMCS_GUEST_TR_AR, 0x83 } }, "busy" },
	{ { { VMCS_GUEST_TR_AR, 0x0b } }, "TR: attributes" },
	{ { { VMCS_GUEST_TR_AR, 0x808b } }, "TR: limit" },
	{ { { VMCS_GUEST_LDTR_AR, 0x82 }, { VMCS_GUEST_LDTR_SEL, 4 } }, "LDTR: selector" },
	{ { { VMCS_GUEST_LDTR_AR, 0x83 } }, "LDTR: attributes" },
	{ { { VMCS_GUEST_RIP, 1ull << 47 } }, "RIP" },
	{ { { VMCS_GUEST_RFLAGS, 0x200 } }, "RFLAGS: reserved" },
	{ { { VMCS_GUEST_RFLAGS, 0x2 }, { VMCS_ENTRY_INTR_INFO, 0x80000030 } }, "IF clear" },
	{ { { VMCS_GUEST_ACTIVITY, 4 } }, "activity" },
	{ { { VMCS_GUEST_ACTIVITY, 1 }, { VMCS_GUEST_INTERRUPTIBILITY, 1 } }, "yet in a shadow" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 0x20 } }, "reserved bits" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 3 } }, "both" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 1 }, { VMCS_GUEST_RFLAGS, 2 } }, "IF is clear" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 1 }, { VMCS_ENTRY_INTR_INFO, 0x80000030 } },
		"into a shadow" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 8 }, { VMCS_ENTRY_INTR_INFO, 0x80000202 } },
		"NMIs are blocked" },
	{ { { VMCS_GUEST_PENDING_DEBUG, 1 << 5 } }, "pending debug" },
	{ { { VMCS_GUEST_INTERRUPTIBILITY, 2 }, { VMCS_GUEST_RFLAGS, 0x302 } }, "BS" },
	{ { { VMCS_LINK_POINTER, 0 } }, "link" },
};

static void rules(void **state)
{
	struct set s;

	(void)state;
	for (unsigned int i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const char *why;

		make_64(&s);
		for (unsigned int j = 0; j < 2; j++) {
			if (broken[i].f[j].field != 0 || broken[i].f[j].val != 0 ||
				strstr(broken[i].says, "VPID")) {
				put(&s, broken[i].f[j].field, broken[i].f[j].val);
			}
		}
		why = check(&s);
		if (why == NULL || strstr(why, broken[i].says) == NULL) {
			fail_msg("field %#x = %#llx: \"%s\" instead of \"%s\"",
				broken[i].f[0].field, (unsigned long long)broken[i].f[0].val,
				why ? why : "valid", broken[i].says);
		}
	}
}

static void real_mode(void **state)
{
	struct set s;

	(void)state;
	make_real(&s);
	put(&s, VMCS_GUEST_RIP, 1ull << 32);
	assert_non_null(check(&s));
	make_real(&s);
	put(&s, VMCS_GUEST_SS_AR, 0xf3);
	assert_non_null(check(&s));
	make_real(&s);
	put(&s, VMCS_GUEST_RFLAGS, 0x20002);
	assert_non_null(check(&s));
	/* No error code is pushed there. */
	make_real(&s);
	put(&s, VMCS_ENTRY_INTR_INFO, 0x8000030d);
	assert_null(check(&s));
	put(&s, VMCS_ENTRY_INTR_INFO, 0x80000b0d);
	assert_non_null(check(&s));
}

static void virtual_8086(void **state)
{
	struct set s;

	(void)state;
	make_real(&s);
	put(&s, VMCS_GUEST_CR0, 0x21);
	put(&s, VMCS_GUEST_RFLAGS, 0x20002);
	for (unsigned int i = 0; i < 6; i++) {
		put(&s, VMCS_GUEST_ES_AR + 2 * i, 0xf3);
		put(&s, VMCS_GUEST_ES_SEL + 2 * i, 0x1000 + i);
		put(&s, VMCS_GUEST_ES_BASE + 2 * i, (0x1000 + i) << 4);
	}
	assert_null(check(&s));
	put(&s, VMCS_GUEST_ES_BASE, 0);
	assert_non_null(check(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid),
		cmocka_unit_test(rules),
		cmocka_unit_test(real_mode),
		cmocka_unit_test(virtual_8086),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
