/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Formatted output. printk() writes to the console ring and the consoles, any context (NMI excepted). A level prefix decides whether the line is shown;
 * guest levels (XENLOG_G_*) are also rate limited. Formats: the usual C ones without floating point and %n; %pS-like extensions do not exist.
 */
#ifndef HV_PRINTK_H
#define HV_PRINTK_H

#include <stdarg.h>
#include <hv/compiler.h>
#include <hv/types.h>

#define XENLOG_ERR       "<0>"
#define XENLOG_WARNING   "<1>"
#define XENLOG_WARN      XENLOG_WARNING
#define XENLOG_INFO      "<2>"
#define XENLOG_DEBUG     "<3>"
#define XENLOG_GUEST     "<G>"
#define XENLOG_G_ERR     XENLOG_GUEST XENLOG_ERR
#define XENLOG_G_WARNING XENLOG_GUEST XENLOG_WARNING
#define XENLOG_G_WARN    XENLOG_G_WARNING
#define XENLOG_G_INFO    XENLOG_GUEST XENLOG_INFO
#define XENLOG_G_DEBUG   XENLOG_GUEST XENLOG_DEBUG

void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap) __printf(1, 0);
/* About the current vCPU: "dNvM " goes in front. level is one of XENLOG_*: the line counts as a guest line (rate limited). */
#define gprintk(level, fmt, ...) gprintk_line(XENLOG_GUEST level, fmt, ##__VA_ARGS__)
void gprintk_line(const char *level, const char *fmt, ...) __printf(2, 3);
/* Tells gprintk who is running: set at boot by domain/ (NULL before). Fills buf with "dNvM". */
extern void (*printk_current_name)(char *buf, size_t size);

int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
/* snprintf that returns the number of bytes really written. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* Thresholds (loglvl=, guest_loglvl=): lines of level < lower are always shown, < upper rate limited, others dropped. */
struct log_levels {
	unsigned int lower, upper;
};
extern struct log_levels printk_levels, printk_guest_levels;
/* "none|error|warning|info|debug|all" with an optional "/upper"; -EINVAL. */
int printk_parse_levels(const char *s, struct log_levels *out);
/* Where complete text goes; registered by drivers/console.c. */
extern void (*printk_sink)(const char *s, size_t len);
/* panic only: break the lock, start a new line. */
void printk_force_unlock(void);
/* A clock for time stamps and rate limits (NULL before time is up). */
extern int64_t (*printk_clock)(void);

#endif
