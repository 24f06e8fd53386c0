/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm_op: the parameters that guest, toolstack and device model exchange, and the event upcall
 * vector. A guest may read and write a few of its own parameters; the control domain may set the
 * others of everybody else.
 * Locking: d->lock for the parameters.
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/sched.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/p2m.h>
#include <hv/priv.h>
#include <hv/shared_info.h>
#include <hv/time.h>

/* What may be done with a parameter. */
#define P_GUEST_SET  (1u << 0)
#define P_GUEST_GET  (1u << 1)
#define P_ONCE       (1u << 2) /* a value that is not 0 cannot be replaced by another */
#define P_DEPRECATED (1u << 3)

static const uint8_t param_flags[HVM_NR_PARAMS] = {
	[HVM_PARAM_CALLBACK_IRQ] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_STORE_PFN] = P_GUEST_GET,
	[HVM_PARAM_STORE_EVTCHN] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_PAE_ENABLED] = P_DEPRECATED,
	[HVM_PARAM_IOREQ_PFN] = P_ONCE,
	[HVM_PARAM_BUFIOREQ_PFN] = P_ONCE,
	[HVM_PARAM_VIRIDIAN] = P_ONCE,
	[HVM_PARAM_DM_DOMAIN] = P_DEPRECATED,
	[HVM_PARAM_VM86_TSS] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_CONSOLE_PFN] = P_GUEST_GET,
	[HVM_PARAM_CONSOLE_EVTCHN] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_ACPI_IOPORTS_LOCATION] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_MEMORY_EVENT_CR0] = P_DEPRECATED,
	[HVM_PARAM_MEMORY_EVENT_CR3] = P_DEPRECATED,
	[HVM_PARAM_MEMORY_EVENT_CR4] = P_DEPRECATED,
	[HVM_PARAM_MEMORY_EVENT_INT3] = P_DEPRECATED,
	[HVM_PARAM_NESTEDHVM] = P_DEPRECATED,
	[HVM_PARAM_MEMORY_EVENT_SINGLE_STEP] = P_DEPRECATED,
	[HVM_PARAM_BUFIOREQ_EVTCHN] = P_DEPRECATED,
	[HVM_PARAM_MEMORY_EVENT_MSR] = P_DEPRECATED,
	[HVM_PARAM_IOREQ_SERVER_PFN] = P_ONCE,
	[HVM_PARAM_NR_IOREQ_SERVER_PAGES] = P_ONCE,
	[HVM_PARAM_VM_GENERATION_ID_ADDR] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_ALTP2M] = P_GUEST_GET,
	[HVM_PARAM_X87_FIP_WIDTH] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_VM86_TSS_SIZED] = P_GUEST_SET | P_GUEST_GET,
	[HVM_PARAM_MCA_CAP] = P_ONCE,
};

/* Is value acceptable for the parameter? 0 or -errno. */
static int check_value(uint32_t index, uint64_t value)
{
	switch (index) {
	case HVM_PARAM_TIMER_MODE:
		return value > HVMPTM_one_missed_tick_pending ? -EINVAL : 0;
	case HVM_PARAM_TRIPLE_FAULT_REASON:
		return value > SHUTDOWN_MAX ? -EINVAL : 0;
	case HVM_PARAM_ACPI_S_STATE:
		return value != 0 && value != 3 ? -EINVAL : 0;
	case HVM_PARAM_ACPI_IOPORTS_LOCATION:
		return value > 1 ? -EINVAL : 0;
	case HVM_PARAM_VM86_TSS_SIZED:
		return (value >> 32) < 104 || ((value >> 32) > 0x2000 + 104) ? -EINVAL : 0;
	case HVM_PARAM_NR_IOREQ_SERVER_PAGES:
		return value == 0 || value > 64 ? -EINVAL : 0;
	case HVM_PARAM_ALTP2M:
		return value != 0 ? -EEXIST : 0;
	case HVM_PARAM_X87_FIP_WIDTH:
		return value != 0 && value != 4 && value != 8 ? -EINVAL : 0;
	case HVM_PARAM_MCA_CAP:
		return (value & ~XEN_HVM_MCA_CAP_MASK) != 0 ? -EINVAL : 0;
	case HVM_PARAM_VIRIDIAN:
		return value != 0 ? -EOPNOTSUPP : 0;
	default:
		return 0;
	}
}

static int set_param(struct domain *d, uint32_t index, uint64_t value)
{
	bool self = d == current->domain;
	uint8_t flags = param_flags[index];
	int rc;

	if (flags & P_DEPRECATED) {
		return -EINVAL;
	}
	if (self && !(flags & P_GUEST_SET)) {
		return -EPERM;
	}
	rc = check_value(index, value);
	if (rc != 0) {
		return rc;
	}
	spin_lock(&d->lock);
	if ((flags & P_ONCE) && d->params[index] != 0 && d->params[index] != value) {
		rc = -EEXIST;
	} else {
		d->params[index] = value;
	}
	spin_unlock(&d->lock);
	if (rc == 0 && index == HVM_PARAM_CALLBACK_IRQ) {
		if (self) {
			latch_shinfo_size(d, current->hcall_compat);
		}
		hvm_set_callback_via(d, value);
	}
	return rc;
}

static int get_param(struct domain *d, uint32_t index, uint64_t *value)
{
	uint8_t flags = param_flags[index];

	if (flags & P_DEPRECATED) {
		return -EINVAL;
	}
	if (d == current->domain && !(flags & P_GUEST_GET)) {
		return -EPERM;
	}
	*value = READ_ONCE(d->params[index]);
	return 0;
}

static long op_param(uint64_t op, uint64_t arg)
{
	struct xen_hvm_param p;
	struct domain *d;
	int rc;

	if (copy_struct_from_guest(&p, arg) != 0) {
		return -EFAULT;
	}
	if (p.index >= HVM_NR_PARAMS) {
		return -EINVAL;
	}
	p.index = array_index_nospec(p.index, HVM_NR_PARAMS);
	rc = domain_get_for(p.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	if (op == HVMOP_set_param) {
		rc = set_param(d, p.index, p.value);
	} else {
		rc = get_param(d, p.index, &p.value);
		if (rc == 0 && copy_struct_to_guest(arg, &p) != 0) {
			rc = -EFAULT;
		}
	}
	put_domain(d);
	return rc;
}

static long op_upcall_vector(uint64_t arg)
{
	struct domain *d = current->domain;
	struct xen_hvm_evtchn_upcall_vector up;
	struct vcpu *v;

	if (copy_struct_from_guest(&up, arg) != 0) {
		return -EFAULT;
	}
	if (up.vector < 0x10) {
		return -EINVAL;
	}
	if (up.vcpu >= d->max_vcpus ||
		(v = d->vcpu[array_index_nospec(up.vcpu, d->max_vcpus)]) == NULL) {
		return -ENOENT;
	}
	return hvm_set_upcall_vector(v, up.vector);
}

static long op_get_time(uint64_t arg)
{
	struct xen_hvm_get_time t = { .now = (uint64_t)NOW() };

	return copy_struct_to_guest(arg, &t) != 0 ? -EFAULT : 0;
}

static long op_get_mem_type(uint64_t arg)
{
	struct xen_hvm_get_mem_type mt;
	struct domain *d;
	p2m_type_t t;
	int rc;

	if (copy_struct_from_guest(&mt, arg) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(mt.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	(void)p2m_get(d, _gfn(mt.pfn), &t, NULL);
	if (p2m_is_readonly(t)) {
		mt.mem_type = HVMMEM_ram_ro;
	} else if (p2m_is_any_ram(t) || t == p2m_pod) {
		mt.mem_type = HVMMEM_ram_rw;
	} else {
		mt.mem_type = HVMMEM_mmio_dm;
	}
	put_domain(d);
	return copy_struct_to_guest(arg, &mt) != 0 ? -EFAULT : 0;
}

long do_hvm_op(uint64_t op, uint64_t arg)
{
	switch (op) {
	case HVMOP_set_param:
	case HVMOP_get_param:
		return op_param(op, arg);
	case HVMOP_set_evtchn_upcall_vector:
		return op_upcall_vector(arg);
	case HVMOP_get_time:
		return op_get_time(arg);
	case HVMOP_get_mem_type:
		return op_get_mem_type(arg);
	case HVMOP_flush_tlbs:
		if (arg != 0) {
			return -EINVAL;
		}
		p2m_flush_tlb(current->domain);
		return 0;
	case HVMOP_pagetable_dying:
		/*
		 * Only shadow page tables would want to know; an error tells the guest to stop
		 * saying so.
		 */
		return -EINVAL;
	case HVMOP_xentrace:
	case HVMOP_set_mem_access:
	case HVMOP_get_mem_access:
	case HVMOP_guest_request_vm_event:
	case HVMOP_altp2m:
		return -EOPNOTSUPP;
	default:
		return -ENOSYS;
	}
}
