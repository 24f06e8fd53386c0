/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The legacy interrupt controllers: moved away from the exception vectors and masked for good.
 */
#include <hv/compiler.h>
#include <asm/io.h>

#include "pic_priv.h"

void __init pic_disable(void)
{
	outb(0x11, 0x20);
	outb(0x20, 0x21);
	outb(0x04, 0x21);
	outb(0x01, 0x21);
	outb(0x11, 0xa0);
	outb(0x28, 0xa1);
	outb(0x02, 0xa1);
	outb(0x01, 0xa1);
	outb(0xff, 0x21);
	outb(0xff, 0xa1);
}
