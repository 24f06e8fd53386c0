/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550-compatible serial port, by I/O ports or memory. Output is polled; input by interrupt or poll. The caller (console.c) serializes. National Semiconductor
 * PC16550D data sheet.
 */
#include <hv/addr.h>
#include <hv/console.h>
#include <hv/pagetable.h>
#include <asm/io.h>

#define UART_RBR	0	/* receive / transmit */
#define UART_IER	1
#define UART_FCR	2	/* write */
#define UART_LCR	3
#define UART_MCR	4
#define UART_LSR	5
#define UART_SCR	7

#define IER_RX		0x01
#define FCR_ENABLE	0x01
#define FCR_CLEAR	0x06
#define FCR_TRIGGER_1	0x00
#define LCR_DLAB	0x80
#define MCR_DTR_RTS_OUT2 0x0b
#define LSR_DATA	0x01
#define LSR_THRE	0x20

#define SPIN_LIMIT	200000

static volatile uint8_t *mmio_va;

static uint8_t uart_in(const struct uart_config *c, unsigned int reg)
{
	if (c->mmio_base != 0) {
		return mmio_va != NULL ? readb(mmio_va + (reg << c->reg_shift)) : 0xff;
	}
	return inb((uint16_t)(c->io_base + (reg << c->reg_shift)));
}

static void uart_out(const struct uart_config *c, unsigned int reg, uint8_t val)
{
	if (c->mmio_base != 0) {
		if (mmio_va != NULL) {
			writeb(val, mmio_va + (reg << c->reg_shift));
		}
		return;
	}
	outb(val, (uint16_t)(c->io_base + (reg << c->reg_shift)));
}

/* Line control: word length, stop bits, parity. */
static uint8_t line_control(const struct uart_config *c)
{
	uint8_t lcr = (uint8_t)((c->data_bits >= 5 && c->data_bits <= 8 ? c->data_bits : 8) - 5);

	if (c->stop_bits == 2) {
		lcr |= 0x04;
	}
	switch (c->parity) {
	case 'o':
		lcr |= 0x08;
		break;
	case 'e':
		lcr |= 0x18;
		break;
	case 'm':
		lcr |= 0x28;
		break;
	case 's':
		lcr |= 0x38;
		break;
	default:
		break;
	}
	return lcr;
}

bool uart_init(struct uart_config *c)
{
	uint8_t lcr = line_control(c);
	uint32_t divisor;

	if (c->mmio_base != 0 && mmio_va == NULL) {
		mmio_va = ioremap_uc(c->mmio_base, 8u << c->reg_shift);
	}
	/* A port that is not there reads all ones and forgets the scratch register. */
	uart_out(c, UART_SCR, 0x5a);
	if (uart_in(c, UART_SCR) != 0x5a) {
		c->present = false;
		return false;
	}
	uart_out(c, UART_IER, 0);
	if (c->baud != 0) {
		divisor = (c->clock_hz != 0 ? c->clock_hz : 1843200) / (16 * c->baud);
		if (divisor == 0) {
			divisor = 1;
		}
		uart_out(c, UART_LCR, lcr | LCR_DLAB);
		uart_out(c, UART_RBR, (uint8_t)divisor);
		uart_out(c, UART_IER, (uint8_t)(divisor >> 8));
	}
	uart_out(c, UART_LCR, lcr);
	uart_out(c, UART_FCR, FCR_ENABLE | FCR_CLEAR | FCR_TRIGGER_1);
	uart_out(c, UART_MCR, MCR_DTR_RTS_OUT2);
	c->present = true;
	return true;
}

void uart_putc(const struct uart_config *c, char ch)
{
	if (!c->present) {
		return;
	}
	/* A line that never gets free must not hang the machine. */
	for (unsigned int i = 0; i < SPIN_LIMIT && (uart_in(c, UART_LSR) & LSR_THRE) == 0; i++) {
		__asm__ __volatile__("pause");
	}
	uart_out(c, UART_RBR, (uint8_t)ch);
}

int uart_getc(const struct uart_config *c)
{
	if (!c->present || (uart_in(c, UART_LSR) & LSR_DATA) == 0) {
		return -1;
	}
	return uart_in(c, UART_RBR);
}

void uart_enable_rx_irq(const struct uart_config *c)
{
	if (c->present) {
		uart_out(c, UART_IER, IER_RX);
	}
}
