/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* Event channels: ports, binding, sending; 2-level and FIFO ABIs. */
#ifndef HV_EVTCHN_H
#define HV_EVTCHN_H

#include <hv/types.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <hv/spinlock.h>
#include <hv/compiler.h>

struct domain;
struct vcpu;
struct evtchn_fifo_vcpu;
struct evtchn_fifo_domain;

enum ecs { ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI };

struct evtchn {
	spinlock_t lock;  /* protects the fields below; irq-safe */
	uint8_t state;   /* enum ecs */
	uint8_t xen_consumer;  /* hypervisor-owned: index of the notification function + 1 */
	bool pending;   /* FIFO: raised before the array page existed */
	uint8_t priority;
	uint16_t last_priority, last_vcpu_id; /* FIFO queue it was last linked to */
	uint16_t notify_vcpu_id;
	uint32_t port;
	union {
		struct {
			domid_t remote_domid;
		} unbound;
		struct {
			evtchn_port_t remote_port;
			struct domain *remote_dom;
		} interdomain;
		struct {
			uint32_t irq;
			evtchn_port_t next_port, prev_port;
		} pirq;
		uint16_t virq;
	} u;
};

struct evtchn_port_ops {
	void (*init)(struct domain *d, struct evtchn *evtchn);
	void (*set_pending)(struct vcpu *v, struct evtchn *evtchn);
	void (*clear_pending)(struct domain *d, struct evtchn *evtchn);
	void (*unmask)(struct domain *d, struct evtchn *evtchn);
	bool (*is_pending)(const struct domain *d, const struct evtchn *evtchn);
	bool (*is_masked)(const struct domain *d, const struct evtchn *evtchn);
	int (*set_priority)(struct domain *d, struct evtchn *evtchn, unsigned int priority);
	/* Still linked in a guest queue: the port may not be handed out again yet. */
	bool (*is_busy)(const struct domain *d, const struct evtchn *evtchn);
	unsigned int (*max_ports)(const struct domain *d);
};

int __must_check evtchn_domain_init(struct domain *d, unsigned int max_port);
void evtchn_vcpu_init(struct vcpu *v);
/* Close all ports (restartable: -ERESTART), then free. */
int evtchn_domain_destroy(struct domain *d);
void evtchn_domain_free(struct domain *d);

/* Send on a local port of d. -EINVAL unless bound to something sendable. */
int evtchn_send(struct domain *d, evtchn_port_t port);
/* VIRQs: nothing happens when the guest has not bound them. Any context, also IRQ. */
void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq);
void send_guest_global_virq(struct domain *d, uint32_t virq);
/* To the domain that handles a global VIRQ (dom0). */
void send_global_virq(uint32_t virq);
int set_global_virq_handler(struct domain *d, uint32_t virq);
/* A dying domain handles none any more. */
void clear_global_virq_handlers(struct domain *d);

/* Ports for the hypervisor's own use in d (ioreq etc.). fn may be NULL. Returns port or -errno. */
typedef void (*xen_event_channel_notification_t)(struct vcpu *v, evtchn_port_t port);
int alloc_unbound_xen_event_channel(struct domain *d, unsigned int vcpu_id, domid_t remote,
	xen_event_channel_notification_t fn);
void free_xen_event_channel(struct domain *d, int port);
void notify_via_xen_event_channel(struct domain *d, int port);

/*
 * vcpu_info.evtchn_upcall_pending := 1 and deliver (hvm_assert_evtchn_irq), wake. For the port ops.
 */
void vcpu_mark_events_pending(struct vcpu *v);
/* Something deliverable for v (upcall pending)? */
bool vcpu_event_pending(const struct vcpu *v);
/* Wake vCPUs of d that poll port. */
void evtchn_check_pollers(struct domain *d, evtchn_port_t port);
/* For a registered or moved vcpu_info: mark everything pending. */
void evtchn_force_pending(struct vcpu *v);
/* Is a port of d pending (SCHEDOP_poll)? -EINVAL for a port that does not exist. */
int evtchn_port_poll(struct domain *d, evtchn_port_t port);
/* Close every port of a live domain whose vCPUs are paused, and go back to 2-level: restartable. */
int evtchn_reset(struct domain *d);
/* Debug key. */
void evtchn_dump(struct domain *d);

long do_event_channel_op(int cmd, uint64_t arg);

#endif
