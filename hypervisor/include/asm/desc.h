/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Descriptor tables of the hypervisor. */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#include <hv/compiler.h>
#include <hv/types.h>
#include <asm/asm_defs.h>

struct desc_ptr {
	uint16_t limit;
	uint64_t base;
} __packed;

struct idt_entry {
	uint16_t offset_0;
	uint16_t sel;
	uint8_t ist;
	uint8_t type;  /* 0x8e: present interrupt gate */
	uint16_t offset_1;
	uint32_t offset_2;
	uint32_t rsvd;
} __packed;

struct tss64 {
	uint32_t rsvd0;
	uint64_t rsp[3];
	uint64_t rsvd1;
	uint64_t ist[7]; /* ist[0] is IST 1 */
	uint64_t rsvd2;
	uint16_t rsvd3;
	uint16_t iomap;
} __packed;

#define IST_DF  1
#define IST_NMI 2
#define IST_MCE 3

#define NR_GDT  8

/* GDT, TSS and stack of a CPU, for vendor code that must restore them after a guest. */
struct desc_ptr;
void desc_reload_tr(void); /* VMLOAD/VMSAVE users need not call it */

#endif
