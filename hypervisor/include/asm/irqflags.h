/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* The interrupt flag of this CPU. */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <hv/types.h>

#ifdef HV_HOST_TEST
static inline void local_irq_disable(void)
{
}
static inline void local_irq_enable(void)
{
}
static inline unsigned long local_save_flags(void)
{
	return 0x200;
}
static inline unsigned long local_irq_save(void)
{
	return 0x200;
}
static inline void local_irq_restore(unsigned long flags)
{
	(void)flags;
}
static inline void cpu_relax(void)
{
}
#else
static inline void local_irq_disable(void)
{
	__asm__ __volatile__("cli" : : : "memory");
}
static inline void local_irq_enable(void)
{
	__asm__ __volatile__("sti" : : : "memory");
}
static inline unsigned long local_save_flags(void)
{
	unsigned long f;

	__asm__ __volatile__("pushfq; popq %0" : "=rm"(f) : : "memory");
	return f;
}
static inline unsigned long local_irq_save(void)
{
	unsigned long f = local_save_flags();

	local_irq_disable();
	return f;
}
static inline void local_irq_restore(unsigned long flags)
{
	if (flags & 0x200) {
		local_irq_enable();
	}
}
static inline void cpu_relax(void)
{
	__asm__ __volatile__("pause" : : : "memory");
}
#endif
static inline bool local_irq_is_enabled(void)
{
	return (local_save_flags() & 0x200) != 0;
}

#endif
