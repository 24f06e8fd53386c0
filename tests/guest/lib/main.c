/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start of a test kernel in C, its memory, its results and its end. The result is one line,
 * `TEST name: SUCCESS | SKIP | ERROR | FAILURE | CRASH`; then the machine is powered off in every
 * way that some emulator or hypervisor understands.
 */
#include "xenlib.h"

struct hvm_start_info *start_info;
bool is_domu, cpu_amd;
static unsigned int failures;
static u64 heap, heap_end;

extern u8 hypercall_insn[], compat_insn[], compat16_insn[], compat16_code[], gdt[];
void guest_main(u32 info);
void trap_init(void);
void trap_init_cpu(unsigned int idx);
void clock_init(void);

__attribute__((weak)) void domu_main(void)
{
}

u64 virt_to_phys(const void *p)
{
	u64 v = (u64)p;

	return v >= (u64)image_start && v < (u64)image_end ? v + phys_offset : v;
}

static bool taken(u64 a, u64 bytes)
{
	struct hvm_modlist_entry *m = (void *)start_info->modlist_paddr;
	u64 end = a + bytes;

#define HIT(s, n) ((s) < end && (s) + (n) > a)
	if (HIT((u64)start_info, 4096) || HIT(start_info->cmdline_paddr, 4096) ||
		HIT(start_info->rsdp_paddr, 4096) || HIT(start_info->modlist_paddr, 4096) ||
		HIT(virt_to_phys(image_start), (u64)(image_end - image_start))) {
		return true;
	}
	for (u32 i = 0; i < start_info->nr_modules; i++) {
		if (HIT(m[i].paddr, m[i].size)) {
			return true;
		}
	}
	return false;
#undef HIT
}

void *alloc_pages(unsigned int nr)
{
	void *p;

	while (taken(heap, (u64)nr * PAGE_SIZE)) {
		heap += PAGE_SIZE;
	}
	if (heap + (u64)nr * PAGE_SIZE > heap_end) {
		test_error("out of memory");
	}
	p = (void *)heap;
	heap += (u64)nr * PAGE_SIZE;
	memset(p, 0, (size_t)nr * PAGE_SIZE);
	return p;
}

static void heap_init(void)
{
	u64 end = virt_to_phys(image_end);

	heap = (end + 0x1fffff) & ~0x1fffffULL;
	if (is_domu) {
		heap = (end + 0xfff) & ~0xfffULL;
		heap_end = *(u64 *)(DOMU_START_INFO + 0x200);
		return;
	}
	if (phys_offset) {
		heap = 0x1000000;
	}
	heap_end = heap + 0x2000000;
}

static bool vendor_is(const char *s)
{
	struct cpuid r = cpuid(0, 0);
	u32 id[3] = { r.b, r.d, r.c };

	return !memcmp(id, s, 12);
}

bool on_qemu(void)
{
	char brand[49] = { 0 };

	for (u32 i = 0; i < 3; i++) {
		struct cpuid r = cpuid(0x80000002 + i, 0);

		memcpy(brand + i * 16, &r, 16);
	}
	return strstr(brand, "QEMU");
}

const char *cmdline(void)
{
	return start_info->cmdline_paddr ? (const char *)start_info->cmdline_paddr : "";
}

bool on_reference(void)
{
	return strstr(cmdline(), "hv=xen");
}

static void set_gate_base(u64 base)
{
	u64 *d = (u64 *)(gdt + SEL_CODE16);

	*d = 0x00009b000000ffffULL | (base & 0xffffff) << 16 | (base >> 24) << 56;
}

void guest_main(u32 info)
{
	start_info = (void *)(u64)info;
	phys_offset = (u64)(s64)(s32)phys_offset;
	cpu_amd = vendor_is("AuthenticAMD") || vendor_is("HygonGenuine");
	if (!cpu_amd) {
		hypercall_insn[2] = compat_insn[2] = compat16_insn[2] = 0xc1;
	}
	is_domu = info == DOMU_START_INFO && start_info->version == 1 &&
		!memcmp((char *)start_info + 0x100, "undercroft-test-domu", 20);
	set_gate_base((u64)compat16_code);
	trap_init();
	trap_init_cpu(0);
	heap_init();
	cpus[0].apic_id = cpuid(1, 0).b >> 24;
	if (is_domu) {
		own_mailbox()->state = 1;
		shared_info_map();
		clock_init();
		domu_main();
		test_finish();
	}
	shared_info_map();
	clock_init();
	test_main();
	test_finish();
}

static void machine_end(void)
{
	struct sched_shutdown s = { .reason = SHUTDOWN_reboot };

	for (const char *p = "Shutdown"; *p; p++) {
		outb(0x8900, (u8)*p);
	}
	outw(0x604, 0x2000);
	s.reason = SHUTDOWN_poweroff;
	sched_op(SCHEDOP_shutdown, &s);
}

static void __noreturn finish(const char *result)
{
	cli();
	if (is_domu) {
		struct sched_shutdown s = { .reason = SHUTDOWN_poweroff };
		struct mailbox *m = own_mailbox();

		m->failures = failures;
		barrier();
		m->state = result[0] == 'C' || result[0] == 'E' ? 3 : 2;
		sched_op(SCHEDOP_shutdown, &s);
	} else {
		printf("TEST %s: %s\n", test_name, result);
		delay_ns(3000 * MS); /* the console's last bytes; the runner ends us before that */
		machine_end();
	}
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

void test_failure(const char *fmt, ...)
{
	char buf[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (failures < 40) {
		printf("  failure: %s\n", buf);
	}
	failures++;
}

void test_failed_at(unsigned int line, const char *what, const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	test_failure("line %u: %s%s%s", line, what, *buf ? ": " : "", buf);
}

unsigned int test_failures(void)
{
	return failures;
}

void test_error(const char *fmt, ...)
{
	char buf[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	printf("  error: %s\n", buf);
	finish("ERROR");
}

void test_skip(const char *fmt, ...)
{
	char buf[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	printf("  skip: %s\n", buf);
	finish("SKIP");
}

void test_finish(void)
{
	finish(failures ? "FAILURE" : "SUCCESS");
}

void test_crash(void) __noreturn;
void test_crash(void)
{
	finish("CRASH");
}
