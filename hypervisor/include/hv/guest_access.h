/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: p2m */
/*
 * The only road to guest memory: page-table walk (none, 32-bit, PAE, 4-level) in the current vCPU's
 * context, then a copy through a per-CPU window. All return 0 or -EFAULT (number of bytes copied is
 * not told). Out of line; end in a compiler barrier. Context: current is a guest vCPU, no p2m lock
 * held.
 */
#ifndef HV_GUEST_ACCESS_H
#define HV_GUEST_ACCESS_H

#include <hv/types.h>
#include <hv/compiler.h>
#include <hv/addr.h>

struct vcpu;
struct domain;

/* What a walk depends on; filled by hvm_ops->get_walk_state. */
struct walk_state {
	uint64_t cr0, cr3, cr4, efer, rflags;
	unsigned int cpl;
	uint32_t pkru;
	bool nxe;
};

#define WALK_WRITE    1u
#define WALK_USER     2u
#define WALK_EXEC     4u
/* Supervisor access whatever the CPL (descriptor tables, hypercall buffers). */
#define WALK_IMPLICIT 8u

/*
 * Walk gva as v's page tables say (v is current or paused). An access is a user's when WALK_USER is
 * given or ws->cpl is 3, unless WALK_IMPLICIT. Walk gva. 0 and *gpa, or -EFAULT with *pf_error =
 * the page-fault error code for injection. Sets A/D bits as hardware does.
 */
int guest_walk(struct vcpu *v, const struct walk_state *ws, uint64_t gva, unsigned int flags,
	gpa_t *gpa, uint32_t *pf_error);

/* Hypercall buffers: guest virtual addresses of current. Kernel privilege, SMAP ignored. */
int __must_check copy_from_guest(void *dst, uint64_t gva, size_t len);
int __must_check copy_to_guest(uint64_t gva, const void *src, size_t len);
int __must_check clear_guest(uint64_t gva, size_t len);
/*
 * Typed helpers over XEN_GUEST_HANDLE / XEN_GUEST_HANDLE_64: hnd.p is the guest's virtual address.
 */
#define copy_struct_from_guest(dst, gva) copy_from_guest((dst), (gva), sizeof(*(dst)))
#define copy_struct_to_guest(gva, src)   copy_to_guest((gva), (src), sizeof(*(src)))
#define handle_gva(hnd)                  ((uint64_t)(uintptr_t)(hnd).p)

/* Guest physical, of any domain; -EFAULT for holes, MMIO and read-only targets. */
int __must_check copy_from_gpa(struct domain *d, void *dst, gpa_t gpa, size_t len);
int __must_check copy_to_gpa(struct domain *d, gpa_t gpa, const void *src, size_t len);

/*
 * As the running code would access memory (CPL, SMAP, faults): used by the instruction emulator.
 * -EFAULT with *pf_error and *fault_gva: a page fault to inject; -ENXIO with *fault_gva:
 * translated, but no (writable) RAM is there. Bytes before the fault may have been copied.
 */
int __must_check guest_read_linear(struct vcpu *v, uint64_t gva, void *dst, size_t len,
	unsigned int flags, uint32_t *pf_error, uint64_t *fault_gva);
int __must_check guest_write_linear(struct vcpu *v, uint64_t gva, const void *src, size_t len,
	unsigned int flags, uint32_t *pf_error, uint64_t *fault_gva);
/* Instruction bytes at CS:RIP (linear address given). Returns the number fetched (0..15). */
unsigned int guest_fetch_insn(struct vcpu *v, uint64_t linear_rip, uint8_t *buf, unsigned int max);

#endif
