/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of lib/spinlock.c in debug builds: locks in the order of hv/lock_order.h pass, each way
 * to break it stops, trylock may go against it.
 */
#include <hv/percpu.h>
#include <hv/rwlock.h>
#include <hv/spinlock.h>

#include "host.h"

unsigned int percpu_cpu_id;
unsigned long percpu_this_offset;

static spinlock_t outer, inner, peer[2], leaf, irq;
static rwlock_t p2m;

static void init(void)
{
	spin_lock_init(&outer, LOCK_DOMAIN);
	spin_lock_init(&inner, LOCK_PAGE_ALLOC);
	spin_lock_init(&peer[0], LOCK_EVTCHN);
	spin_lock_init(&peer[1], LOCK_EVTCHN);
	spin_lock_init(&leaf, LOCK_UNORDERED);
	spin_lock_init(&irq, LOCK_CHANNEL);
	rwlock_init(&p2m, LOCK_P2M);
}

static void in_order(void **state)
{
	(void)state;
	init();
	spin_lock(&outer);
	spin_lock_pair(&peer[1], &peer[0]);
	read_lock(&p2m);
	spin_lock(&inner);
	spin_lock(&leaf);
	spin_unlock(&leaf);
	spin_unlock(&inner);
	read_unlock(&p2m);
	write_lock(&p2m);
	write_unlock(&p2m);
	spin_unlock_pair(&peer[0], &peer[1]);
	/* Tried against the order; what comes later still counts. */
	spin_unlock(&outer);
	spin_lock(&inner);
	assert_true(spin_trylock(&outer));
	spin_unlock(&outer);
	spin_unlock(&inner);
	spin_lock(&peer[0]);
	assert_true(spin_trylock(&peer[1]));
	spin_unlock(&peer[1]);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&peer[0]);
}

static void against(void *arg)
{
	switch ((uintptr_t)arg) {
	case 0:
		spin_lock(&inner);
		spin_lock(&outer);
		break;
	case 1:
		spin_lock(&peer[0]);
		spin_lock(&peer[1]);
		break;
	case 2:
		spin_lock(&inner);
		read_lock(&p2m);
		break;
	case 3:
		write_lock(&p2m);
		read_lock(&p2m);
		break;
	case 4:
		read_lock(&p2m);
		read_lock(&p2m);
		break;
	case 5:
		/* The holder may be interrupted by who waits for the other. */
		spin_lock(&irq);
		spin_lock(&inner);
		break;
	case 6:
		spin_lock(&leaf);
		spin_lock(&leaf);
		break;
	case 7:
		spin_unlock(&leaf);
		break;
	default:
		spin_lock(&inner);
		assert_true(spin_trylock(&outer));
		spin_lock(&peer[0]);
		break;
	}
}

static void stops(void **state)
{
	(void)state;
	for (uintptr_t i = 0; i < 9; i++) {
		init();
		assert_true(expect_bug(against, (void *)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(in_order), cmocka_unit_test(stops) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
