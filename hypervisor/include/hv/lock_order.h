/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * The order of locks, outermost first: a CPU waits for a lock only when it holds none of the same
 * level or a later one; debug builds check it (lib/spinlock.c). A lock that is only tried may be taken
 * out of order. Two of a kind: spin_lock_pair(), or spin_lock_second() by who keeps to the order of
 * addresses. Plain locks come before the irq-safe ones, because who holds a plain lock may be
 * interrupted by a handler that waits for an irq-safe one. docs/LOCKING.md says what each protects.
 */
#ifndef HV_LOCK_ORDER_H
#define HV_LOCK_ORDER_H

enum lock_level {
	LOCK_UNORDERED, /* not checked */

	/* Plain. */
	LOCK_DOMCTL, /* domctl_lock, tried */
	LOCK_VCPU_OP, /* d->vcpu_lock, tried */
	LOCK_DOMAIN, /* d->lock */
	LOCK_DOMLIST,
	LOCK_EVTCHN, /* d->evtchn_lock */
	LOCK_GRANT,
	LOCK_MAPTRACK,
	LOCK_VPCI,
	LOCK_VPCI_DEV,
	LOCK_P2M, /* rwlock */
	LOCK_PAGE_ALLOC, /* d->page_alloc_lock */
	LOCK_CLAIM,
	LOCK_SHUTDOWN, /* d->shutdown_lock */
	LOCK_TIME_AREA, /* v->time_lock */
	LOCK_WALLCLOCK,
	LOCK_WATCHDOG, /* d->watchdog_lock */
	LOCK_LINE,
	LOCK_IOMMU,
	LOCK_RANGESET,
	LOCK_BINDINGS,
	LOCK_CALL, /* one call of other CPUs at a time */

	/* Irq-safe. */
	LOCK_VIRQ,
	LOCK_CHANNEL,
	LOCK_FIFO_QUEUE,
	LOCK_HVM_IRQ, /* d->hvm.irq_lock */
	LOCK_SCHED,
	LOCK_TIMER,
	LOCK_BINDING, /* of one GSI */
	LOCK_IRQ,
	LOCK_IOAPIC,
	LOCK_HEAP,
	LOCK_POOL,
	LOCK_TABLE,
	LOCK_VMAP,
	LOCK_PORTS, /* pci_lock, cmos_lock, typed_lock: nothing inside */
	LOCK_PRINTK,
	LOCK_CONSOLE,
	LOCK_NR
};

#endif
