/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/*
 * Processor microcode from boot modules. Finding the right update in a file is pure and runs on the host; applying it is not.
 * Formats: Intel SDM 3A, 9.11 (update header, extended signatures); AMD's container as the field's loaders know it (magic "DMA\0", equivalence table, patches).
 * Files may be bare or inside an uncompressed newc cpio archive under kernel/x86/microcode/.
 */
#ifndef HV_MICROCODE_H
#define HV_MICROCODE_H

#include <hv/compiler.h>
#include <hv/types.h>

struct ucode_cpu {
	bool is_amd, is_intel;
	uint32_t signature; /* CPUID 1 EAX */
	uint32_t platform; /* Intel: bit of MSR 0x17 52:50 */
	uint32_t revision; /* what runs now */
};

struct ucode_match {
	const void *data; /* what the processor is pointed at */
	uint32_t bytes, revision;
};

/* Best update newer than cpu->revision in blob (bare file or cpio). false: none, or not microcode. Every length in it is checked. */
bool __must_check ucode_find(
	const struct ucode_cpu *cpu, const void *blob, size_t bytes, struct ucode_match *out);
/* Is this blob a microcode file at all (by its first bytes or its cpio path)? */
bool ucode_is_blob(const void *blob, size_t bytes);

struct boot_info;
/* BSP: look through the boot modules after the first, remember the match and apply it. */
void microcode_init(const struct boot_info *bi);
/* Each AP: apply what was remembered. */
void microcode_cpu(void);
/* For XENPF_get_ucode_revision: signature, platform flags and revision of this CPU. */
void microcode_revision(struct ucode_cpu *out);

#endif
