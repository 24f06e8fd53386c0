/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* What the processors are and can do. */
#ifndef HV_CPU_H
#define HV_CPU_H

#include <hv/compiler.h>
#include <hv/types.h>
#include <asm/cpufeature.h>

enum cpu_vendor { CPU_VENDOR_UNKNOWN, CPU_VENDOR_INTEL, CPU_VENDOR_AMD, CPU_VENDOR_HYGON };

struct cpu_info {
	enum cpu_vendor vendor;
	char vendor_id[13];
	char model_name[49];
	uint32_t family, model, stepping;
	uint32_t max_leaf, max_ext_leaf;
	unsigned int phys_bits, virt_bits;
	uint32_t words[CPUFEAT_NR_WORDS];
	uint32_t svm_rev, svm_nasid, svm_features; /* CPUID 8000000A */
};
extern struct cpu_info boot_cpu_info;

static inline bool cpu_has(unsigned int feature)
{
	return (boot_cpu_info.words[feature / 32] >> (feature % 32)) & 1;
}
#define cpu_has_x2apic       cpu_has(CPUFEAT_X2APIC)
#define cpu_has_xsave        cpu_has(CPUFEAT_XSAVE)
#define cpu_has_svm          cpu_has(CPUFEAT_SVM)
#define cpu_has_vmx          cpu_has(CPUFEAT_VMX)
#define cpu_has_smep         cpu_has(CPUFEAT_SMEP)
#define cpu_has_smap         cpu_has(CPUFEAT_SMAP)
#define cpu_has_nx           cpu_has(CPUFEAT_NX)
#define cpu_has_page1gb      cpu_has(CPUFEAT_PAGE1GB)
#define cpu_has_rdtscp       cpu_has(CPUFEAT_RDTSCP)
#define cpu_has_tsc_deadline cpu_has(CPUFEAT_TSC_DEADLINE)
#define cpu_has_fsgsbase     cpu_has(CPUFEAT_FSGSBASE)
#define cpu_has_invtsc       cpu_has(CPUFEAT_ITSC)
#define cpu_has_arat         cpu_has(CPUFEAT_ARAT)
#define cpu_has_hypervisor   cpu_has(CPUFEAT_HYPERVISOR)

void cpu_identify(void);  /* BSP, early */
void cpu_init(void);   /* each CPU: CR0/CR4/EFER/PAT, per-CPU MSRs */
/* Each CPU, after percpu: GDT, TSS with its stacks, IDT. */
void desc_init_cpu(unsigned int cpu);
void traps_init(void);
/* BSP, first of all: a value for the stack protector that nobody can know. Its callers are unprotected. */
void stack_guard_init(void);
/* Value of CR4 (and EFER) that the hypervisor runs with. */
extern unsigned long hv_cr4;

/* pm.c: the machine stops here. */
void pm_init(void); /* boot: after ACPI */
void machine_restart(void) __noreturn;
void machine_power_off(void) __noreturn;
void machine_halt(void) __noreturn;
extern bool opt_noreboot;

/* crash.c */
struct cpu_regs;
void show_registers(const struct cpu_regs *regs);
void show_stack(const void *rsp);
bool crash_in_progress(void);

/* Fault handler of vendor code for expected faults is extable (asm/extable.h). NMI hook: returns true when handled. */
extern bool (*nmi_hook)(struct cpu_regs *regs);

#endif
