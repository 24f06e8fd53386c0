/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: drivers */
/* Configuration space of the physical PCI devices: ports 0xcf8/0xcfc, or MMCONFIG where the MCFG covers it. */
#ifndef HV_PCI_H
#define HV_PCI_H

#include <hv/compiler.h>
#include <hv/types.h>

typedef struct {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
} pci_sbdf_t;
#define PCI_SBDF(s, b, d, f) \
	((pci_sbdf_t){ (uint16_t)(s), (uint8_t)(b), (uint8_t)(((d) << 3) | (f)) })
#define PCI_SLOT(devfn)          ((devfn) >> 3)
#define PCI_FUNC(devfn)          ((devfn) & 7)
#define PCI_BDF_U16(x)           ((uint16_t)(((x).bus << 8) | (x).devfn))

#define PCI_VENDOR_ID            0x00
#define PCI_DEVICE_ID            0x02
#define PCI_COMMAND              0x04
#define PCI_COMMAND_IO           0x1
#define PCI_COMMAND_MEMORY       0x2
#define PCI_COMMAND_MASTER       0x4
#define PCI_COMMAND_INTX_DISABLE 0x400
#define PCI_STATUS               0x06
#define PCI_STATUS_CAP_LIST      0x10
#define PCI_CLASS_REVISION       0x08
#define PCI_CLASS_DEVICE         0x0a
#define PCI_HEADER_TYPE          0x0e
#define PCI_BASE_ADDRESS_0       0x10
#define PCI_PRIMARY_BUS          0x18
#define PCI_SECONDARY_BUS        0x19
#define PCI_SUBORDINATE_BUS      0x1a
#define PCI_ROM_ADDRESS          0x30
#define PCI_CAPABILITY_LIST      0x34
#define PCI_INTERRUPT_LINE       0x3c
#define PCI_INTERRUPT_PIN        0x3d
#define PCI_CAP_ID_MSI           0x05
#define PCI_CAP_ID_EXP           0x10
#define PCI_CAP_ID_MSIX          0x11

void pci_init(void); /* maps the MCFG windows */
/* reg 0..4095, aligned to the access. Unreachable: all ones / dropped. Any context. */
uint8_t pci_conf_read8(pci_sbdf_t dev, unsigned int reg);
uint16_t pci_conf_read16(pci_sbdf_t dev, unsigned int reg);
uint32_t pci_conf_read32(pci_sbdf_t dev, unsigned int reg);
void pci_conf_write8(pci_sbdf_t dev, unsigned int reg, uint8_t val);
void pci_conf_write16(pci_sbdf_t dev, unsigned int reg, uint16_t val);
void pci_conf_write32(pci_sbdf_t dev, unsigned int reg, uint32_t val);
bool pci_device_present(pci_sbdf_t dev);
/* Offset of a capability, 0 none. */
unsigned int pci_find_cap(pci_sbdf_t dev, uint8_t cap);
/* Next one after pos with the same id. */
unsigned int pci_find_next_cap(pci_sbdf_t dev, unsigned int pos, uint8_t cap);
unsigned int pci_find_ext_cap(pci_sbdf_t dev, uint16_t cap);
/* Calls fn for every function found on segment 0 and the MCFG segments; stops at the first non-zero and returns it. */
int pci_for_each_device(int (*fn)(pci_sbdf_t dev, void *arg), void *arg);

#endif
