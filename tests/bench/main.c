/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions per operation, of guest and hypervisor together: under an emulator whose time stamp
 * counter ticks once an instruction, each operation is taken between two reads of it, less what two
 * reads alone cost. One line a row: BENCH name mean*10 median max count. Interrupts arrive at small
 * handlers of this file, so that the guest's own part is little. The peer of the two-domain rows
 * is a domain built from this image (domu_main).
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

#define N          2000
#define N_FEW      500
#define VEC_IPI_X2 0x51
#define VEC_IPI_X  0x52
#define VEC_EVENT  0x53
#define IOAPIC     0xfec00000UL

static u32 samples[N];
static u64 empty;
volatile u64 bench_hits;
volatile u64 *bench_pending_word; /* the word of the pending bitmap that the event uses */
struct vcpu_info *bench_vcpu;
void bench_ipi_x2(void);
void bench_ipi_x(void);
void bench_event(void);

/* The handlers count, clear and acknowledge; the callback of events needs no EOI. */
__asm__(".globl bench_ipi_x2, bench_ipi_x, bench_event\n"
	"bench_ipi_x2:\n\t"
	"push %rax\n\tpush %rcx\n\tpush %rdx\n\t"
	"incq bench_hits\n\t"
	"mov $0x80b, %ecx\n\txor %eax, %eax\n\txor %edx, %edx\n\twrmsr\n\t"
	"pop %rdx\n\tpop %rcx\n\tpop %rax\n\tiretq\n"
	"bench_ipi_x:\n\t"
	"push %rax\n\t"
	"incq bench_hits\n\t"
	"mov $0xfee000b0, %eax\n\tmovl $0, (%rax)\n\t"
	"pop %rax\n\tiretq\n"
	"bench_event:\n\t"
	"push %rax\n\t"
	"incq bench_hits\n\t"
	"mov bench_vcpu, %rax\n\tmovb $0, (%rax)\n\tmovq $0, 8(%rax)\n\t"
	"mov bench_pending_word, %rax\n\tmovq $0, (%rax)\n\t"
	"pop %rax\n\tiretq\n");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == 0, "see bench_event");
_Static_assert(offsetof(struct vcpu_info, evtchn_pending_sel) == 8, "see bench_event");

static void gate_set(unsigned int vec, void (*fn)(void))
{
	struct {
		u16 limit;
		u64 base;
	} __packed idtr;
	u64 *g, a = (u64)fn;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	g = (u64 *)idtr.base + vec * 2;
	g[0] = (a & 0xffff) | (u64)SEL_CODE64 << 16 | 0x8eULL << 40 | (a >> 16 & 0xffff) << 48;
	g[1] = a >> 32;
}

/* For a profile: the command line's loop=NAME makes that row run for ever. */
static bool looping(const char *name)
{
	const char *l = is_domu ? (const char *)&own_mailbox()->arg[8] : strstr(cmdline(), "loop=");
	size_t n = strlen(name);

	if (!l || strncmp(l, "loop=", 5) || strncmp(l + 5, name, n) ||
		(l[5 + n] && l[5 + n] != ' ')) {
		return false;
	}
	if (!is_domu) {
		printf("LOOP %s\n", name);
	}
	return true;
}

static void report(const char *name, unsigned int n)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum += samples[i];
	}
	/* A shell sort: the library has none, and the numbers are few. */
	for (unsigned int gap = n / 2; gap; gap /= 2) {
		for (unsigned int i = gap; i < n; i++) {
			u32 x = samples[i];
			unsigned int j = i;

			for (; j >= gap && samples[j - gap] > x; j -= gap) {
				samples[j] = samples[j - gap];
			}
			samples[j] = x;
		}
	}
	if (is_domu) {
		own_mailbox()->ret[1] = sum * 10 / n;
		own_mailbox()->ret[2] = samples[n / 2];
		own_mailbox()->ret[3] = samples[n - 1];
		return;
	}
	printf("BENCH %s %lu %u %u %u\n", name, sum * 10 / n, samples[n / 2], samples[n - 1], n);
}

/* Takes op n times; after each, undo outside of the count. The first is a warm-up. */
#define MEASURE_UNDO(name, n, op, undo)                                   \
	do {                                                              \
		bool loop__ = looping(name);                              \
		for (unsigned int i__ = 0; i__ <= (n) || loop__; i__++) { \
			u64 t__ = rdtsc();                                \
			op;                                               \
			t__ = rdtsc() - t__;                              \
			if (i__ && !loop__) {                             \
				samples[i__ - 1] = (u32)(t__ - empty);    \
			}                                                 \
			undo;                                             \
		}                                                         \
		report(name, n);                                          \
	} while (0)
#define MEASURE(name, n, op) MEASURE_UNDO(name, n, op, (void)0)

static void empty_loop(void)
{
	u64 best = ~0UL;

	for (unsigned int i = 0; i < N; i++) {
		u64 t = rdtsc();

		t = rdtsc() - t;
		best = t < best ? t : best;
	}
	empty = best;
	printf("BENCH empty %lu %lu %lu %u\n", best * 10, best, best, N);
}

static void callback_set(void)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = 2ULL << 56 | VEC_EVENT };

	gate_set(VEC_EVENT, bench_event);
	bench_vcpu = vcpu_infos[0];
	bench_pending_word = (volatile u64 *)&shared_info->evtchn_pending[0];
	if (hvm_op(HVMOP_set_param, &p)) {
		test_error("no callback vector");
	}
}

/* A page goes, uncounted, and a new one comes to its place. */
static void row_of_pages(void)
{
	u64 g = gfn_of(alloc_page());
	xen_pfn_t f = g;
	struct xen_memory_reservation r = { .domid = DOMID_SELF, .nr_extents = 1 };

	set_xen_guest_handle(r.extent_start, &f);
	decrease(DOMID_SELF, g);
	MEASURE_UNDO(
		"populate-touch", N_FEW,
		{
			memory_op(XENMEM_populate_physmap, &r);
			*(volatile u32 *)gfn_ptr(g) = 1;
		},
		{
			CHECK_EQ(*(volatile u32 *)gfn_ptr(g), 1);
			CHECK_EQ(decrease(DOMID_SELF, g), 1);
		});
}

/* The peer: counts the row of pages, grants a page, then answers each event with one. */
void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u32 port;

	apic_enable();
	callback_set();
	if (m->arg[1]) {
		return;
	}
	if (bind_interdomain(0, (u32)m->arg[0], &port) || port >= 64) {
		test_error("bind");
	}
	empty = m->arg[2];
	row_of_pages();
	grant_table_map();
	grant_access(8, 0, gfn_of(alloc_page()), false);
	evtchn_unmask_local(port);
	irq_window();
	m->ret[0] = 1;
	for (u64 seen = bench_hits;;) {
		struct evtchn_send s = { .port = port };

		while (bench_hits == seen) {
			sti_hlt_cli();
		}
		seen = bench_hits;
		if (m->arg[1]) {
			break;
		}
		evtchn_op(EVTCHNOP_send, &s);
	}
}

static void rows_of_calls(void)
{
	struct vcpu_set_singleshot_timer timer = { 0 };
	struct multicall_entry calls[8];
	struct evtchn_unmask u;
	u32 port;

	MEASURE("xen_version", N, xen_version(XENVER_version, 0));
	MEASURE("cpuid", N, cpuid(1, 0));
	MEASURE("port", N, inb(0x20));
	MEASURE("timer", N, {
		timer.timeout_abs_ns = 1000000000000UL + i__;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
	});
	vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0);
	if (bind_ipi(0, &port) || port >= 64) {
		test_error("bind_ipi");
	}
	u.port = port;
	evtchn_op(EVTCHNOP_unmask, &u);
	irq_window();
	bench_hits = 0;
	sti();
	MEASURE("event-self", N, evtchn_send(port));
	cli();
	CHECK_EQ(bench_hits, N + 1);
	MEASURE("unmask", N, evtchn_op(EVTCHNOP_unmask, &u));
	evtchn_close(port);
	MEASURE("yield", N, sched_op(SCHEDOP_yield, 0));
	memset(calls, 0, sizeof(calls));
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		calls[i].op = __HYPERVISOR_xen_version;
		calls[i].args[0] = XENVER_version;
	}
	MEASURE("multicall-8", N, hc2(__HYPERVISOR_multicall, calls, ARRAY_SIZE(calls)));
	CHECK(calls[7].result >> 16 == 4);
}

static void rows_of_two_domains(void)
{
	struct domu u;
	u64 g = scratch_gfn(1), mine = gfn_of(alloc_page()), seen;
	struct gnttab_map_grant_ref m = {
		.host_addr = g << 12, .flags = GNTMAP_host_map, .ref = 8
	};
	struct gnttab_unmap_grant_ref um = { .host_addr = g << 12 };
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref, .len = PAGE_SIZE };
	u32 port;

	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	if (alloc_unbound(DOMID_SELF, u.domid, &port) || port >= 64) {
		test_error("no port");
	}
	u.box->arg[0] = port;
	u.box->arg[2] = empty;
	if (strstr(cmdline(), "loop=")) {
		const char *l = strstr(cmdline(), "loop=");

		memcpy((void *)&u.box->arg[8], l, strlen(l) + 1);
		if (!strncmp(l, "loop=populate", 13)) {
			printf("LOOP populate-touch\n");
		}
	}
	evtchn_unmask_local(port);
	domu_unpause(&u);
	if (!wait_irq(
		    u.box->ret[0] || u.box->state >= 2 || sched_op(SCHEDOP_yield, 0), 5000 * MS)) {
		test_error("the domain does not start");
	}
	printf("BENCH populate-touch %lu %lu %lu %u\n", u.box->ret[1], u.box->ret[2], u.box->ret[3],
		N_FEW);
	/* There and back: the runner takes half. */
	MEASURE("event-other", N, {
		seen = bench_hits;
		evtchn_send(port);
		while (READ_ONCE(bench_hits) == seen) {
			sti_hlt_cli();
		}
	});
	m.dom = (domid_t)u.domid;
	MEASURE("grant-map", N_FEW, {
		gnttab_op(GNTTABOP_map_grant_ref, &m, 1);
		um.handle = m.handle;
		um.dev_bus_addr = 0;
		gnttab_op(GNTTABOP_unmap_grant_ref, &um, 1);
	});
	CHECK_EQ(m.status, GNTST_okay);
	CHECK_EQ(um.status, GNTST_okay);
	c.source.u.ref = 8;
	c.source.domid = (domid_t)u.domid;
	c.dest.u.gmfn = mine;
	c.dest.domid = DOMID_SELF;
	MEASURE("grant-copy", N_FEW, gnttab_op(GNTTABOP_copy, &c, 1));
	CHECK_EQ(c.status, GNTST_okay);
	u.box->arg[1] = 1;
	evtchn_send(port);
	domu_wait(&u, 2000 * MS);
	domu_destroy(&u);
}

static void rows_of_apics(void)
{
	bench_hits = 0;
	*(volatile u32 *)IOAPIC = 0x10 + 2 * 20;
	MEASURE("ioapic", N, *(volatile u32 *)(IOAPIC + 0x10) = 0x10000);
	gate_set(VEC_IPI_X, bench_ipi_x);
	sti();
	MEASURE("xapic-ipi", N,
		{ *(volatile u32 *)(LAPIC_BASE + APIC_ICR) = 0x40000 | VEC_IPI_X; });
	cli();
	CHECK_EQ(bench_hits, N + 1);
	if (!x2apic_enable()) {
		return;
	}
	gate_set(VEC_IPI_X2, bench_ipi_x2);
	bench_hits = 0;
	sti();
	MEASURE("x2apic-ipi", N, wrmsr(0x83f, VEC_IPI_X2));
	cli();
	CHECK_EQ(bench_hits, N + 1);
}

/*
 * What a guest of 256 MiB costs: the hypervisor's memory besides the guest's own, and the
 * instructions from createdomain to the guest's first ones (its memory, its image), and of destroy.
 */
static void rows_of_domains(void)
{
	struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo };
	struct domu u;
	u64 before, with, t0, t1, t2, t3;
	bool loop = looping("domains");

	sysctl(&s);
	before = free_pages_total();
	printf("BENCH memory %lu %lu 0 1\n", s.u.physinfo.total_pages * 40, before * 4);
	for (unsigned int i = 0; i < 3 || loop; i++) {
		before = free_pages_total();
		t0 = rdtsc();
		if (domu_create(&u, 1, 256)) {
			test_error("no domain");
		}
		u.box->arg[1] = 1;
		with = free_pages_total();
		t1 = rdtsc();
		domu_unpause(&u);
		while (!READ_ONCE(u.box->state)) {
			sched_op(SCHEDOP_yield, 0);
		}
		t2 = rdtsc();
		domu_wait(&u, 5000 * MS);
		t3 = rdtsc();
		domu_destroy(&u);
		t3 = rdtsc() - t3;
		/* The first one makes the hypervisor's pool grow; the reference frees some later. */
		CHECK(!i || on_reference() || free_pages_total() == before);
	}
	printf("BENCH guest-memory %lu 0 0 1\n", (before - with - 65536) * 40);
	printf("BENCH create %lu %lu %lu 1\n", (t2 - t0) * 10, t2 - t0, t1 - t0);
	printf("BENCH destroy %lu %lu 0 1\n", t3 * 10, t3);
}

void test_main(void)
{
	apic_enable();
	if (free_pages_total() > 1200 * 256) {
		/* The machine of 2 GiB. */
		callback_set();
		rows_of_domains();
		return;
	}
	empty_loop();
	callback_set();
	rows_of_calls();
	rows_of_two_domains();
	rows_of_apics();
}
