/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* System time: nanoseconds since boot from the TSC, the same on all CPUs. */
#ifndef HV_TIME_H
#define HV_TIME_H

#include <hv/compiler.h>
#include <hv/types.h>

#define MILLISECS(n) ((int64_t)(n) * 1000000)
#define MICROSECS(n) ((int64_t)(n) * 1000)
#define SECONDS(n)   ((int64_t)(n) * 1000000000)

/* ns = base_ns + (((tsc - tsc_base) << shift) * mul_frac >> 32); the pvclock form. Immutable after boot. */
struct cpu_time_scale {
	uint32_t mul_frac;
	int8_t shift;
	uint32_t tsc_khz;
	uint64_t tsc_base;
	int64_t base_ns;
};
extern struct cpu_time_scale time_scale;
/* Wall clock at NOW() == 0, seconds since 1970 (UTC as the CMOS clock says). */
extern uint64_t boot_wallclock_sec;
extern bool tsc_is_invariant;
extern uint32_t lapic_timer_khz; /* bus clock after the divider in use */

int64_t NOW(void);
int64_t tsc_to_ns(uint64_t tsc); /* absolute TSC to NOW() scale */
uint64_t ns_to_tsc(int64_t ns); /* absolute NOW() time to TSC */
uint64_t ns_to_tsc_delta(uint64_t ns);
uint64_t tsc_to_ns_delta(uint64_t ticks);
/* mul/shift for a frequency, as pvclock wants them. */
void time_set_scale(uint32_t khz, uint32_t *mul_frac, int8_t *shift);
/* Busy wait; works from the first instruction after time_early_init(). */
void udelay(unsigned int us);
void mdelay(unsigned int ms);

void time_early_init(void); /* calibration */
void time_init(void); /* after ACPI: CMOS clock */
/* Real CMOS clock, read as seconds since 1970. 0: broken. */
uint64_t cmos_read_time(void);
uint8_t cmos_read(uint8_t idx);
void cmos_write(uint8_t idx, uint8_t val);

#endif
