/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen_version: who we are. The version is that of the ABI we speak, because tools choose their own
 * binaries by it; our name is in the extra version. Fixed-size answers are copied in full: callers
 * have buffers of exactly that size and read all of it.
 * Locking: none, everything is constant.
 */
#include <xen/features.h>
#include <xen/version.h>

#include <hv/boot_info.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/priv.h>
#include <hv/string.h>

#define VERSION_MAJOR 4u
#define VERSION_MINOR 20u
#define EXTRAVERSION  ".undercroft"
#define CAPABILITIES  "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "
#define CHANGESET     ""
#define DENIED        "<denied>"
#define VARBUF_MAX    65536u

_Static_assert(sizeof(EXTRAVERSION) <= XEN_EXTRAVERSION_LEN, "does not fit the old form");

/* A string in a zero-filled buffer of the ABI's size. */
#define COPY_FIXED(type, str)                                                     \
	{                                                                         \
		type buf_;                                                        \
		memset(&buf_, 0, sizeof(buf_));                                   \
		strlcpy(buf_, (str), sizeof(buf_));                               \
		return copy_to_guest(arg, buf_, sizeof(buf_)) != 0 ? -EFAULT : 0; \
	}

static const char *command_line(void)
{
	return boot_info.cmdline != NULL ? boot_info.cmdline : "";
}

static long op_varbuf(int cmd, uint64_t arg)
{
	const char *s;
	size_t len;
	uint32_t room;

	switch (cmd) {
	case XENVER_extraversion2:
		s = EXTRAVERSION;
		break;
	case XENVER_capabilities2:
		s = CAPABILITIES;
		break;
	case XENVER_changeset2:
		s = CHANGESET;
		break;
	case XENVER_commandline2:
		if (priv_check_control() != 0) {
			return -EPERM;
		}
		s = command_line();
		break;
	case XENVER_build_id:
		return priv_check_control() != 0 ? -EPERM : -ENODATA;
	default:
		return -ENOSYS;
	}
	len = strlen(s);
	if (len > VARBUF_MAX) {
		return -E2BIG;
	}
	if (arg == 0) {
		return (long)len;
	}
	if (copy_struct_from_guest(&room, arg) != 0) {
		return -EFAULT;
	}
	if (room < len) {
		return -ENOBUFS;
	}
	if (len != 0 && copy_to_guest(arg + offsetof(struct xen_varbuf, buf), s, len) != 0) {
		return -EFAULT;
	}
	return (long)len;
}

static uint32_t feature_submap(const struct domain *d)
{
	uint32_t f = (1u << XENFEAT_writable_page_tables) |
		(1u << XENFEAT_auto_translated_physmap) | (1u << XENFEAT_hvm_callback_vector) |
		(1u << XENFEAT_hvm_safe_pvclock) | (1u << XENFEAT_memory_op_vnode_supported) |
		(1u << XENFEAT_runstate_phys_area) | (1u << XENFEAT_vcpu_time_phys_area) |
		(1u << XENFEAT_dm_msix_all_writes);

	if (is_hardware_domain(d)) {
		f |= 1u << XENFEAT_dom0;
	}
	f |= 1u << (d->direct_mapped ? XENFEAT_direct_mapped : XENFEAT_not_direct_mapped);
	return f;
}

static long op_get_features(uint64_t arg)
{
	struct xen_feature_info fi;

	if (copy_struct_from_guest(&fi, arg) != 0) {
		return -EFAULT;
	}
	if (fi.submap_idx != 0) {
		return -EINVAL;
	}
	fi.submap = feature_submap(current->domain);
	return copy_struct_to_guest(arg, &fi) != 0 ? -EFAULT : 0;
}

static long op_compile_info(uint64_t arg)
{
	struct xen_compile_info info;

	memset(&info, 0, sizeof(info));
	strlcpy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
	strlcpy(info.compile_by, "undercroft", sizeof(info.compile_by));
	strlcpy(info.compile_domain, "undercroft.org", sizeof(info.compile_domain));
	/* No build time: the same source gives the same image. */
	return copy_struct_to_guest(arg, &info) != 0 ? -EFAULT : 0;
}

long do_xen_version(int cmd, uint64_t arg)
{
	struct domain *d = current->domain;

	switch (cmd) {
	case XENVER_version:
		return (VERSION_MAJOR << 16) | VERSION_MINOR;
	case XENVER_extraversion:
		COPY_FIXED(xen_extraversion_t, EXTRAVERSION)
	case XENVER_compile_info:
		return op_compile_info(arg);
	case XENVER_capabilities:
		COPY_FIXED(xen_capabilities_info_t, CAPABILITIES)
	case XENVER_changeset:
		COPY_FIXED(xen_changeset_info_t, CHANGESET)
	case XENVER_platform_parameters: {
		uint64_t virt_start = 0; /* no PV guests share our address space */

		return copy_to_guest(arg, &virt_start, current->hcall_compat ? 4 : 8) != 0 ?
			-EFAULT :
			0;
	}
	case XENVER_get_features:
		return op_get_features(arg);
	case XENVER_pagesize:
		return arg != 0 ? -EINVAL : (long)PAGE_SIZE;
	case XENVER_guest_handle:
		return copy_to_guest(arg, d->handle, sizeof(d->handle)) != 0 ? -EFAULT : 0;
	case XENVER_commandline:
		COPY_FIXED(xen_commandline_t, is_control_domain(d) ? command_line() : DENIED)
	case XENVER_build_id:
	case XENVER_extraversion2:
	case XENVER_capabilities2:
	case XENVER_changeset2:
	case XENVER_commandline2:
		return op_varbuf(cmd, arg);
	default:
		return -ENOSYS;
	}
}
