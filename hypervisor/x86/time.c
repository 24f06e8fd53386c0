/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calibration of the TSC and the local APIC's timer against the ACPI PM timer (or the PIT where there is none), busy waits, and the CMOS clock.
 * Not responsible for timers: those are domain/timer.c on top of lapic_timer_program().
 */
#include <hv/acpi.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/time.h>
#include <asm/io.h>
#include <asm/msr.h>

#include "x86_priv.h"

#define PM_TIMER_HZ  3579545u
#define PIT_HZ       1193182u
#define CALIBRATE_MS 10u

uint64_t boot_wallclock_sec __ro_after_init;
bool tsc_is_invariant __ro_after_init;
static DEFINE_SPINLOCK(cmos_lock, LOCK_PORTS);

void udelay(unsigned int us)
{
	if (time_scale.mul_frac == 0) {
		/* Not calibrated: a write to the diagnostic port takes about a microsecond. */
		for (; us != 0; us--) {
			outb(0, 0x80);
		}
		return;
	}
	for (uint64_t end = rdtsc() + ns_to_tsc_delta((uint64_t)us * 1000);
		(int64_t)(rdtsc() - end) < 0;) {
		cpu_relax();
	}
}

void mdelay(unsigned int ms)
{
	for (; ms != 0; ms--) {
		udelay(1000);
	}
}

static uint32_t __init pm_timer(void)
{
	return inl((uint16_t)acpi_info.pm_tmr) & 0xffffff;
}

static bool __init pm_timer_works(void)
{
	uint32_t first;

	if (acpi_info.pm_tmr == 0) {
		return false;
	}
	first = pm_timer();
	if (first == 0xffffff) {
		return false;
	}
	for (int i = 0; i < 10000; i++) {
		if (pm_timer() != first) {
			return true;
		}
	}
	return false;
}

/* One simultaneous reading of the reference, the TSC and the APIC timer. */
struct sample {
	uint64_t tsc;
	uint32_t apic, ref;
};

static void __init take(struct sample *s)
{
	s->apic = lapic_timer_calibrate_elapsed();
	s->tsc = rdtsc_ordered();
}

/*
 * The reading of several that took the shortest time: a system management interrupt, or an emulator whose host was busy, in the middle of one would spoil the
 * clock for good.
 */
static void __init take_pm(struct sample *best)
{
	uint64_t shortest = UINT64_MAX;

	for (unsigned int i = 0; i < 12; i++) {
		struct sample s;
		uint64_t t0 = rdtsc_ordered(), t1;

		s.ref = pm_timer();
		s.apic = lapic_timer_calibrate_elapsed();
		t1 = rdtsc_ordered();
		s.tsc = t0 + (t1 - t0) / 2;
		if (t1 - t0 < shortest) {
			shortest = t1 - t0;
			*best = s;
		}
	}
}

static uint64_t __init measure_pm(struct sample *a, struct sample *b)
{
	uint32_t want = PM_TIMER_HZ / 1000 * CALIBRATE_MS;

	take_pm(a);
	while (((pm_timer() - a->ref) & 0xffffff) < want) {
	}
	take_pm(b);
	return (uint64_t)((b->ref - a->ref) & 0xffffff) * 1000000000ull / PM_TIMER_HZ;
}

static uint64_t __init measure_pit(struct sample *a, struct sample *b)
{
	uint16_t ticks = PIT_HZ / 1000 * CALIBRATE_MS;
	unsigned int limit = 100000000;

	/* Channel 2, mode 0, gate on, speaker off: OUT2 goes high at the end. */
	outb((uint8_t)((inb(0x61) & ~2) | 1), 0x61);
	outb(0xb0, 0x43);
	outb(ticks & 0xff, 0x42);
	outb(ticks >> 8, 0x42);
	take(a);
	while ((inb(0x61) & 0x20) == 0 && --limit != 0) {
	}
	take(b);
	if (limit == 0) {
		panic("time: neither the ACPI PM timer nor the PIT counts");
	}
	return (uint64_t)ticks * 1000000000ull / PIT_HZ;
}

void __init time_early_init(void)
{
	bool pm = pm_timer_works();
	struct sample a, b;
	uint64_t ns, tsc_khz, apic_khz;

	lapic_timer_calibrate_start();
	ns = pm ? measure_pm(&a, &b) : measure_pit(&a, &b);
	tsc_khz = (b.tsc - a.tsc) * 1000000 / ns;
	apic_khz = (uint64_t)(b.apic - a.apic) * 1000000 / ns;
	if (tsc_khz == 0 || tsc_khz > 20000000) {
		panic("time: the processor's time stamp counter does not count");
	}
	lapic_timer_set_khz((uint32_t)apic_khz);
	lapic_init_cpu();
	time_scale.tsc_khz = (uint32_t)tsc_khz;
	time_scale.tsc_base = rdtsc_ordered();
	time_scale.base_ns = 0;
	time_set_scale((uint32_t)tsc_khz, &time_scale.mul_frac, &time_scale.shift);
	tsc_is_invariant = cpu_has_invtsc;
	printk_clock = NOW;
	printk(XENLOG_INFO "Time: TSC %u.%03u MHz%s, APIC timer %u.%03u MHz (against the %s)\n",
		(unsigned int)(tsc_khz / 1000), (unsigned int)(tsc_khz % 1000),
		tsc_is_invariant ? " (invariant)" : "", (unsigned int)(apic_khz / 1000),
		(unsigned int)(apic_khz % 1000), pm ? "PM timer" : "PIT");
}

uint8_t cmos_read(uint8_t idx)
{
	unsigned long flags;
	uint8_t v;

	spin_lock_irqsave(&cmos_lock, flags);
	outb(idx, 0x70);
	v = inb(0x71);
	spin_unlock_irqrestore(&cmos_lock, flags);
	return v;
}

void cmos_write(uint8_t idx, uint8_t val)
{
	unsigned long flags;

	spin_lock_irqsave(&cmos_lock, flags);
	outb(idx, 0x70);
	outb(val, 0x71);
	spin_unlock_irqrestore(&cmos_lock, flags);
}

/* Days from 1970-01-01 to the date in the Gregorian calendar. */
static int64_t days_from_civil(int64_t y, unsigned int m, unsigned int d)
{
	int64_t era;
	unsigned int yoe, doy, doe;

	y -= m <= 2;
	era = y / 400;
	yoe = (unsigned int)(y - era * 400);
	doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

struct rtc {
	uint8_t sec, min, hour, day, month, year;
};

static struct rtc rtc_read_once(void)
{
	return (struct rtc){ cmos_read(0), cmos_read(2), cmos_read(4), cmos_read(7), cmos_read(8),
		cmos_read(9) };
}

static unsigned int from_bcd(uint8_t v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15);
}

uint64_t cmos_read_time(void)
{
	struct rtc a, b;
	uint8_t regb = cmos_read(0x0b);
	bool binary = (regb & 4) != 0, pm;
	unsigned int hour, month, day, year;

	/* Two equal readings outside an update. */
	b = rtc_read_once();
	for (unsigned int tries = 0; tries < 1000; tries++) {
		a = b;
		if ((cmos_read(0x0a) & 0x80) != 0) {
			udelay(10);
			continue;
		}
		b = rtc_read_once();
		if (a.sec == b.sec && a.min == b.min && a.hour == b.hour && a.day == b.day) {
			break;
		}
	}
	pm = (regb & 2) == 0 && (b.hour & 0x80) != 0;
	hour = from_bcd(b.hour & 0x7f, binary);
	if ((regb & 2) == 0) {
		hour = hour % 12 + (pm ? 12 : 0);
	}
	day = from_bcd(b.day, binary);
	month = from_bcd(b.month, binary);
	year = from_bcd(b.year, binary);
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23) {
		return 0;
	}
	year += year < 70 ? 2000 : 1900;
	return (uint64_t)days_from_civil(year, month, day) * 86400 + hour * 3600 +
		from_bcd(b.min, binary) * 60 + from_bcd(b.sec, binary);
}

void __init time_init(void)
{
	uint64_t now = cmos_read_time();

	if (now == 0) {
		printk(XENLOG_WARNING
			"The CMOS clock shows no valid date: set it in the firmware setup\n");
	}
	boot_wallclock_sec = now - (uint64_t)NOW() / 1000000000u;
}
