/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk: level thresholds, rate limit of guest lines, and the "(HV) " in front of each line. The text goes to the sink that drivers/console.c registers.
 * Locking: one lock around the state of the line and the limiter (irq-safe); the sink has its own.
 */
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/string.h>

#define DEFAULT_LEVEL    1 /* of a line without a prefix: warning */
#define RATE_BURST       20
#define RATE_INTERVAL_NS 250000000ll /* one more line each */

#ifndef NDEBUG
struct log_levels printk_levels = { 4, 4 };
struct log_levels printk_guest_levels = { 2, 4 };
#else
struct log_levels printk_levels = { 2, 2 };
struct log_levels printk_guest_levels = { 0, 2 };
#endif
void (*printk_sink)(const char *s, size_t len);
int64_t (*printk_clock)(void);
void (*printk_current_name)(char *buf, size_t size);

static DEFINE_SPINLOCK(printk_lock, LOCK_PRINTK);
static bool at_line_start = true;
static bool line_shown = true;
static unsigned int tokens = RATE_BURST, dropped;
static int64_t last_refill;

static const char *const level_names[] = { "none", "error", "warning", "info", "debug" };

static int parse_one(const char *s, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strlen(level_names[i]) == len && strncmp(level_names[i], s, len) == 0) {
			return (int)i;
		}
	}
	return len == 3 && strncmp(s, "all", 3) == 0 ? 4 : -1;
}

int printk_parse_levels(const char *s, struct log_levels *out)
{
	const char *slash = strchr(s, '/');
	int low = parse_one(s, slash ? (size_t)(slash - s) : strlen(s)), high = low;

	if (slash != NULL) {
		high = parse_one(slash + 1, strlen(slash + 1));
	}
	if (low < 0 || high < 0) {
		return -EINVAL;
	}
	out->lower = (unsigned int)low;
	out->upper = (unsigned int)max(low, high);
	return 0;
}

static bool rate_allows(void)
{
	int64_t now = printk_clock ? printk_clock() : 0;
	int64_t earned = (now - last_refill) / RATE_INTERVAL_NS;

	if (earned > 0) {
		tokens = (unsigned int)min_t(int64_t, RATE_BURST, tokens + earned);
		last_refill = now;
	}
	if (tokens == 0) {
		dropped++;
		return false;
	}
	tokens--;
	return true;
}

static void emit(const char *s, size_t len)
{
	if (printk_sink != NULL) {
		printk_sink(s, len);
	}
}

/* Strip "<G>" and "<n>" prefixes; returns the level, -1 when there was none. */
static int strip_prefix(const char **s, bool *guest)
{
	int level = -1;

	while ((*s)[0] == '<' && (*s)[1] != '\0' && (*s)[2] == '>') {
		char c = (*s)[1];

		if (c == 'G') {
			*guest = true;
		} else if (c >= '0' && c <= '3') {
			level = c - '0';
		} else {
			break;
		}
		*s += 3;
	}
	return level;
}

static bool decide(int level, bool guest)
{
	const struct log_levels *l = guest ? &printk_guest_levels : &printk_levels;

	if (level < 0) {
		level = DEFAULT_LEVEL;
	}
	if ((unsigned int)level < l->lower) {
		return true;
	}
	return (unsigned int)level < l->upper && rate_allows();
}

static void print_text(const char *text)
{
	bool guest = false;
	int level = strip_prefix(&text, &guest);

	if (at_line_start) {
		line_shown = decide(level, guest);
	}
	while (*text != '\0') {
		const char *nl = strchr(text, '\n');
		size_t len = nl ? (size_t)(nl - text) + 1 : strlen(text);

		if (line_shown) {
			if (at_line_start) {
				if (dropped != 0 && tokens > 0) {
					char note[64];
					unsigned int n = dropped;

					dropped = 0;
					emit(note,
						(size_t)scnprintf(note, sizeof(note),
							"(HV) %u guest-caused lines left out\n",
							n));
				}
				emit("(HV) ", 5);
			}
			emit(text, len);
		}
		at_line_start = nl != NULL;
		text += len;
	}
}

void vprintk(const char *fmt, va_list ap)
{
	static char buf[1024]; /* under printk_lock */
	unsigned long flags;

	spin_lock_irqsave(&printk_lock, flags);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	print_text(buf);
	spin_unlock_irqrestore(&printk_lock, flags);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

void gprintk_line(const char *level, const char *fmt, ...)
{
	char text[256], name[24] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (printk_current_name != NULL) {
		printk_current_name(name, sizeof(name));
	}
	printk("%s%s%s%s", level, name, name[0] != '\0' ? " " : "", text);
}

void printk_force_unlock(void)
{
	spin_lock_init(&printk_lock, LOCK_PRINTK);
	if (!at_line_start) {
		emit("\n", 1);
		at_line_start = true;
	}
}
