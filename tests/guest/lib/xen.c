/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared pages, clock, p2m, event channels and grants of the test kernels: thin wrappers of the
 * hypercalls. The upcall handler serves the 2-level ABI; a test of the FIFO ABI brings its own.
 */
#include "xenlib.h"

shared_info_t *shared_info;
struct vcpu_info *vcpu_infos[MAX_CPUS];
volatile u32 evtchn_count[4096], upcall_count;
volatile grant_entry_v1_t *grant_table;
static u64 next_scratch = 0x140000; /* 5 GiB */
void clock_init(void);

u32 xen_cpuid_base(void)
{
	for (u32 base = 0x40000000; base < 0x40010000; base += 0x100) {
		struct cpuid r = cpuid(base, 0);

		if (r.b == XEN_CPUID_SIGNATURE_EBX && r.c == XEN_CPUID_SIGNATURE_ECX &&
			r.d == XEN_CPUID_SIGNATURE_EDX) {
			return base;
		}
	}
	return 0;
}

unsigned int own_domid(void)
{
	struct cpuid r = cpuid(xen_cpuid_base() + 4, 0);

	return r.a & XEN_HVM_CPUID_DOMID_PRESENT ? r.c : 0;
}

unsigned int nr_vcpus(void)
{
	unsigned int n = 0;

	while (n < MAX_CPUS && vcpu_op(VCPUOP_is_up, n, 0) >= 0) {
		n++;
	}
	return n;
}

/* ---- shared info and clock ---- */
void shared_info_map(void)
{
	s64 rc;

	shared_info = alloc_page();
	rc = add_to_physmap(XENMAPSPACE_shared_info, 0, gfn_of(shared_info));
	if (rc) {
		test_error("shared info: %ld", rc);
	}
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		vcpu_infos[i] = &shared_info->vcpu_info[i];
	}
}

u64 pvclock_ns(const volatile struct vcpu_time_info *t)
{
	u32 ver;
	u64 ns;

	do {
		u64 delta;

		ver = t->version;
		barrier();
		delta = rdtsc() - t->tsc_timestamp;
		if (t->tsc_shift >= 0) {
			delta <<= t->tsc_shift;
		} else {
			delta >>= -t->tsc_shift;
		}
		ns = t->system_time +
			(u64)(((unsigned __int128)delta * t->tsc_to_system_mul) >> 32);
		barrier();
	} while ((ver & 1) || ver != t->version);
	return ns;
}

void clock_init(void)
{
}

u64 now_ns(void)
{
	unsigned int cpu = this_cpu()->idx;
	const volatile struct vcpu_time_info *t = &vcpu_infos[cpu]->time;

	if (!t->tsc_to_system_mul) {
		t = &vcpu_infos[0]->time;
	}
	return pvclock_ns(t);
}

void delay_ns(u64 n)
{
	u64 end = now_ns() + n;

	while (now_ns() < end) {
		pause();
	}
}

/* ---- p2m ---- */
u64 scratch_gfn(unsigned int nr)
{
	u64 g = next_scratch;

	next_scratch += nr;
	return g;
}

s64 add_to_physmap(unsigned int space, u64 idx, u64 gfn)
{
	struct xen_add_to_physmap x = {
		.domid = DOMID_SELF,
		.space = space,
		.idx = idx,
		.gpfn = gfn,
	};

	return memory_op(XENMEM_add_to_physmap, &x);
}

s64 add_foreign(unsigned int domid, u64 foreign_gfn, u64 gfn)
{
	xen_ulong_t idx = foreign_gfn;
	xen_pfn_t g = gfn;
	int err = 0;
	struct xen_add_to_physmap_batch x = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_gmfn_foreign,
		.size = 1,
		.u.foreign_domid = (domid_t)domid,
	};
	s64 rc;

	set_xen_guest_handle(x.idxs, &idx);
	set_xen_guest_handle(x.gpfns, &g);
	set_xen_guest_handle(x.errs, &err);
	rc = memory_op(XENMEM_add_to_physmap_batch, &x);
	return rc ? rc : err;
}

s64 remove_from_physmap(u64 gfn)
{
	struct xen_remove_from_physmap x = { .domid = DOMID_SELF, .gpfn = gfn };

	return memory_op(XENMEM_remove_from_physmap, &x);
}

s64 populate(unsigned int domid, u64 gfn, unsigned int nr)
{
	xen_pfn_t frames[128];
	struct xen_memory_reservation r = { .domid = (domid_t)domid };
	s64 done = 0;

	while (nr) {
		unsigned int n = nr < ARRAY_SIZE(frames) ? nr : ARRAY_SIZE(frames);
		s64 rc;

		for (unsigned int i = 0; i < n; i++) {
			frames[i] = gfn + i;
		}
		set_xen_guest_handle(r.extent_start, frames);
		r.nr_extents = n;
		rc = memory_op(XENMEM_populate_physmap, &r);
		if (rc < 0) {
			return done ? done : rc;
		}
		done += rc;
		if (rc != n) {
			break;
		}
		gfn += n;
		nr -= n;
	}
	return done;
}

s64 decrease(unsigned int domid, u64 gfn)
{
	xen_pfn_t f = gfn;
	struct xen_memory_reservation r = { .domid = (domid_t)domid, .nr_extents = 1 };

	set_xen_guest_handle(r.extent_start, &f);
	return memory_op(XENMEM_decrease_reservation, &r);
}

/* ---- event channels, 2-level ---- */
static void upcall(struct regs *r)
{
	struct vcpu_info *v = vcpu_infos[this_cpu()->idx];

	(void)r;
	upcall_count++;
	while (READ_ONCE(v->evtchn_upcall_pending)) {
		u64 sel;

		v->evtchn_upcall_pending = 0;
		mb();
		sel = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		while (sel) {
			unsigned int w = (unsigned int)__builtin_ctzll(sel);
			u64 bits;

			sel &= sel - 1;
			bits = READ_ONCE(shared_info->evtchn_pending[w]) &
				~READ_ONCE(shared_info->evtchn_mask[w]);
			while (bits) {
				unsigned int b = (unsigned int)__builtin_ctzll(bits);

				bits &= bits - 1;
				evtchn_clear(w * 64 + b);
				evtchn_count[w * 64 + b]++;
			}
		}
	}
}

s64 evtchn_upcall_set(unsigned int vcpu, unsigned int vec)
{
	struct xen_hvm_evtchn_upcall_vector u = { .vcpu = vcpu, .vector = (u8)vec };

	irq_handler(vec, upcall);
	return hvm_op(HVMOP_set_evtchn_upcall_vector, &u);
}

void evtchn_unmask_local(u32 port)
{
	struct evtchn_unmask u = { .port = port };

	evtchn_op(EVTCHNOP_unmask, &u);
}

void evtchn_mask(u32 port)
{
	__atomic_or_fetch(&shared_info->evtchn_mask[port / 64], 1UL << port % 64, __ATOMIC_SEQ_CST);
}

bool evtchn_pending(u32 port)
{
	return READ_ONCE(shared_info->evtchn_pending[port / 64]) >> port % 64 & 1;
}

void evtchn_clear(u32 port)
{
	__atomic_and_fetch(
		&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
}

s64 evtchn_send(u32 port)
{
	struct evtchn_send s = { .port = port };

	return evtchn_op(EVTCHNOP_send, &s);
}

s64 evtchn_close(u32 port)
{
	struct evtchn_close s = { .port = port };

	return evtchn_op(EVTCHNOP_close, &s);
}

s64 bind_virq(u32 virq, u32 vcpu, u32 *port)
{
	struct evtchn_bind_virq b = { .virq = virq, .vcpu = vcpu };
	s64 rc = evtchn_op(EVTCHNOP_bind_virq, &b);

	*port = b.port;
	return rc;
}

s64 bind_ipi(u32 vcpu, u32 *port)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };
	s64 rc = evtchn_op(EVTCHNOP_bind_ipi, &b);

	*port = b.port;
	return rc;
}

s64 alloc_unbound(u32 dom, u32 remote, u32 *port)
{
	struct evtchn_alloc_unbound b = { .dom = (domid_t)dom, .remote_dom = (domid_t)remote };
	s64 rc = evtchn_op(EVTCHNOP_alloc_unbound, &b);

	*port = b.port;
	return rc;
}

s64 bind_interdomain(u32 rdom, u32 rport, u32 *port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = (domid_t)rdom, .remote_port = rport };
	s64 rc = evtchn_op(EVTCHNOP_bind_interdomain, &b);

	*port = b.local_port;
	return rc;
}

/* ---- grants ---- */
void grant_table_map(void)
{
	u64 g = is_domu ? gfn_of(alloc_page()) : scratch_gfn(1);
	s64 rc = add_to_physmap(XENMAPSPACE_grant_table, 0, g);

	if (rc) {
		test_error("grant table: %ld", rc);
	}
	grant_table = gfn_ptr(g);
}

void grant_access(u32 ref, u32 domid, u64 gfn, bool ro)
{
	grant_table[ref].domid = (domid_t)domid;
	grant_table[ref].frame = (u32)gfn;
	barrier();
	grant_table[ref].flags = GTF_permit_access | (ro ? GTF_readonly : 0);
}

bool grant_end(u32 ref)
{
	u16 old = grant_table[ref].flags;

	if (old & (GTF_reading | GTF_writing)) {
		return false;
	}
	return __sync_bool_compare_and_swap(&grant_table[ref].flags, old, 0);
}

s64 grant_map(u32 dom, u32 ref, u64 gfn, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = gfn << 12,
		.flags = flags,
		.ref = ref,
		.dom = (domid_t)dom,
		.status = 77,
	};
	s64 rc = gnttab_op(GNTTABOP_map_grant_ref, &m, 1);

	*handle = m.handle;
	return rc ? rc : m.status;
}

s64 grant_unmap(u32 handle, u64 gfn)
{
	struct gnttab_unmap_grant_ref u = {
		.host_addr = gfn << 12, .handle = handle, .status = 77
	};
	s64 rc = gnttab_op(GNTTABOP_unmap_grant_ref, &u, 1);

	return rc ? rc : u.status;
}
