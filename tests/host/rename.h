/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put in front of the hypervisor's files when they run on the host: their own versions of the C
 * library's functions get names of their own, so that both exist.
 */
#ifndef TESTS_HOST_RENAME_H
#define TESTS_HOST_RENAME_H

#define memcpy hv_memcpy
#define memmove hv_memmove
#define memset hv_memset
#define memcmp hv_memcmp
#define memchr hv_memchr
#define strlen hv_strlen
#define strnlen hv_strnlen
#define strcmp hv_strcmp
#define strncmp hv_strncmp
#define strcasecmp hv_strcasecmp
#define strchr hv_strchr
#define strrchr hv_strrchr
#define strstr hv_strstr
#define strlcpy hv_strlcpy
#define strlcat hv_strlcat
#define strtoull hv_strtoull
#define strtoll hv_strtoll
#define snprintf hv_snprintf
#define vsnprintf hv_vsnprintf
#define scnprintf hv_scnprintf
#define sort hv_sort
#define panic hv_panic

#endif
