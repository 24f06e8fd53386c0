/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formatting: flags "-0+ #", width and precision (also *), lengths hh h l ll z j t, conversions d i u x X o p s c %. No floating point, no %n.
 * Always terminates when size > 0 and returns the length that the whole text would have had.
 */
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/string.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, plus, space, alt, upper;
	int width, precision; /* precision -1: none */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size) {
		o->buf[o->len] = c;
	}
	o->len++;
}

static void pad(struct out *o, int n, char c)
{
	for (; n > 0; n--) {
		put(o, c);
	}
}

static void put_number(
	struct out *o, const struct spec *s, unsigned long long v, unsigned int base, bool negative)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24], sign = 0;
	int n = 0, zeros, prefix = 0, fill;

	if (negative) {
		sign = '-';
	} else if (s->plus) {
		sign = '+';
	} else if (s->space) {
		sign = ' ';
	}
	if (s->alt && base == 16 && v != 0) {
		prefix = 2;
	}
	if (v == 0 && s->precision != 0) {
		tmp[n++] = '0';
	}
	for (; v != 0; v /= base) {
		tmp[n++] = digits[v % base];
	}
	zeros = s->precision > n ? s->precision - n : 0;
	fill = s->width - n - zeros - prefix - (sign != 0);
	if (s->zero && !s->left && s->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!s->left) {
		pad(o, fill, ' ');
	}
	if (sign != 0) {
		put(o, sign);
	}
	if (prefix != 0) {
		put(o, '0');
		put(o, s->upper ? 'X' : 'x');
	}
	pad(o, zeros, '0');
	while (n > 0) {
		put(o, tmp[--n]);
	}
	if (s->left) {
		pad(o, fill, ' ');
	}
}

static void put_string(struct out *o, const struct spec *s, const char *str)
{
	size_t n;

	if (str == NULL) {
		str = "(null)";
	}
	n = strnlen(str, s->precision >= 0 ? (size_t)s->precision : SIZE_MAX);
	if (!s->left) {
		pad(o, s->width - (int)n, ' ');
	}
	for (size_t i = 0; i < n; i++) {
		put(o, str[i]);
	}
	if (s->left) {
		pad(o, s->width - (int)n, ' ');
	}
}

static int parse_int(const char **fmt)
{
	int v = 0;

	while (**fmt >= '0' && **fmt <= '9' && v < 10000) {
		v = v * 10 + (*(*fmt)++ - '0');
	}
	return v;
}

static void parse_flags(const char **fmt, struct spec *s)
{
	for (;; (*fmt)++) {
		switch (**fmt) {
		case '-':
			s->left = true;
			break;
		case '0':
			s->zero = true;
			break;
		case '+':
			s->plus = true;
			break;
		case ' ':
			s->space = true;
			break;
		case '#':
			s->alt = true;
			break;
		default:
			return;
		}
	}
}

/* Rank of the length modifier: -2 hh, -1 h, 0 int, 1 l and all that are 64 bits wide. */
static int parse_length(const char **fmt)
{
	int rank = 0;

	for (;; (*fmt)++) {
		switch (**fmt) {
		case 'h':
			rank--;
			break;
		case 'l':
		case 'z':
		case 'j':
		case 't':
			rank = 1;
			break;
		default:
			return rank;
		}
	}
}

static unsigned long long cut_unsigned(unsigned long long v, int rank)
{
	switch (rank) {
	case -2:
		return (unsigned char)v;
	case -1:
		return (unsigned short)v;
	default:
		return v;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap_in)
{
	struct out o = { buf, size, 0 };
	va_list ap;

	va_copy(ap, ap_in);
	while (*fmt != '\0') {
		struct spec s = { .precision = -1 };
		int rank;
		char c;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt++;
		parse_flags(&fmt, &s);
		if (*fmt == '*') {
			fmt++;
			s.width = va_arg(ap, int);
			if (s.width < 0) {
				s.left = true;
				s.width = -s.width;
			}
		} else {
			s.width = parse_int(&fmt);
		}
		if (*fmt == '.') {
			fmt++;
			if (*fmt == '*') {
				fmt++;
				s.precision = va_arg(ap, int);
			} else {
				s.precision = parse_int(&fmt);
			}
		}
		rank = parse_length(&fmt);
		c = *fmt;
		if (c == '\0') {
			break;
		}
		fmt++;
		switch (c) {
		case 'd':
		case 'i': {
			long long v = rank > 0 ? va_arg(ap, long long) : va_arg(ap, int);

			put_number(&o, &s,
				v < 0 ? 0ull - (unsigned long long)v : (unsigned long long)v, 10,
				v < 0);
			break;
		}
		case 'u':
		case 'x':
		case 'X':
		case 'o': {
			unsigned long long v = rank > 0 ? va_arg(ap, unsigned long long) :
							  va_arg(ap, unsigned int);

			s.upper = c == 'X';
			s.plus = s.space = false;
			put_number(&o, &s, cut_unsigned(v, rank),
				c == 'u' ? 10 : (c == 'o' ? 8 : 16), false);
			break;
		}
		case 'p':
			s.zero = true;
			s.width = s.width ? s.width : 16;
			put_number(&o, &s, (uintptr_t)va_arg(ap, void *), 16, false);
			break;
		case 's':
			put_string(&o, &s, va_arg(ap, const char *));
			break;
		case 'c':
			if (!s.left) {
				pad(&o, s.width - 1, ' ');
			}
			put(&o, (char)va_arg(ap, int));
			if (s.left) {
				pad(&o, s.width - 1, ' ');
			}
			break;
		case '%':
			put(&o, '%');
			break;
		default:
			put(&o, '%');
			put(&o, c);
			break;
		}
	}
	va_end(ap);
	if (size != 0) {
		buf[o.len < size ? o.len : size - 1] = '\0';
	}
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (size == 0) {
		return 0;
	}
	return n < (int)size ? n : (int)size - 1;
}
