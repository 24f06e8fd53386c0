/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test kernel can use: machine words, console, results, exceptions, interrupts, APIC,
 * processors, time. The Xen side (hypercalls, event channels, grants, domains) is in xenlib.h.
 * A test defines test_name and test_main(); one that starts further domains also domu_main(),
 * which runs in them. Everything is identity mapped over 8 GiB; interrupts start disabled.
 */
#ifndef TESTS_GUEST_LIB_GUEST_H
#define TESTS_GUEST_LIB_GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)    (sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" ::: "memory")
#define mb()             __asm__ volatile("mfence" ::: "memory")
#define __packed         __attribute__((packed))
#define __aligned(n)     __attribute__((aligned(n)))
#define __noreturn       __attribute__((noreturn))
#define __printf(f, a)   __attribute__((format(printf, f, a)))
#define PAGE_SIZE        4096UL

/* ---- results ---- */
extern const char test_name[];
void test_main(void);
void domu_main(void);

/* Records a failure of the subject and goes on. */
void test_failure(const char *fmt, ...) __printf(1, 2);
/* The test itself is broken or cannot go on: ends it. */
void test_error(const char *fmt, ...) __printf(1, 2) __noreturn;
/* The test cannot run here: ends it. */
void test_skip(const char *fmt, ...) __printf(1, 2) __noreturn;
/* Prints the result line and ends the machine (a domU: reports to its mailbox and stops). */
void test_finish(void) __noreturn;
unsigned int test_failures(void);

#define CHECK(cond, ...)                                                 \
	do {                                                             \
		if (!(cond)) {                                           \
			test_failed_at(__LINE__, #cond, "" __VA_ARGS__); \
		}                                                        \
	} while (0)
#define CHECK_EQ(a, b)                                                                          \
	do {                                                                                    \
		s64 a__ = (s64)(a), b__ = (s64)(b);                                             \
		if (a__ != b__) {                                                               \
			test_failed_at(__LINE__, #a " == " #b, "%lld (0x%llx)", (long long)a__, \
				(long long)a__);                                                \
		}                                                                               \
	} while (0)
void test_failed_at(unsigned int line, const char *what, const char *fmt, ...) __printf(3, 4);
#define STR_(x) #x
#define STR(x)  STR_(x)

/* ---- console, strings ---- */
int printf(const char *fmt, ...) __printf(1, 2);
int vsnprintf(char *buf, size_t n, const char *fmt, va_list ap);
int snprintf(char *buf, size_t n, const char *fmt, ...) __printf(3, 4);
void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
const char *strstr(const char *h, const char *n);
/* xorshift generator, seeded at start with a constant. */
u64 rnd(void);
void rnd_seed(u64 seed);

/* ---- start ---- */
struct hvm_start_info;
extern struct hvm_start_info *start_info;
extern bool is_domu; /* this instance runs in a domain that domu.c built */
extern bool cpu_amd; /* AMD or Hygon: vmmcall */
extern u64 phys_offset;
/* QEMU's emulation, which leaves out checks that processors make. */
bool on_qemu(void);
/* The reference hypervisor, by the runner's word on the command line. */
bool on_reference(void);
const char *cmdline(void);
extern char image_start[], image_end[], data_start[], data_end[], data_backup[], bss_start[];
extern char bss_end[];
u64 virt_to_phys(const void *p);
/* Zeroed pages of own RAM, never freed. */
void *alloc_pages(unsigned int nr);
static inline void *alloc_page(void)
{
	return alloc_pages(1);
}
#define gfn_of(p)  (virt_to_phys(p) >> 12)

/* Maps a page at a linear address from MAP_BASE on; flags 1 present, 2 writable, 4 user, 0: unmaps. */
#define MAP_BASE   0x8000000000UL
#define NOT_MAPPED 0x9000000000UL /* never mapped */
void map_page(u64 va, u64 pa, u64 flags);

/* ---- machine words ---- */
#define EXC_NONE 0xffffffffU
enum {
	EXC_DE = 0,
	EXC_DB = 1,
	EXC_NMI = 2,
	EXC_BP = 3,
	EXC_UD = 6,
	EXC_NM = 7,
	EXC_DF = 8,
	EXC_TS = 10,
	EXC_NP = 11,
	EXC_SS = 12,
	EXC_GP = 13,
	EXC_PF = 14,
	EXC_MF = 16,
	EXC_AC = 17,
};

struct regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vec, err, rip, cs, rflags, rsp, ss;
};

struct cpu {
	struct cpu *self;
	u64 fixup;
	u32 exc_vec, exc_err;
	u64 user_sp;
	u64 exc_cr2;
	u32 idx, apic_id;
	u32 online;
	u32 busy;
	void (*work)(void *arg);
	void *work_arg;
	u64 user_result;
	u8 pad[CPU_BYTES - 80];
};
_Static_assert(sizeof(struct cpu) == CPU_BYTES, "struct cpu");
extern struct cpu cpus[MAX_CPUS];

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(c));
	return c;
}

/* An instruction sequence that may fault; read exc_vec() afterwards: EXC_NONE or the vector. */
#define GUARD(insn) "movl $-1, %%gs:16\n\tmovq $77f, %%gs:8\n\t" insn "\n77:\tmovq $0, %%gs:8\n\t"

static inline u32 exc_vec(void)
{
	return READ_ONCE(this_cpu()->exc_vec);
}

static inline u32 rdmsr_safe(u32 msr, u64 *val)
{
	u32 lo = 0, hi = 0;

	__asm__ volatile(GUARD("rdmsr") : "+a"(lo), "+d"(hi) : "c"(msr) : "memory");
	*val = (u64)hi << 32 | lo;
	return exc_vec();
}

static inline u32 wrmsr_safe(u32 msr, u64 val)
{
	__asm__ volatile(GUARD("wrmsr")::"a"((u32)val), "d"((u32)(val >> 32)), "c"(msr) : "memory");
	return exc_vec();
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" ::"a"((u32)v), "d"((u32)(v >> 32)), "c"(msr) : "memory");
}

struct cpuid {
	u32 a, b, c, d;
};

static inline struct cpuid cpuid(u32 leaf, u32 sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
		: "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
		: "a"(leaf), "c"(sub));
	return r;
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (u64)hi << 32 | lo;
}

static inline void outb(u16 p, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(p));
}

static inline void outw(u16 p, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(p));
}

static inline void outl(u16 p, u32 v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(p));
}

static inline u8 inb(u16 p)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}

static inline u16 inw(u16 p)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}

static inline u32 inl(u16 p)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}

#define DEFINE_CR(n)                                                           \
	static inline u64 read_cr##n(void)                                     \
	{                                                                      \
		u64 v;                                                         \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory");    \
		return v;                                                      \
	}                                                                      \
	static inline u32 write_cr##n##_safe(u64 v)                            \
	{                                                                      \
		__asm__ volatile(GUARD("mov %0, %%cr" #n)::"r"(v) : "memory"); \
		return exc_vec();                                              \
	}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
DEFINE_CR(8)

static inline void sti(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void cli(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Waits for one interrupt: enables, halts, disables again. */
static inline void sti_hlt_cli(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

/* Takes what is pending: two instructions with interrupts on. */
static inline void irq_window(void)
{
	__asm__ volatile("sti; nop; nop; cli" ::: "memory");
}

static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

/* ---- exceptions and interrupts ---- */
typedef void (*irq_fn)(struct regs *r);
extern volatile u32 irq_count[256];
/* A handler for a vector; vectors >= 32 without one are only counted and acknowledged. */
void irq_handler(unsigned int vec, irq_fn fn);
/* No automatic EOI for this vector. */
extern u8 irq_no_eoi[256];
/* Runs fn(arg) in ring 3; sets *vec to the exception that ended it or EXC_NONE. */
u64 run_user(u64 (*fn)(u64), u64 arg, u32 *vec);

/* ---- local APIC ---- */
extern bool x2apic_on;
#define LAPIC_BASE  0xfee00000UL
#define APIC_ID     0x20
#define APIC_VER    0x30
#define APIC_TPR    0x80
#define APIC_PPR    0xa0
#define APIC_EOI    0xb0
#define APIC_LDR    0xd0
#define APIC_DFR    0xe0
#define APIC_SVR    0xf0
#define APIC_ISR    0x100
#define APIC_TMR    0x180
#define APIC_IRR    0x200
#define APIC_ESR    0x280
#define APIC_ICR    0x300
#define APIC_ICR2   0x310
#define APIC_LVTT   0x320
#define APIC_LVT0   0x350
#define APIC_LVT1   0x360
#define APIC_LVTERR 0x370
#define APIC_TMICT  0x380
#define APIC_TMCCT  0x390
#define APIC_TDCR   0x3e0
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 val);
/* Sends by ICR: lo is the low word (vector, mode, shorthand). */
void apic_icr(u32 apic_id, u32 lo);
bool apic_bit(u32 reg, unsigned int vec);
void apic_enable(void);
u32 apic_id(void);
/* Switches to x2APIC mode; false when the processor has none. */
bool x2apic_enable(void);

/* ---- processors ---- */
/* Starts processor idx by INIT and SIPI; true when it came up within a second. */
bool cpu_start(unsigned int idx);
/* Runs fn there, without waiting / waits (with a limit) until it is done. */
void cpu_run(unsigned int idx, void (*fn)(void *), void *arg);
bool cpu_wait(unsigned int idx);

/* ---- time ---- */
/* Busy loop of at least n ns by the hypervisor's clock (or by a count before that exists). */
void delay_ns(u64 n);
/* Spins until cond or ns passed; true when cond came true. */
#define wait_for(cond, ns)                                       \
	({                                                       \
		u64 end__ = now_ns() + (ns);                     \
		bool ok__;                                       \
		while (!(ok__ = !!(cond)) && now_ns() < end__) { \
			pause();                                 \
		}                                                \
		ok__ || (cond);                                  \
	})
/* The same with interrupts enabled in short windows. */
#define wait_irq(cond, ns)                                       \
	({                                                       \
		u64 end__ = now_ns() + (ns);                     \
		bool ok__;                                       \
		while (!(ok__ = !!(cond)) && now_ns() < end__) { \
			irq_window();                            \
		}                                                \
		ok__ || (cond);                                  \
	})
u64 now_ns(void);
#define MS 1000000UL

/* start.S */
u32 compat_hypercall(u32 *regs);
u32 compat16_hypercall(u32 *regs);

#endif
