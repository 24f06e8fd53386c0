/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/string.c against the C library on random and edge inputs: lengths, overlaps, terminators,
 * truncation.
 */
#include "host.h"

#include <string.h>
#include <strings.h>

void *hv_memcpy(void *d, const void *s, size_t n);
void *hv_memmove(void *d, const void *s, size_t n);
void *hv_memset(void *d, int c, size_t n);
int hv_memcmp(const void *a, const void *b, size_t n);
void *hv_memchr(const void *s, int c, size_t n);
size_t hv_strlen(const char *s);
size_t hv_strnlen(const char *s, size_t max);
int hv_strcmp(const char *a, const char *b);
int hv_strncmp(const char *a, const char *b, size_t n);
int hv_strcasecmp(const char *a, const char *b);
char *hv_strchr(const char *s, int c);
char *hv_strrchr(const char *s, int c);
char *hv_strstr(const char *s, const char *w);
size_t hv_strlcpy(char *d, const char *s, size_t n);
size_t hv_strlcat(char *d, const char *s, size_t n);
unsigned long long hv_strtoull(const char *s, const char **end, unsigned int base);
long long hv_strtoll(const char *s, const char **end, unsigned int base);

static int sign(int x)
{
	return x < 0 ? -1 : x > 0;
}

static void memory(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint8_t a[80], b[80];
		size_t n = host_rnd() % 40, from = host_rnd() % 40, to = host_rnd() % 40;

		for (unsigned int j = 0; j < sizeof(a); j++) {
			a[j] = b[j] = (uint8_t)(host_rnd() & 3);
		}
		assert_ptr_equal(hv_memmove(a + to, a + from, n), a + to);
		memmove(b + to, b + from, n);
		assert_memory_equal(a, b, sizeof(a));
		hv_memset(a + to, (int)i, n);
		memset(b + to, (int)i, n);
		assert_memory_equal(a, b, sizeof(a));
		assert_int_equal(sign(hv_memcmp(a, a + 7, n)), sign(memcmp(a, a + 7, n)));
		assert_ptr_equal(hv_memchr(a, 2, n), memchr(a, 2, n));
		if (from + n <= to || to + n <= from) {
			hv_memcpy(a + to, a + from, n);
			memcpy(b + to, b + from, n);
			assert_memory_equal(a, b, sizeof(a));
		}
	}
}

static void text(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char a[24], b[24];
		size_t la = host_rnd() % 23, lb = host_rnd() % 8, n = host_rnd() % 24;

		for (size_t j = 0; j < la; j++) {
			a[j] = "abAB"[host_rnd() & 3];
		}
		for (size_t j = 0; j < lb; j++) {
			b[j] = "abAB"[host_rnd() & 3];
		}
		a[la] = b[lb] = 0;
		assert_int_equal(hv_strlen(a), la);
		assert_int_equal(hv_strnlen(a, n), strnlen(a, n));
		assert_int_equal(sign(hv_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(hv_strncmp(a, b, n)), sign(strncmp(a, b, n)));
		assert_int_equal(sign(hv_strcasecmp(a, b)), sign(strcasecmp(a, b)));
		assert_ptr_equal(hv_strchr(a, 'b'), strchr(a, 'b'));
		assert_ptr_equal(hv_strchr(a, 0), a + la);
		assert_ptr_equal(hv_strrchr(a, 'B'), strrchr(a, 'B'));
		assert_ptr_equal(hv_strstr(a, b), strstr(a, b));
	}
}

static void copies(void **state)
{
	char d[8];

	(void)state;
	memset(d, 'x', sizeof(d));
	assert_int_equal(hv_strlcpy(d, "hello", 4), 5);
	assert_string_equal(d, "hel");
	assert_int_equal(d[4], 'x');
	assert_int_equal(hv_strlcpy(d, "hello", 0), 5);
	assert_string_equal(d, "hel");
	assert_int_equal(hv_strlcpy(d, "", sizeof(d)), 0);
	assert_string_equal(d, "");
	hv_strlcpy(d, "abc", sizeof(d));
	assert_int_equal(hv_strlcat(d, "defghi", sizeof(d)), 9);
	assert_string_equal(d, "abcdefg");
}

static void numbers(void **state)
{
	const char *end;

	(void)state;
	assert_int_equal(hv_strtoull("123abc", &end, 10), 123);
	assert_string_equal(end, "abc");
	assert_int_equal(hv_strtoull("0x1fG", &end, 0), 0x1f);
	assert_string_equal(end, "G");
	assert_int_equal(hv_strtoull("017", &end, 0), 15);
	assert_int_equal(hv_strtoull("0", &end, 0), 0);
	assert_string_equal(end, "");
	assert_int_equal(hv_strtoull("", &end, 0), 0);
	assert_string_equal(end, "");
	assert_int_equal(hv_strtoull("18446744073709551615", &end, 10), 0xffffffffffffffffull);
	assert_int_equal(hv_strtoull("z", &end, 0), 0);
	assert_string_equal(end, "z");
	assert_true(hv_strtoll("-5", &end, 0) == -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(text),
		cmocka_unit_test(copies),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
