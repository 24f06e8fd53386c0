/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/*
 * Physical interrupts. An irq number stands for a source: GSIs 0..nr_gsis-1 are their own irq numbers, MSIs get numbers above. Each active irq has a vector on
 * one CPU. A handler runs with interrupts off, after the EOI: edge and MSI: EOI, then handler; level: the pin is masked, EOI, handler, and whoever owns it calls irq_unmask()
 * when the device has been served. Handlers take irq-safe locks only.
 */
#ifndef HV_IRQ_H
#define HV_IRQ_H

#include <hv/compiler.h>
#include <hv/types.h>

typedef void (*irq_handler_t)(unsigned int irq, void *arg);

#define NR_IRQS 1024

extern unsigned int nr_gsis;  /* pins of all I/O APICs */

void irq_init(void);

/* GSI: allocate a vector, program the pin (masked). Returns the irq number (= gsi), -EBUSY when taken, -EINVAL, -ENOSPC. */
int __must_check irq_bind_gsi(
	unsigned int gsi, bool level, bool active_low, irq_handler_t handler, void *arg);
/* MSI-type source: irq number or -ENOSPC. The message for the device is irq_msi_msg(). */
int __must_check irq_create(irq_handler_t handler, void *arg);
void irq_msi_msg(unsigned int irq, uint64_t *addr, uint32_t *data);
/* Free an irq of either kind: masked, and its handler does not run any more on return (interrupts on). */
void irq_destroy(unsigned int irq);
void irq_mask(unsigned int irq);
void irq_unmask(unsigned int irq);
/* Move to a CPU. GSIs are reprogrammed; for MSIs the caller rewrites the device's message afterwards. -EINVAL, -ENOSPC. */
int irq_set_affinity(unsigned int irq, unsigned int cpu);
unsigned int irq_cpu(unsigned int irq);
unsigned int irq_vector(unsigned int irq);
uint64_t irq_count(unsigned int irq);
bool irq_in_use(unsigned int irq);
/* Pin is owned by the hypervisor (serial, IOMMU): not for dom0. */
bool gsi_is_ours(unsigned int gsi);
void gsi_mark_ours(unsigned int gsi);

/* Fixed system vectors (0xf0..0xff), no irq number: handler gets no arguments, interrupts off, EOI done before. */
#define VECTOR_FIRST_DYNAMIC 0x31
#define VECTOR_LAST_DYNAMIC  0xef
#define VECTOR_TIMER         0xf9
#define VECTOR_EVENT_CHECK   0xfa
#define VECTOR_CALL_FUNCTION 0xfb
#define VECTOR_TLB_FLUSH     0xfc
#define VECTOR_THERMAL       0xfd
#define VECTOR_ERROR         0xfe
#define VECTOR_SPURIOUS      0xff
void set_system_vector(uint8_t vector, void (*fn)(void));
/* Called by the interrupt entry with interrupts off. */
struct cpu_regs;
void do_IRQ(struct cpu_regs *regs);
void irq_dump(void);

/* I/O APICs (x86/ioapic.c). */
void ioapic_init(void);
unsigned int ioapic_count(void);
struct ioapic_info {
	uint32_t id, gsi_base, nr_pins, version;
	uint64_t maddr;
};
const struct ioapic_info *ioapic_get(unsigned int idx);
void ioapic_program_gsi(unsigned int gsi, uint8_t vector, unsigned int dest_cpu, bool level,
	bool active_low, bool masked);
/* New vector and CPU; trigger, polarity and mask stay. */
void ioapic_retarget_gsi(unsigned int gsi, uint8_t vector, unsigned int dest_cpu);
void ioapic_mask_gsi(unsigned int gsi);
void ioapic_unmask_gsi(unsigned int gsi);
void ioapic_eoi(unsigned int gsi);
/* Legacy IRQ 0..15 to GSI with its override flags. */
unsigned int isa_irq_to_gsi(unsigned int irq, bool *level, bool *active_low);

/* Local APIC (x86/lapic.c). */
void lapic_init_bsp(void);
void lapic_init_cpu(void);
uint32_t lapic_id(void);
void lapic_eoi(void);
void lapic_send_ipi(unsigned int cpu, uint8_t vector);
void lapic_send_nmi(unsigned int cpu);
void lapic_send_init(uint32_t apicid);
void lapic_send_sipi(uint32_t apicid, uint8_t page);
/* Fire TIMER_SOFTIRQ at NOW() == abs_ns (or at once when past); INT64_MAX stops it. This CPU. */
void lapic_timer_program(int64_t abs_ns);
void lapic_timer_stop(void);
bool lapic_is_x2apic(void);
void lapic_shutdown(void);
/* Registered by domain/ at boot through start.c: raises TIMER_SOFTIRQ. */
void lapic_set_timer_hook(void (*fn)(void));

#endif
