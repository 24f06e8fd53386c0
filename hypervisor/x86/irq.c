/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts: sources (irq numbers), their vectors and CPUs, and the dispatch from the entry code. Vectors are per CPU. When an irq moves, the old
 * vector keeps leading to it until the next move, so that nothing in flight is lost. Locking: irq_lock (irq-safe) for allocation and moves; dispatch reads
 * without it.
 */
#include <hv/errno.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/spinlock.h>
#include <asm/apicdef.h>
#include <asm/regs.h>

enum irq_kind { IRQ_FREE, IRQ_GSI, IRQ_MSI };

struct irq_desc {
	irq_handler_t handler; /* [irq_lock], read by dispatch */
	void *arg;
	enum irq_kind kind;
	bool level, active_low;
	uint8_t vector, old_vector; /* 0 none */
	uint16_t cpu, old_cpu;
	uint64_t count;
};

static struct irq_desc irqs[NR_IRQS];
static DEFINE_SPINLOCK(irq_lock, LOCK_IRQ);
static DEFINE_PER_CPU(uint16_t[256], vector_irq); /* irq + 1, 0 none */
static DEFINE_PER_CPU(uint8_t, vector_hint);
static void (*system_vectors[16])(void) __ro_after_init;
static unsigned int next_cpu;

void set_system_vector(uint8_t vector, void (*fn)(void))
{
	BUG_ON(vector < 0xf0);
	system_vectors[vector - 0xf0] = fn;
}

void do_IRQ(struct cpu_regs *regs)
{
	unsigned int vector = regs->entry_vector & 0xff, irq;
	struct irq_desc *d;

	if (vector >= 0xf0) {
		void (*fn)(void) = system_vectors[vector - 0xf0];

		if (vector != VECTOR_SPURIOUS) {
			lapic_eoi();
		}
		if (fn != NULL) {
			fn();
		}
		return;
	}
	irq = this_cpu(vector_irq)[vector];
	if (irq == 0) {
		lapic_eoi();
		return;
	}
	irq--;
	d = &irqs[irq];
	d->count++;
	if (d->level) {
		ioapic_mask_gsi(irq);
	}
	lapic_eoi();
	if (d->handler != NULL) {
		d->handler(irq, d->arg);
	}
}

/* A free vector of cpu for irq; 0 none. irq_lock held. */
static uint8_t vector_alloc(unsigned int cpu, unsigned int irq)
{
	unsigned int n = VECTOR_LAST_DYNAMIC - VECTOR_FIRST_DYNAMIC + 1;
	unsigned int v = per_cpu(vector_hint, cpu);

	for (unsigned int i = 0; i < n; i++) {
		v = v < VECTOR_FIRST_DYNAMIC || v >= VECTOR_LAST_DYNAMIC ? VECTOR_FIRST_DYNAMIC :
									   v + 1;
		if (v != 0x80 && per_cpu(vector_irq, cpu)[v] == 0) {
			per_cpu(vector_hint, cpu) = (uint8_t)v;
			per_cpu(vector_irq, cpu)[v] = (uint16_t)(irq + 1);
			return (uint8_t)v;
		}
	}
	return 0;
}

static void drop_old_vector(struct irq_desc *d)
{
	if (d->old_vector != 0) {
		per_cpu(vector_irq, d->old_cpu)[d->old_vector] = 0;
		d->old_vector = 0;
	}
}

/* Spread sources over the online CPUs. */
static unsigned int choose_cpu(void)
{
	next_cpu = cpumask_cycle(next_cpu, &cpu_online_map);
	return next_cpu;
}

static int activate(unsigned int irq, enum irq_kind kind, irq_handler_t handler, void *arg)
{
	struct irq_desc *d = &irqs[irq];
	unsigned int cpu = choose_cpu();
	uint8_t vector = vector_alloc(cpu, irq);

	if (vector == 0) {
		return -ENOSPC;
	}
	d->handler = handler;
	d->arg = arg;
	d->cpu = (uint16_t)cpu;
	d->vector = vector;
	d->count = 0;
	d->level = false;
	d->kind = kind;
	return 0;
}

int irq_bind_gsi(unsigned int gsi, bool level, bool active_low, irq_handler_t handler, void *arg)
{
	unsigned long flags;
	int rc;

	if (gsi >= nr_gsis) {
		return -EINVAL;
	}
	spin_lock_irqsave(&irq_lock, flags);
	rc = irqs[gsi].kind != IRQ_FREE ? -EBUSY : activate(gsi, IRQ_GSI, handler, arg);
	if (rc == 0) {
		struct irq_desc *d = &irqs[gsi];

		d->level = level;
		d->active_low = active_low;
		ioapic_program_gsi(gsi, d->vector, d->cpu, level, active_low, true);
		rc = (int)gsi;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return rc;
}

int irq_create(irq_handler_t handler, void *arg)
{
	unsigned long flags;
	int rc = -ENOSPC;

	spin_lock_irqsave(&irq_lock, flags);
	for (unsigned int irq = nr_gsis; irq < NR_IRQS; irq++) {
		if (irqs[irq].kind == IRQ_FREE) {
			rc = activate(irq, IRQ_MSI, handler, arg);
			if (rc == 0) {
				rc = (int)irq;
			}
			break;
		}
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return rc;
}

void irq_msi_msg(unsigned int irq, uint64_t *addr, uint32_t *data)
{
	unsigned long flags;

	spin_lock_irqsave(&irq_lock, flags);
	*addr = MSI_ADDR_BASE | ((uint64_t)(cpu_apicid(irqs[irq].cpu) & 0xff) << 12);
	*data = irqs[irq].vector;
	spin_unlock_irqrestore(&irq_lock, flags);
}

static void sync_nothing(void *arg)
{
	(void)arg;
}

void irq_destroy(unsigned int irq)
{
	struct irq_desc *d = &irqs[irq];
	unsigned long flags;

	BUG_ON(irq >= NR_IRQS);
	spin_lock_irqsave(&irq_lock, flags);
	if (d->kind == IRQ_FREE) {
		spin_unlock_irqrestore(&irq_lock, flags);
		return;
	}
	if (d->kind == IRQ_GSI) {
		ioapic_program_gsi(irq, 0, 0, false, false, true);
	}
	per_cpu(vector_irq, d->cpu)[d->vector] = 0;
	drop_old_vector(d);
	d->handler = NULL;
	spin_unlock_irqrestore(&irq_lock, flags);
	/* A handler that runs now on some CPU has finished when that CPU takes our call. */
	on_each_cpu(sync_nothing, NULL, true);
	spin_lock_irqsave(&irq_lock, flags);
	d->vector = 0;
	d->level = false;
	d->kind = IRQ_FREE;
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_mask(unsigned int irq)
{
	if (irq < NR_IRQS && irqs[irq].kind == IRQ_GSI) {
		ioapic_mask_gsi(irq);
	}
}

void irq_unmask(unsigned int irq)
{
	if (irq < NR_IRQS && irqs[irq].kind == IRQ_GSI) {
		ioapic_unmask_gsi(irq);
	}
}

int irq_set_affinity(unsigned int irq, unsigned int cpu)
{
	struct irq_desc *d = &irqs[irq];
	unsigned long flags;
	uint8_t vector;
	int rc = 0;

	if (irq >= NR_IRQS || cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		return -EINVAL;
	}
	spin_lock_irqsave(&irq_lock, flags);
	if (d->kind == IRQ_FREE) {
		rc = -EINVAL;
	} else if (d->cpu != cpu) {
		drop_old_vector(d);
		vector = vector_alloc(cpu, irq);
		if (vector == 0) {
			rc = -ENOSPC;
		} else {
			d->old_cpu = d->cpu;
			d->old_vector = d->vector;
			d->cpu = (uint16_t)cpu;
			d->vector = vector;
			if (d->kind == IRQ_GSI) {
				ioapic_retarget_gsi(irq, vector, cpu);
			}
		}
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return rc;
}

unsigned int irq_cpu(unsigned int irq)
{
	return irqs[irq].cpu;
}

unsigned int irq_vector(unsigned int irq)
{
	return irqs[irq].vector;
}

uint64_t irq_count(unsigned int irq)
{
	return irqs[irq].count;
}

bool irq_in_use(unsigned int irq)
{
	return irq < NR_IRQS && irqs[irq].kind != IRQ_FREE;
}

static bool ours[NR_IRQS];

void gsi_mark_ours(unsigned int gsi)
{
	if (gsi < NR_IRQS) {
		ours[gsi] = true;
	}
}

bool gsi_is_ours(unsigned int gsi)
{
	return gsi < NR_IRQS && ours[gsi];
}

void irq_init(void)
{
	next_cpu = 0;
}

void irq_dump(void)
{
	for (unsigned int irq = 0; irq < NR_IRQS; irq++) {
		const struct irq_desc *d = &irqs[irq];

		if (d->kind != IRQ_FREE) {
			printk("irq %u: %s vector %02x on CPU %u, %s, %lu interrupts\n", irq,
				d->kind == IRQ_GSI ? "GSI" : "MSI", d->vector, d->cpu,
				d->level ? "level" : "edge", (unsigned long)d->count);
		}
	}
}
