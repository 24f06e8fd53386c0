/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Guest console lines: port 0xE9 and console_io. */
#ifndef HV_CONSOLE_IO_H
#define HV_CONSOLE_IO_H

struct vcpu;

/*
 * One byte of a guest's debug console: collected to lines, printed rate limited with "(dN) " in
 * front.
 */
void guest_console_putc(struct vcpu *v, char c);
void console_io_init(void);
void keyhandler_init(void);
void handle_keypress(char key);

#endif
