/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_io: write and read by dom0, bad addresses, unknown sub-ops.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static char buf[600];

	CHECK_EQ(console_io(CONSOLEIO_write, 6, "hello\n"), 0);
	CHECK_EQ(console_io(CONSOLEIO_write, 0, buf), 0);
	memset(buf, 'x', sizeof(buf) - 1);
	buf[599] = '\n';
	CHECK_EQ(console_io(CONSOLEIO_write, 600, buf), 0);
	CHECK_EQ(console_io(CONSOLEIO_read, sizeof(buf), buf), 0);
	CHECK_EQ(console_io(CONSOLEIO_write, 10, NOT_MAPPED), -EFAULT);
	CHECK_EQ(console_io(7, 1, buf), -ENOSYS);
	/* Control characters must not reach the terminal raw, and no format is interpreted. */
	CHECK_EQ(console_io(CONSOLEIO_write, 9, "%s%n%x%p\n"), 0);
}
