/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control domain's kernel asks of the machine: the clock, the firmware's findings, the processors, the screen, a few registers.
 * Everything else is the kernel's own business (it drives the hardware) or ours: -ENOSYS. No locks of its own.
 */
#include <hv/hypercall.h>

#include <xen/platform.h>

#include <hv/acpi.h>
#include <hv/boot_info.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/microcode.h>
#include <hv/priv.h>
#include <hv/shared_info.h>
#include <hv/smp.h>
#include <hv/string.h>
#include <hv/time.h>
#include <asm/cpuid.h>
#include <asm/msr.h>

_Static_assert(
	sizeof(struct xen_platform_op) == 136 && offsetof(struct xen_platform_op, u) == 8, "ABI");
_Static_assert(sizeof(struct dom0_vga_console_info) == 40, "ABI");
_Static_assert(sizeof(struct xenpf_resource_entry) == 24, "ABI");

#define RESOURCE_MAX_ENTRIES        3u

/* Registers that tools may read: time, and those that say what TSX does. */
#define MSR_TSC_NR                  0x10u
#define MSR_TSX_FORCE_ABORT_NR      0x10fu
#define MSR_TSX_CTRL_NR             0x122u
#define MSR_MCU_OPT_CTRL_NR         0x123u
#define MSR_ARCH_CAPABILITIES_NR    0x10au
#define ARCH_CAPS_TSX_CTRL          (1u << 7)
#define CPUID_7_EDX_SRBDS_CTRL      (1u << 9)
#define CPUID_7_EDX_TSX_FORCE_ABORT (1u << 13)

static long settime(const struct xen_platform_op *op)
{
	if (op->cmd == XENPF_settime32) {
		const struct xenpf_settime32 *t = &op->u.settime32;

		if (t->nsecs >= 1000000000u) {
			return -EINVAL;
		}
		set_wallclock(t->secs, t->nsecs, t->system_time);
		return 0;
	}
	if (op->u.settime64.mbz != 0 || op->u.settime64.nsecs >= 1000000000u) {
		return -EINVAL;
	}
	set_wallclock(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
	return 0;
}

/* BIOS disk and display data were not collected: "no such entry" ends the caller's search. */
static long firmware_info(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_firmware_info *f = &op->u.firmware_info;

	switch (f->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
		return -ENOSYS;
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (f->index != 0) {
			return -ESRCH;
		}
		memset(&f->u, 0, sizeof(f->u));
		*copyback = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static long get_cpuinfo(struct xen_platform_op *op, bool *copyback)
{
	uint32_t cpu = op->u.pcpu_info.xen_cpuid;
	struct xenpf_pcpuinfo info = {
		.xen_cpuid = cpu, .max_present = nr_cpu_ids - 1, .flags = XEN_PCPU_FLAGS_INVALID
	};

	if (cpu < nr_cpu_ids) {
		info.flags = cpu_online(cpu) ? XEN_PCPU_FLAGS_ONLINE : 0;
		info.apic_id = cpu_apicid(cpu);
		info.acpi_id = cpu;
		for (unsigned int i = 0; i < acpi_info.nr_cpus; i++) {
			if (acpi_info.cpus[i].apicid == info.apic_id) {
				info.acpi_id = acpi_info.cpus[i].uid;
			}
		}
	}
	memset(&op->u, 0, sizeof(op->u));
	op->u.pcpu_info = info;
	*copyback = true;
	return 0;
}

static long get_cpu_version(struct xen_platform_op *op, bool *copyback)
{
	uint32_t cpu = op->u.pcpu_version.xen_cpuid;
	struct xenpf_pcpu_version *v = &op->u.pcpu_version;

	memset(&op->u, 0, sizeof(op->u));
	v->xen_cpuid = cpu;
	v->max_present = nr_cpu_ids - 1;
	if (cpu < nr_cpu_ids) {
		memcpy(v->vendor_id, boot_cpu_info.vendor_id, sizeof(v->vendor_id));
		v->family = boot_cpu_info.family;
		v->model = boot_cpu_info.model;
		v->stepping = boot_cpu_info.stepping;
	}
	*copyback = true;
	return 0;
}

static void read_ucode_revision(void *arg)
{
	microcode_revision(arg);
}

static long get_ucode_revision(struct xen_platform_op *op, bool *copyback)
{
	uint32_t cpu = op->u.ucode_revision.cpu;
	struct ucode_cpu u = { 0 };
	cpumask_t mask;

	if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		return -ENOENT;
	}
	mask = cpumask_of_cpu(cpu);
	on_selected_cpus(&mask, read_ucode_revision, &u, true);
	memset(&op->u, 0, sizeof(op->u));
	op->u.ucode_revision = (struct xenpf_ucode_revision){
		.cpu = cpu, .signature = u.signature, .pf = u.platform, .revision = u.revision
	};
	*copyback = true;
	return 0;
}

/* The screen as the boot loader left it. Returns the size of the structure. */
static long get_dom0_console(struct xen_platform_op *op, bool *copyback)
{
	struct dom0_vga_console_info *c = &op->u.dom0_console;
	const struct boot_framebuffer *fb = &boot_info.fb;

	memset(&op->u, 0, sizeof(op->u));
	if (fb->present) {
		uint64_t bytes = (uint64_t)fb->pitch * fb->height;

		c->video_type = fb->is_efi ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
		c->u.vesa_lfb.width = (uint16_t)fb->width;
		c->u.vesa_lfb.height = (uint16_t)fb->height;
		c->u.vesa_lfb.bytes_per_line = (uint16_t)fb->pitch;
		c->u.vesa_lfb.bits_per_pixel = fb->bpp;
		c->u.vesa_lfb.lfb_base = (uint32_t)fb->addr;
		c->u.vesa_lfb.ext_lfb_base = (uint32_t)(fb->addr >> 32);
		c->u.vesa_lfb.lfb_size = (uint32_t)((bytes + 0xffff) >> 16);
		c->u.vesa_lfb.red_pos = fb->red_pos;
		c->u.vesa_lfb.red_size = fb->red_size;
		c->u.vesa_lfb.green_pos = fb->green_pos;
		c->u.vesa_lfb.green_size = fb->green_size;
		c->u.vesa_lfb.blue_pos = fb->blue_pos;
		c->u.vesa_lfb.blue_size = fb->blue_size;
		if (fb->bpp == 32) {
			c->u.vesa_lfb.rsvd_pos = 24;
			c->u.vesa_lfb.rsvd_size = 8;
		}
	} else if (fb->vga_text) {
		c->video_type = XEN_VGATYPE_TEXT_MODE_3;
		c->u.text_mode_3.font_height = 16;
		c->u.text_mode_3.cursor_y = 24;
		c->u.text_mode_3.rows = 25;
		c->u.text_mode_3.columns = 80;
	} else {
		return -ENODEV;
	}
	*copyback = true;
	return sizeof(*c);
}

struct resource_access {
	struct xenpf_resource_entry entries[RESOURCE_MAX_ENTRIES];
	uint32_t nr, done;
};

/* Does CPUID say that the processor has it? An emulator may answer a read of what is not there. */
static bool resource_msr_present(uint64_t idx)
{
	uint32_t a, b, c, d;
	uint64_t caps = 0;

	if (boot_cpu_info.max_leaf < 7) {
		return false;
	}
	cpuid_count(7, 0, &a, &b, &c, &d);
	switch (idx) {
	case MSR_TSX_FORCE_ABORT_NR:
		return (d & CPUID_7_EDX_TSX_FORCE_ABORT) != 0;
	case MSR_MCU_OPT_CTRL_NR:
		return (d & CPUID_7_EDX_SRBDS_CTRL) != 0;
	default:
		return cpu_has(CPUFEAT_ARCH_CAPS) &&
			rdmsr_safe(MSR_ARCH_CAPABILITIES_NR, &caps) == 0 &&
			(caps & ARCH_CAPS_TSX_CTRL) != 0;
	}
}

static int resource_read(struct xenpf_resource_entry *e)
{
	if (e->u.cmd != XEN_RESOURCE_OP_MSR_READ) {
		return e->u.cmd == XEN_RESOURCE_OP_MSR_WRITE ? -EPERM : -EOPNOTSUPP;
	}
	if (e->rsvd != 0 || e->idx >> 32 != 0) {
		return -EINVAL;
	}
	switch (e->idx) {
	case MSR_TSC_NR:
		e->val = (uint64_t)NOW();
		return 0;
	case MSR_TSX_FORCE_ABORT_NR:
	case MSR_TSX_CTRL_NR:
	case MSR_MCU_OPT_CTRL_NR:
		return resource_msr_present(e->idx) && rdmsr_safe((uint32_t)e->idx, &e->val) == 0 ?
			0 :
			-EPERM;
	default:
		return -EPERM;
	}
}

/* On the CPU that was asked for: in order, up to the first that fails. */
static void resource_run(void *arg)
{
	struct resource_access *ra = arg;

	for (ra->done = 0; ra->done < ra->nr; ra->done++) {
		int rc = resource_read(&ra->entries[ra->done]);

		ra->entries[ra->done].u.ret = rc;
		if (rc != 0) {
			break;
		}
	}
}

static long resource_op(const struct xen_platform_op *op)
{
	const struct xenpf_resource_op *r = &op->u.resource_op;
	struct resource_access ra = { .nr = r->nr_entries };
	cpumask_t mask;

	if (ra.nr == 0) {
		return 0;
	}
	if (ra.nr > RESOURCE_MAX_ENTRIES) {
		return -EINVAL;
	}
	if (r->cpu >= nr_cpu_ids || !cpu_online(r->cpu)) {
		return -ENODEV;
	}
	if (copy_from_guest(ra.entries, handle_gva(r->entries), ra.nr * sizeof(ra.entries[0])) !=
		0) {
		return -EFAULT;
	}
	mask = cpumask_of_cpu(r->cpu);
	on_selected_cpus(&mask, resource_run, &ra, true);
	/* The one that failed goes back too, with its error. */
	if (copy_to_guest(handle_gva(r->entries), ra.entries,
		    min(ra.done + 1, ra.nr) * sizeof(ra.entries[0])) != 0) {
		return -EFAULT;
	}
	return ra.done;
}

static long run_platform_op(struct xen_platform_op *op, bool *copyback)
{
	switch (op->cmd) {
	case XENPF_settime32:
	case XENPF_settime64:
		return settime(op);
	case XENPF_firmware_info:
		return firmware_info(op, copyback);
	case XENPF_efi_runtime_call:
		return -EOPNOTSUPP;
	case XENPF_set_processor_pminfo:
		/* The kernel uploads its ACPI idle and frequency tables; nothing here uses them. */
		return 0;
	case XENPF_get_cpuinfo:
		return get_cpuinfo(op, copyback);
	case XENPF_get_cpu_version:
		return get_cpu_version(op, copyback);
	case XENPF_cpu_online:
	case XENPF_cpu_offline:
		return op->u.cpu_ol.cpuid < nr_cpu_ids ? -EOPNOTSUPP : -EINVAL;
	case XENPF_resource_op:
		return resource_op(op);
	case XENPF_get_dom0_console:
		return get_dom0_console(op, copyback);
	case XENPF_get_ucode_revision:
		return get_ucode_revision(op, copyback);
	case XENPF_microcode_update:
	case XENPF_microcode_update2:
		return -EOPNOTSUPP; /* updates are boot modules */
	default:
		return -ENOSYS;
	}
}

long do_platform_op(uint64_t u_op)
{
	struct xen_platform_op op;
	bool copyback = false;
	long rc = priv_check_control();

	if (rc != 0) {
		return rc;
	}
	if (copy_struct_from_guest(&op, u_op) != 0) {
		return -EFAULT;
	}
	if (op.interface_version != XENPF_INTERFACE_VERSION) {
		return -EACCES;
	}
	rc = run_platform_op(&op, &copyback);
	if (copyback && copy_struct_to_guest(u_op, &op) != 0) {
		rc = -EFAULT;
	}
	return rc;
}
