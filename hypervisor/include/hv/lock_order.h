/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * The order of locks, outermost first. A CPU takes locks only downwards in this list; (irq) marks those taken with interrupts off.
 *
 *  1  domctl lock                  serialises control operations
 *  2  d->lock                      rare changes of one domain
 *  3  domain list lock
 *  4  grant table lock, then maptrack
 *  5  p2m lock (rwlock)            two of a kind: lower domain address first
 *  6  d->page_alloc_lock
 *  7  d->evtchn_lock (irq), port locks
 *  8  d->hvm.irq_lock (irq)
 *  9  scheduler locks (irq)
 * 10  timer heap locks (irq)
 * 11  irq_desc locks, I/O APIC lock (irq)
 * 12  page allocator, hypervisor pool, vmap locks (irq)
 * 13  rangeset locks
 * 14  console lock (irq)
 */
#ifndef HV_LOCK_ORDER_H
#define HV_LOCK_ORDER_H
#endif
