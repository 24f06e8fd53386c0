/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Registers of the local APIC and the I/O APIC, for the real ones and the emulated ones. */
#ifndef ASM_APICDEF_H
#define ASM_APICDEF_H

#define APIC_ID                  0x020
#define APIC_LVR                 0x030
#define APIC_TPR                 0x080
#define APIC_APR                 0x090
#define APIC_PPR                 0x0a0
#define APIC_EOI                 0x0b0
#define APIC_RRR                 0x0c0
#define APIC_LDR                 0x0d0
#define APIC_DFR                 0x0e0
#define APIC_SPIV                0x0f0
#define APIC_SPIV_ENABLED        0x100
#define APIC_SPIV_FOCUS_DISABLED 0x200
#define APIC_SPIV_DIRECTED_EOI   0x1000
#define APIC_ISR                 0x100
#define APIC_TMR                 0x180
#define APIC_IRR                 0x200
#define APIC_ESR                 0x280
#define APIC_LVTCMCI             0x2f0
#define APIC_ICR                 0x300
#define APIC_ICR2                0x310
#define APIC_LVTT                0x320
#define APIC_LVTTHMR             0x330
#define APIC_LVTPC               0x340
#define APIC_LVT0                0x350
#define APIC_LVT1                0x360
#define APIC_LVTERR              0x370
#define APIC_TMICT               0x380
#define APIC_TMCCT               0x390
#define APIC_TDCR                0x3e0
#define APIC_SELF_IPI            0x3f0

#define APIC_LVT_MASKED          0x10000
#define APIC_LVT_TIMER_PERIODIC  0x20000
#define APIC_LVT_TIMER_DEADLINE  0x40000
#define APIC_LVT_LEVEL           0x8000
#define APIC_LVT_REMOTE_IRR      0x4000
#define APIC_LVT_PENDING         0x1000
#define APIC_DM_FIXED            0x000
#define APIC_DM_LOWEST           0x100
#define APIC_DM_SMI              0x200
#define APIC_DM_NMI              0x400
#define APIC_DM_INIT             0x500
#define APIC_DM_STARTUP          0x600
#define APIC_DM_EXTINT           0x700
#define APIC_DM_MASK             0x700
#define APIC_DEST_LOGICAL        0x800
#define APIC_ICR_BUSY            0x1000
#define APIC_INT_ASSERT          0x4000
#define APIC_INT_LEVELTRIG       0x8000
#define APIC_DEST_SELF           0x40000
#define APIC_DEST_ALLINC         0x80000
#define APIC_DEST_ALLBUT         0xc0000

/* I/O APIC: indirect registers and redirection entry bits. */
#define IOAPIC_REGSEL            0x00
#define IOAPIC_WINDOW            0x10
#define IOAPIC_EOIR              0x40
#define IOAPIC_REG_ID            0x00
#define IOAPIC_REG_VER           0x01
#define IOAPIC_REG_ARB           0x02
#define IOAPIC_REG_RTE(n)        (0x10 + 2 * (n))
#define RTE_VECTOR_MASK          0xffull
#define RTE_DM_SHIFT             8
#define RTE_LOGICAL              (1ull << 11)
#define RTE_PENDING              (1ull << 12)
#define RTE_ACTIVE_LOW           (1ull << 13)
#define RTE_REMOTE_IRR           (1ull << 14)
#define RTE_LEVEL                (1ull << 15)
#define RTE_MASKED               (1ull << 16)
#define RTE_DEST_SHIFT           56

#define MSI_ADDR_BASE            0xfee00000ull

#endif
