/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC's serial line, polled output and input. The caller serialises.
 */
#include <hv/console.h>
#include <asm/io.h>
#include <asm/irqflags.h>

#define UART_RBR 0 /* read: received, write: to send */
#define UART_IER 1
#define UART_FCR 2
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_SCR 7
#define LCR_DLAB 0x80
#define LSR_DR   0x01
#define LSR_THRE 0x20
#define TX_SPINS 200000

static uint8_t rd(const struct uart_config *c, unsigned int reg)
{
	return inb((uint16_t)(c->io_base + (reg << c->reg_shift)));
}

static void wr(const struct uart_config *c, unsigned int reg, uint8_t v)
{
	outb(v, (uint16_t)(c->io_base + (reg << c->reg_shift)));
}

static uint8_t line_control(const struct uart_config *c)
{
	uint8_t v = (uint8_t)((c->data_bits - 5) & 3);

	if (c->stop_bits == 2) {
		v |= 4;
	}
	switch (c->parity) {
	case 'o':
		return v | 0x08;
	case 'e':
		return v | 0x18;
	case 'm':
		return v | 0x28;
	case 's':
		return v | 0x38;
	default:
		return v;
	}
}

bool uart_init(struct uart_config *c)
{
	uint8_t lcr = line_control(c);

	/* Is there one? The scratch register and an interrupt enable register that keeps its upper half clear. */
	wr(c, UART_IER, 0);
	wr(c, UART_SCR, 0x5a);
	c->present = rd(c, UART_SCR) == 0x5a && (rd(c, UART_IER) & 0xf0) == 0;
	if (!c->present) {
		return false;
	}
	if (c->baud != 0) {
		uint32_t divisor = c->clock_hz / (16 * c->baud);

		divisor = divisor != 0 ? divisor : 1;
		wr(c, UART_LCR, lcr | LCR_DLAB);
		wr(c, 0, (uint8_t)divisor);
		wr(c, 1, (uint8_t)(divisor >> 8));
	}
	wr(c, UART_LCR, lcr);
	wr(c, UART_FCR, 0xc7); /* FIFOs on and empty, receive trigger 14 */
	wr(c, UART_MCR, 0x0b); /* DTR, RTS, OUT2 */
	return true;
}

void uart_putc(const struct uart_config *c, char ch)
{
	for (unsigned int i = 0; i < TX_SPINS && (rd(c, UART_LSR) & LSR_THRE) == 0; i++) {
		cpu_relax();
	}
	wr(c, UART_RBR, (uint8_t)ch);
}

int uart_getc(const struct uart_config *c)
{
	uint8_t lsr = rd(c, UART_LSR);

	return lsr != 0xff && (lsr & LSR_DR) != 0 ? rd(c, UART_RBR) : -1;
}

void uart_enable_rx_irq(const struct uart_config *c)
{
	wr(c, UART_FCR, 0x01); /* trigger at the first byte: keys must not wait */
	wr(c, UART_IER, 1);
}
