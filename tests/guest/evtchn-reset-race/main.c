/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One vCPU unmasks, polls, sends on and sets priorities of ports that may be closed, while the other
 * resets the event channels and sets the FIFO ABI up again: the pages that a reset unmaps must not
 * be touched any more.
 */
#include "fifo.h"

const char test_name[] = TEST_NAME;
static volatile bool stop;
static volatile u32 rounds;

static void use_ports(void *arg)
{
	(void)arg;
	while (!stop) {
		for (u32 port = 1; port < 6; port++) {
			evtchn_port_t p = port;
			struct evtchn_unmask u = { .port = port };
			struct evtchn_set_priority sp = { .port = port, .priority = port };
			struct sched_poll poll = { .nr_ports = 1, .timeout = 1 };
			struct evtchn_send send = { .port = port };

			poll.ports.p = &p;
			evtchn_op(EVTCHNOP_unmask, &u);
			evtchn_op(EVTCHNOP_send, &send);
			evtchn_op(EVTCHNOP_set_priority, &sp);
			sched_op(SCHEDOP_poll, &poll);
		}
		rounds++;
	}
}

void test_main(void)
{
	static struct fifo f;
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_init_control ic = { 0 };
	struct evtchn_expand_array e = { 0 };
	u64 end;
	u32 port, resets = 0;

	CHECK(cpu_start(1), "second processor");
	CHECK_EQ(bind_ipi(0, &port), 0);
	CHECK_EQ(fifo_init(&f, 0), 0);
	CHECK_EQ(fifo_expand(&f), 0);
	ic.control_gfn = gfn_of(f.control);
	e.array_gfn = gfn_of((void *)f.words);
	cpu_run(1, use_ports, NULL);
	for (end = now_ns() + 1500 * MS; now_ns() < end; resets++) {
		s64 rc = evtchn_op(EVTCHNOP_reset, &reset);

		if (rc) {
			test_failure("reset %u: %ld", resets, (long)rc);
			break;
		}
		if (evtchn_op(EVTCHNOP_init_control, &ic) || evtchn_op(EVTCHNOP_expand_array, &e) ||
			bind_ipi(0, &port)) {
			test_failure("set-up after reset %u", resets);
			break;
		}
	}
	stop = true;
	CHECK(cpu_wait(1), "second processor's end");
	CHECK(rounds != 0, "the other vCPU did nothing");
	printf("  %u resets, %u rounds of the other\n", resets, rounds);
}
