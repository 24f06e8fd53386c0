/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console, printf and strings of the test kernels. A dom0 writes through console_io, and through
 * port 0xE9 when that is refused; an instance that runs as a further domain writes into its
 * mailbox, which dom0 prints for it.
 */
#include "xenlib.h"

struct out {
	char *buf;
	size_t n, len;
};

static void out_char(struct out *o, char c)
{
	if (o->len + 1 < o->n) {
		o->buf[o->len] = c;
	}
	o->len++;
}

static void out_num(
	struct out *o, u64 v, unsigned int base, int width, char pad, bool neg, bool left)
{
	char tmp[24];
	int n = 0;

	do {
		tmp[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (neg) {
		if (pad == '0') {
			out_char(o, '-');
		} else {
			tmp[n++] = '-';
		}
	}
	for (int i = n; i < width && !left; i++) {
		out_char(o, pad);
	}
	for (int i = n; i > 0; i--) {
		out_char(o, tmp[i - 1]);
	}
	for (int i = n; i < width && left; i++) {
		out_char(o, ' ');
	}
}

int vsnprintf(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct out o = { buf, n, 0 };

	for (; *fmt; fmt++) {
		char pad = ' ';
		int width = 0, longs = 0;
		bool left = false;

		if (*fmt != '%') {
			out_char(&o, *fmt);
			continue;
		}
		fmt++;
		if (*fmt == '-') {
			left = true;
			fmt++;
		}
		if (*fmt == '0') {
			pad = '0';
			fmt++;
		}
		while (*fmt >= '0' && *fmt <= '9') {
			width = width * 10 + *fmt++ - '0';
		}
		while (*fmt == 'l' || *fmt == 'z') {
			longs++;
			fmt++;
		}
		switch (*fmt) {
		case 'd': {
			s64 v = longs ? va_arg(ap, s64) : va_arg(ap, int);

			out_num(&o, v < 0 ? -(u64)v : (u64)v, 10, width, pad, v < 0, left);
			break;
		}
		case 'u':
			out_num(&o, longs ? va_arg(ap, u64) : va_arg(ap, u32), 10, width, pad,
				false, left);
			break;
		case 'x':
			out_num(&o, longs ? va_arg(ap, u64) : va_arg(ap, u32), 16, width, pad,
				false, left);
			break;
		case 'p':
			out_num(&o, (u64)va_arg(ap, void *), 16, width, pad, false, left);
			break;
		case 'c':
			out_char(&o, (char)va_arg(ap, int));
			break;
		case 's': {
			const char *s = va_arg(ap, const char *);
			int len = 0;

			for (; *s; s++, len++) {
				out_char(&o, *s);
			}
			for (; len < width; len++) {
				out_char(&o, ' ');
			}
			break;
		}
		default:
			out_char(&o, *fmt);
			break;
		}
	}
	if (n) {
		buf[o.len < n ? o.len : n - 1] = 0;
	}
	return (int)o.len;
}

int snprintf(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return r;
}

static void console_write(const char *s, size_t n)
{
	if (is_domu) {
		struct mailbox *m = own_mailbox();

		for (size_t i = 0; i < n && m->log_len < sizeof(m->log); i++) {
			m->log[m->log_len] = s[i];
			m->log_len++;
		}
		return;
	}
	if (console_io(CONSOLEIO_write, n, s) < 0) {
		for (size_t i = 0; i < n; i++) {
			outb(0xe9, (u8)s[i]);
		}
	}
}

int printf(const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	console_write(buf, strlen(buf));
	return r;
}

void *memset(void *p, int c, size_t n)
{
	void *d = p;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
	void *r = d;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n)::"memory");
	return r;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
	}
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--) {
		a++;
		b++;
	}
	return n ? (u8)*a - (u8)*b : 0;
}

const char *strstr(const char *h, const char *n)
{
	size_t len = strlen(n);

	for (; *h; h++) {
		if (!strncmp(h, n, len)) {
			return h;
		}
	}
	return NULL;
}

static u64 rnd_state = 0x9e3779b97f4a7c15;

void rnd_seed(u64 seed)
{
	rnd_state = seed ? seed : 1;
}

u64 rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state;
}
