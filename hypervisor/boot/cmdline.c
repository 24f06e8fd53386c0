/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's command line. Options are spelled as Xen's documentation spells them; docs/BOOT.md lists them. Unknown ones and bad values are
 * warnings, so that a machine is never lost to a typing error.
 */
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/dom0.h>
#include <hv/errno.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/string.h>

uint64_t cmdline_parse_size(const char *s, const char **end)
{
	const char *e;
	uint64_t v = strtoull(s, &e, 0);

	switch (*e) {
	case 'T':
	case 't':
		v <<= 40;
		e++;
		break;
	case 'G':
	case 'g':
		v <<= 30;
		e++;
		break;
	case 'M':
	case 'm':
		v <<= 20;
		e++;
		break;
	case 'K':
	case 'k':
		v <<= 10;
		e++;
		break;
	case 'B':
	case 'b':
		e++;
		break;
	default:
		v <<= 10;
		break;
	}
	if (end != NULL) {
		*end = e;
	}
	return v;
}

static bool word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(s, word, len) == 0;
}

int cmdline_parse_bool(const char *s, size_t len)
{
	static const char *const no[] = { "no", "off", "false", "0", "disable" };
	static const char *const yes[] = { "yes", "on", "true", "1", "enable" };

	for (unsigned int i = 0; i < ARRAY_SIZE(no); i++) {
		if (word_is(s, len, no[i])) {
			return 0;
		}
		if (word_is(s, len, yes[i])) {
			return 1;
		}
	}
	return -1;
}

static int set_console(const char *v)
{
	return strlcpy(opt_console, v, sizeof(opt_console)) < sizeof(opt_console) ? 0 : -EINVAL;
}

static int set_com1(const char *v)
{
	return strlcpy(opt_com1, v, sizeof(opt_com1)) < sizeof(opt_com1) ? 0 : -EINVAL;
}

static int set_com2(const char *v)
{
	return strlcpy(opt_com2, v, sizeof(opt_com2)) < sizeof(opt_com2) ? 0 : -EINVAL;
}

static int set_vga(const char *v)
{
	return strlcpy(opt_vga, v, sizeof(opt_vga)) < sizeof(opt_vga) ? 0 : -EINVAL;
}

static int set_loglvl(const char *v)
{
	return printk_parse_levels(v, &printk_levels);
}

static int set_guest_loglvl(const char *v)
{
	return printk_parse_levels(v, &printk_guest_levels);
}

/* "pvh", "pv" (refused), "verbose", "pf-fixup": a list. */
static int set_dom0(const char *v)
{
	while (*v != '\0') {
		const char *comma = strchr(v, ',');
		size_t len = comma != NULL ? (size_t)(comma - v) : strlen(v);

		if (word_is(v, len, "pv")) {
			printk(XENLOG_WARNING "dom0=pv: dom0 is always PVH here\n");
		} else if (!word_is(v, len, "pvh") && !word_is(v, len, "verbose") &&
			!word_is(v, len, "pf-fixup") && !word_is(v, len, "pf-fixup=1")) {
			return -EINVAL;
		}
		v += len + (comma != NULL);
	}
	return 0;
}

/* "512M" or "min:X,max:Y" and their like. Negative sizes mean "all but". */
static int set_dom0_mem(const char *v)
{
	while (*v != '\0') {
		uint64_t *target = &opt_dom0_mem_bytes, size;
		const char *end;

		if (strncmp(v, "min:", 4) == 0) {
			target = &opt_dom0_mem_min;
			v += 4;
		} else if (strncmp(v, "max:", 4) == 0) {
			target = &opt_dom0_mem_max;
			v += 4;
		}
		if (*v < '0' || *v > '9') {
			return -EINVAL;
		}
		size = cmdline_parse_size(v, &end);
		if ((*end != ',' && *end != '\0') || size == 0) {
			return -EINVAL;
		}
		*target = size;
		v = end + (*end == ',');
	}
	return 0;
}

static int set_uint(const char *v, unsigned int *out, unsigned int most)
{
	const char *end;
	unsigned long long n = strtoull(v, &end, 0);

	if (end == v || *end != '\0' || n == 0 || n > most) {
		return -EINVAL;
	}
	*out = (unsigned int)n;
	return 0;
}

/* "4" or "1-4": the upper bound counts. */
static int set_dom0_max_vcpus(const char *v)
{
	const char *dash = strchr(v, '-');

	return set_uint(dash != NULL && dash[1] != '\0' ? dash + 1 : v, &opt_dom0_max_vcpus, 128);
}

static int set_maxcpus(const char *v)
{
	return set_uint(v, &opt_maxcpus, NR_CPUS);
}

static int set_dom0_iommu(const char *v)
{
	while (*v != '\0') {
		const char *comma = strchr(v, ',');
		size_t len = comma != NULL ? (size_t)(comma - v) : strlen(v);

		if (word_is(v, len, "none")) {
			opt_dom0_iommu_none = true;
		} else if (!word_is(v, len, "strict") && !word_is(v, len, "passthrough") &&
			!word_is(v, len, "map-inclusive") && !word_is(v, len, "map-reserved") &&
			strncmp(v, "no-", 3) != 0) {
			return -EINVAL;
		}
		v += len + (comma != NULL);
	}
	return 0;
}

static int set_iommu(const char *v)
{
	static const char *const known[] = { "force", "required", "verbose", "debug", "quarantine",
		"intremap", "intpost", "qinval", "snoop", "superpages", "sharept", "crash-disable",
		"igfx", "dom0-strict", "dom0-passthrough" };

	while (*v != '\0') {
		const char *comma = strchr(v, ',');
		size_t len = comma != NULL ? (size_t)(comma - v) : strlen(v);
		int b = cmdline_parse_bool(v, len);
		bool ok = b >= 0;

		if (b >= 0) {
			opt_iommu = b;
		}
		for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
			size_t n = strlen(known[i]);

			ok |= strncmp(v, known[i], n) == 0 ||
				(strncmp(v, "no-", 3) == 0 && strncmp(v + 3, known[i], n) == 0);
		}
		if (!ok) {
			return -EINVAL;
		}
		v += len + (comma != NULL);
	}
	return 0;
}

static int ignore_value(const char *v)
{
	(void)v;
	return 0;
}

/* How a row takes its value: text through set, or a boolean (bare word, no- prefix, or =yes/no). */
struct option {
	const char *name;
	int (*set)(const char *v);
	bool *flag;
};

static const struct option options[] = {
	{ "com1", set_com1, NULL },
	{ "com2", set_com2, NULL },
	{ "console", set_console, NULL },
	{ "dom0", set_dom0, NULL },
	{ "dom0-iommu", set_dom0_iommu, NULL },
	{ "dom0_max_vcpus", set_dom0_max_vcpus, NULL },
	{ "dom0_mem", set_dom0_mem, NULL },
	{ "edd", ignore_value, NULL },
	{ "guest_loglvl", set_guest_loglvl, NULL },
	{ "iommu", set_iommu, NULL },
	{ "loglvl", set_loglvl, NULL },
	{ "maxcpus", set_maxcpus, NULL },
	{ "noreboot", NULL, &opt_noreboot },
	{ "sync_console", NULL, &opt_sync_console },
	{ "ucode", ignore_value, NULL },
	{ "vga", set_vga, NULL },
};

static void one_option(char *word)
{
	char *value = strchr(word, '=');
	bool negative;

	if (value != NULL) {
		*value++ = '\0';
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		int b = 1;

		negative = o->flag != NULL && strncmp(word, "no-", 3) == 0 &&
			strcmp(word + 3, o->name) == 0;
		if (strcmp(word, o->name) != 0 && !negative) {
			continue;
		}
		if (o->flag != NULL) {
			b = value != NULL ? cmdline_parse_bool(value, strlen(value)) : 1;
			if (b >= 0) {
				*o->flag = negative ? !b : b;
			}
		}
		if (b < 0 || (o->set != NULL && (value == NULL || o->set(value) != 0))) {
			printk(XENLOG_WARNING
				"Command line: the value of '%s' is not understood: ignored\n",
				o->name);
		}
		return;
	}
	printk(XENLOG_WARNING "Command line: unknown option '%.64s': ignored\n", word);
}

void cmdline_parse(const char *cmdline)
{
	static char buf[BOOT_CMDLINE_MAX] __initdata;
	char *p = buf;

	if (strlcpy(buf, cmdline, sizeof(buf)) >= sizeof(buf)) {
		printk(XENLOG_WARNING "Command line: longer than %u bytes, the rest is ignored\n",
			(unsigned int)sizeof(buf) - 1);
	}
	while (*p != '\0') {
		char *end;

		if (*p == ' ') {
			p++;
			continue;
		}
		end = strchr(p, ' ');
		if (end != NULL) {
			*end = '\0';
		}
		/* What GRUB's scripts put there: a stand-in for the image name, and "--". */
		if (strcmp(p, "placeholder") != 0 && strcmp(p, "--") != 0 &&
			strcmp(p, "no-real-mode") != 0) {
			one_option(p);
		}
		if (end == NULL) {
			break;
		}
		p = end + 1;
	}
}
