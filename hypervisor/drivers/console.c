/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consoles. All output goes into a ring; each device has its own position in the ring and is brought up to date after every write, so a device that is
 * opened late, or was held back, shows what it missed. Input of the serial line goes to dom0, or to the hypervisor's keys after Ctrl-A three times.
 * Locking: console_lock (irq-safe), the innermost lock.
 */
#include <hv/atomic.h>
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/string.h>

#define RING_SIZE   32768u
#define RX_SIZE     256u
#define SWITCH_CHAR 1 /* Ctrl-A */

char opt_console[64] = "com1,vga";
char opt_com1[64], opt_com2[64];
char opt_vga[64];
bool opt_sync_console;
void (*console_input_hook)(void);
void (*console_key_hook)(char key);

static DEFINE_SPINLOCK(console_lock, LOCK_CONSOLE);
static char ring[RING_SIZE];
static uint32_t ring_end, ring_clear; /* free-running */

static struct uart_config uart = { .io_base = 0x3f8,
	.irq = 4,
	.baud = 115200,
	.clock_hz = 1843200,
	.data_bits = 8,
	.stop_bits = 1,
	.parity = 'n' };
static bool serial_on, vga_on, fb_on, screen_wanted, screen_keep, rx_by_irq;
static uint32_t serial_pos, screen_pos;

static char rx_buf[RX_SIZE];
static uint32_t rx_head, rx_tail;
static unsigned int switch_count;
static bool input_to_us;

static void serial_text(const char *s, size_t len)
{
	for (; len != 0; len--, s++) {
		if (*s == '\n') {
			uart_putc(&uart, '\r');
		}
		uart_putc(&uart, *s);
	}
}

static void screen_text(const char *s, size_t len)
{
	if (fb_on) {
		fbcon_write(s, len);
	} else {
		vga_text_write(s, len);
	}
}

/* Bring a device from *pos to the end of the ring. */
static void catch_up(uint32_t *pos, void (*out)(const char *s, size_t len))
{
	if (ring_end - *pos > RING_SIZE) {
		*pos = ring_end - RING_SIZE;
	}
	while (*pos != ring_end) {
		uint32_t at = *pos % RING_SIZE;
		uint32_t n = min(ring_end - *pos, RING_SIZE - at);

		out(&ring[at], n);
		*pos += n;
	}
}

static void flush_devices(void)
{
	if (serial_on) {
		catch_up(&serial_pos, serial_text);
	}
	if (vga_on || fb_on) {
		catch_up(&screen_pos, screen_text);
	}
}

void console_write(const char *s, size_t len)
{
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	while (len != 0) {
		/* In pieces that no device can miss. */
		size_t n = min_t(size_t, len, RING_SIZE / 2);

		for (size_t i = 0; i < n; i++) {
			ring[ring_end++ % RING_SIZE] = s[i];
		}
		flush_devices();
		s += n;
		len -= n;
	}
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_force_unlock(void)
{
	spin_lock_init(&console_lock, LOCK_CONSOLE);
}

void console_early_init(void)
{
	printk_sink = console_write;
}

/* "baud[/clock][,DPS[,io-base[,irq]]]" */
static void parse_com(struct uart_config *c, const char *s)
{
	const char *end;

	if (strncmp(s, "auto", 4) == 0) {
		c->baud = 0;
		s += 4;
	} else if (*s >= '0' && *s <= '9') {
		c->baud = (uint32_t)strtoull(s, &end, 0);
		s = end;
		if (*s == '/') {
			c->clock_hz = (uint32_t)strtoull(s + 1, &end, 0) << 4;
			s = end;
		}
	}
	if (*s == ',' && s[1] >= '5' && s[1] <= '8') {
		c->data_bits = (uint8_t)(s[1] - '0');
		c->parity = s[2];
		c->stop_bits = s[2] != '\0' && s[3] == '2' ? 2 : 1;
		s += 2;
		while (*s != '\0' && *s != ',') {
			s++;
		}
	} else if (*s == ',') {
		s++;
	}
	if (*s == ',' && s[1] >= '0' && s[1] <= '9') {
		c->io_base = (uint16_t)strtoull(s + 1, &end, 0);
		s = end;
		if (*s == ',') {
			c->irq = (int)strtoull(s + 1, NULL, 0);
		}
	}
}

static bool wants(const char *name)
{
	const char *s = opt_console;
	size_t n = strlen(name);

	while (*s != '\0') {
		if (strncmp(s, name, n) == 0 && (s[n] == ',' || s[n] == '\0')) {
			return true;
		}
		s = strchr(s, ',');
		if (s == NULL) {
			break;
		}
		s++;
	}
	return false;
}

static void screen_open(const struct boot_info *bi, bool early)
{
	fb_on = fbcon_init(bi, early);
	if (!fb_on && bi->fb.vga_text) {
		static bool cleared;

		vga_text_map(early);
		vga_on = cleared || vga_text_init();
		cleared = true;
	}
}

void console_init(const struct boot_info *bi)
{
	bool com2 = wants("com2");
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	if (com2) {
		uart.io_base = 0x2f8;
		uart.irq = 3;
		parse_com(&uart, opt_com2);
		serial_on = uart_init(&uart);
	} else if (wants("com1")) {
		parse_com(&uart, opt_com1);
		serial_on = uart_init(&uart);
	}
	screen_wanted = wants("vga");
	screen_keep = strstr(opt_vga, "keep") != NULL;
	if (screen_wanted) {
		screen_open(bi, true);
	}
	flush_devices();
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_screen_suspend(void)
{
	vga_on = fb_on = false;
}

void console_screen_resume(const struct boot_info *bi)
{
	unsigned long flags;

	if (!screen_wanted) {
		return;
	}
	/* Maps memory, so not under the lock, which comes last; only this CPU runs, and nothing draws until the screen is open. */
	screen_open(bi, false);
	spin_lock_irqsave(&console_lock, flags);
	flush_devices();
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_release_screen(void)
{
	if (!screen_keep) {
		console_screen_suspend();
	}
}

uint32_t console_ring_end(void)
{
	return READ_ONCE(ring_end);
}

uint32_t console_ring_start(void)
{
	uint32_t end = READ_ONCE(ring_end), oldest = end > RING_SIZE ? end - RING_SIZE : 0;

	return (int32_t)(READ_ONCE(ring_clear) - oldest) > 0 ? ring_clear : oldest;
}

unsigned int console_ring_read(uint32_t *idx, char *buf, unsigned int len)
{
	unsigned long flags;
	unsigned int n = 0;
	uint32_t start;

	spin_lock_irqsave(&console_lock, flags);
	start = console_ring_start();
	if ((int32_t)(*idx - start) < 0 || (int32_t)(ring_end - *idx) < 0) {
		*idx = start;
	}
	for (; n < len && *idx != ring_end; n++, (*idx)++) {
		buf[n] = ring[*idx % RING_SIZE];
	}
	spin_unlock_irqrestore(&console_lock, flags);
	return n;
}

void console_ring_clear(void)
{
	ring_clear = READ_ONCE(ring_end);
}

/* ---- input ---- */

static void take_char(char c)
{
	if (c == SWITCH_CHAR) {
		if (++switch_count == 3) {
			switch_count = 0;
			input_to_us = !input_to_us;
			printk(XENLOG_ERR
				"*** Serial input goes to %s (type Ctrl-A three times to switch)\n",
				input_to_us ? "Undercroft" : "dom0");
		}
		return;
	}
	switch_count = 0;
	if (input_to_us) {
		if (console_key_hook != NULL) {
			console_key_hook(c);
		}
	} else if (rx_head - rx_tail < RX_SIZE) {
		rx_buf[rx_head % RX_SIZE] = c;
		smp_store_release(&rx_head, rx_head + 1);
	}
}

/* One caller at a time: the interrupt, or the poll timer where there is none. */
static void receive(void)
{
	bool any = false;
	int c;

	while ((c = uart_getc(&uart)) >= 0) {
		take_char((char)c);
		any = true;
	}
	if (any && console_input_hook != NULL && rx_head != rx_tail) {
		console_input_hook();
	}
}

static void rx_irq(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	receive();
}

void console_init_irq(void)
{
	bool level, low;
	unsigned int gsi;
	int irq;

	if (!serial_on || uart.irq <= 0) {
		return;
	}
	gsi = isa_irq_to_gsi((unsigned int)uart.irq, &level, &low);
	irq = irq_bind_gsi(gsi, level, low, rx_irq, NULL);
	if (irq < 0) {
		return;
	}
	gsi_mark_ours(gsi);
	rx_by_irq = true;
	irq_unmask((unsigned int)irq);
	uart_enable_rx_irq(&uart);
	receive();
}

bool console_needs_poll(void)
{
	return serial_on && !rx_by_irq;
}

void console_poll(void)
{
	if (console_needs_poll()) {
		receive();
	}
}

int console_read_chars(char *buf, int n)
{
	uint32_t head;
	unsigned long flags;
	int got = 0;

	/* Two of dom0's vCPUs may read at once; the writer needs no lock. */
	spin_lock_irqsave(&console_lock, flags);
	head = smp_load_acquire(&rx_head);
	for (; got < n && rx_tail != head; got++) {
		buf[got] = rx_buf[rx_tail % RX_SIZE];
		smp_store_release(&rx_tail, rx_tail + 1);
	}
	spin_unlock_irqrestore(&console_lock, flags);
	return got;
}

bool console_owns_port(uint16_t port)
{
	return serial_on && port >= uart.io_base && port < uart.io_base + 8;
}
