/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* What we ask of the compiler: attributes, section placement, single accesses. */
#ifndef HV_COMPILER_H
#define HV_COMPILER_H

#define __must_check __attribute__((warn_unused_result))
#define __noreturn   __attribute__((noreturn))
#define __cold       __attribute__((cold))
#ifndef noinline
#define noinline __attribute__((noinline))
#endif
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __packed
#define __packed __attribute__((packed))
#endif
#define __unused       __attribute__((unused))
#define __used         __attribute__((used))
#define __weak         __attribute__((weak))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define ALIGNED(n)     __attribute__((aligned(n)))
#define __aligned(n)   __attribute__((aligned(n)))
#define __section(s)   __attribute__((section(s)))

#ifdef HV_HOST_TEST
#define __init
#define __initdata
#define __initconst
#define __ro_after_init
#define __read_mostly
#else
/* Boot only: freed and unmapped when dom0 is built. */
#define __init          __section(".init.text") __cold noinline
#define __initdata      __section(".init.data")
#define __initconst     __section(".init.rodata")
/* Written at boot, read-only afterwards. */
#define __ro_after_init __section(".data.ro_after_init")
#define __read_mostly   __section(".data.read_mostly")
#endif

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)
#define unreachable()    __builtin_unreachable()
#define fallthrough      __attribute__((fallthrough))

#define barrier()        __asm__ __volatile__("" : : : "memory")
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#endif
