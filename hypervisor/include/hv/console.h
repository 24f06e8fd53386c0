/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: drivers */
/*
 * Consoles: serial line, VGA text or framebuffer, and the ring that sysctl reads. Output is synchronous and taken under one irq-safe lock.
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <hv/compiler.h>
#include <hv/types.h>

struct boot_info;
void console_early_init(void);    /* ring only, collects before the options are known */
void console_init(const struct boot_info
		*bi); /* options are parsed: opens the consoles, prints what the ring collected */
void console_screen_suspend(void); /* the boot tables are about to go: hold screen output back */
void console_screen_resume(const struct boot_info *bi); /* ioremap works */
void console_init_irq(void); /* serial input by interrupt */
void console_release_screen(
	void); /* dom0 takes the screen: VGA and framebuffer output stops unless vga=keep */
/* Raw bytes to the consoles (guest output of dom0, dumps). Not a format. */
void console_write(const char *s, size_t len);
/* Everything out synchronously, locks broken: for panic. */
void console_force_unlock(void);

/* Ring. idx is a free-running position: copies at most len bytes from it, updates it to the end of what was copied; returns the number copied. */
unsigned int console_ring_read(uint32_t *idx, char *buf, unsigned int len);
uint32_t console_ring_start(void); /* oldest byte still there */
uint32_t console_ring_end(void);
void console_ring_clear(void);

/* Serial input for dom0: up to n bytes, returns the number. */
int console_read_chars(char *buf, int n);
/* Called in interrupt context when there is input (VIRQ_CONSOLE); set at boot, NULL before. */
extern void (*console_input_hook)(void);
/* Called (interrupt or timer context) with a key while input is switched to the hypervisor (Ctrl-a three times); NULL drops it. */
extern void (*console_key_hook)(char key);
/* Poll the serial line when it has no interrupt; called from a timer. */
void console_poll(void);
bool console_needs_poll(void);

/* uart16550.c */
struct uart_config {
	uint16_t io_base;
	uint64_t mmio_base;
	unsigned int reg_shift;
	uint32_t baud, clock_hz;
	uint8_t data_bits, stop_bits;
	char parity;
	int irq; /* legacy irq, 0 none */
	bool present;
	unsigned int bdf; /* PCI device (com1=...,pci) */
};
bool uart_init(struct uart_config *c);
void uart_putc(const struct uart_config *c, char ch);
int uart_getc(const struct uart_config *c); /* -1 none */
void uart_enable_rx_irq(const struct uart_config *c);
/* I/O ports that belong to the console's UART, for dom0's permissions. */
bool console_owns_port(uint16_t port);

/* vgacon.c: VGA text; fbcon.c: framebuffer with a built-in font. */
bool vga_text_init(void); /* after vga_text_map() */
void vga_text_write(const char *s, size_t len);
void vga_text_map(bool early); /* early: through the boot tables */
/* early: through the boot tables, framebuffers below 4 GiB only. false: no (usable) framebuffer. */
bool fbcon_init(const struct boot_info *bi, bool early);
void fbcon_write(const char *s, size_t len);
extern const uint8_t font_5x7[96][7]; /* 0x20..0x7f; bit 4 is the left pixel */

/* Options. */
extern char opt_console[64]; /* console= */
extern char opt_com1[64], opt_com2[64];
extern char opt_vga[64];
extern bool opt_sync_console;

#endif
