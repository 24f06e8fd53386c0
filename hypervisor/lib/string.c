/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and string functions. The compiler also emits calls to the first four. Small copies use overlapping word moves, larger ones the string
 * instructions, which both hardware and emulators run fast.
 */
#include <hv/string.h>

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

#define LOAD(type, p)                                        \
	({                                                   \
		type ld_v_;                                  \
		__builtin_memcpy(&ld_v_, (p), sizeof(type)); \
		ld_v_;                                       \
	})
#define STORE(type, p, v)                                    \
	do {                                                 \
		type st_v_ = (v);                            \
		__builtin_memcpy((p), &st_v_, sizeof(type)); \
	} while (0)

/* Copies of up to 32 bytes: all loads come before all stores, so overlap does no harm. */
static void copy_small(uint8_t *d, const uint8_t *s, size_t n)
{
	if (n >= 16) {
		uint64_t a = LOAD(uint64_t, s), b = LOAD(uint64_t, s + 8);
		uint64_t c = LOAD(uint64_t, s + n - 16), e = LOAD(uint64_t, s + n - 8);

		STORE(uint64_t, d, a);
		STORE(uint64_t, d + 8, b);
		STORE(uint64_t, d + n - 16, c);
		STORE(uint64_t, d + n - 8, e);
	} else if (n >= 8) {
		uint64_t a = LOAD(uint64_t, s), b = LOAD(uint64_t, s + n - 8);

		STORE(uint64_t, d, a);
		STORE(uint64_t, d + n - 8, b);
	} else if (n >= 4) {
		uint32_t a = LOAD(uint32_t, s), b = LOAD(uint32_t, s + n - 4);

		STORE(uint32_t, d, a);
		STORE(uint32_t, d + n - 4, b);
	} else if (n != 0) {
		uint8_t a = s[0], b = s[n / 2], c = s[n - 1];

		d[0] = a;
		d[n / 2] = b;
		d[n - 1] = c;
	}
}

void *memcpy(void *dst, const void *src, size_t n)
{
	if (n <= 32) {
		copy_small(dst, src, n);
	} else {
		void *d = dst;
		size_t words = n / 8;
		uint64_t last = LOAD(uint64_t, (const uint8_t *)src + n - 8);

		__asm__ __volatile__("rep movsq" : "+D"(d), "+S"(src), "+c"(words) : : "memory");
		STORE(uint64_t, (uint8_t *)dst + n - 8, last);
	}
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (n <= 32) {
		copy_small(d, s, n);
	} else if (d <= s || d >= s + n) {
		void *dd = dst;
		size_t words = n / 8, rest = n % 8;

		__asm__ __volatile__("rep movsq" : "+D"(dd), "+S"(src), "+c"(words) : : "memory");
		__asm__ __volatile__("rep movsb" : "+D"(dd), "+S"(src), "+c"(rest) : : "memory");
	} else {
		while (n >= 8) {
			n -= 8;
			STORE(uint64_t, d + n, LOAD(uint64_t, s + n));
		}
		while (n != 0) {
			n--;
			d[n] = s[n];
		}
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	uint64_t pattern = 0x0101010101010101ull * (uint8_t)c;
	void *d = dst;
	size_t words = n / 8, rest = n % 8;

	__asm__ __volatile__("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	__asm__ __volatile__("rep stosb" : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n != 0; n--, x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n != 0; n--, p++) {
		if (*p == (uint8_t)c) {
			return (void *)(uintptr_t)p;
		}
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0') {
		p++;
	}
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0') {
		n++;
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a != '\0' && *a == *b; a++, b++) {
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n != 0 && *a != '\0' && *a == *b; a++, b++, n--) {
	}
	return n == 0 ? 0 : (uint8_t)*a - (uint8_t)*b;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : (uint8_t)c;
}

int strcasecmp(const char *a, const char *b)
{
	for (; *a != '\0' && lower(*a) == lower(*b); a++, b++) {
	}
	return lower(*a) - lower(*b);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)(uintptr_t)s;
		}
		if (*s == '\0') {
			return NULL;
		}
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c) {
			found = s;
		}
		if (*s == '\0') {
			return (char *)(uintptr_t)found;
		}
	}
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (;; s++) {
		if (strncmp(s, what, n) == 0) {
			return (char *)(uintptr_t)s;
		}
		if (*s == '\0') {
			return NULL;
		}
	}
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t n = strlen(src);

	if (size != 0) {
		size_t copy = n < size ? n : size - 1;

		memcpy(dst, src, copy);
		dst[copy] = '\0';
	}
	return n;
}

size_t strlcat(char *dst, const char *src, size_t size)
{
	size_t used = strnlen(dst, size);

	return used + strlcpy(dst + used, src, size - used);
}
