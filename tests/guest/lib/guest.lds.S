/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linker script of the test kernels: one RWX segment at LINK_BASE and the note segment that
 * carries the PVH entry. .data is kept apart page-aligned, because start.S saves a pristine copy
 * of it, from which domain building (domu.c) makes further instances of the same kernel.
 */
#ifndef LINK_BASE
#define LINK_BASE 0x1000000
#endif
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(start32)
PHDRS
{
	load PT_LOAD FLAGS(7);
	note PT_NOTE FLAGS(4);
}
SECTIONS
{
	. = LINK_BASE;
	image_start = .;
	.text : { *(.text.head) *(.text .text.*) } :load
	.rodata : ALIGN(16) { *(.rodata .rodata.*) } :load
	.note.xen : ALIGN(4) { KEEP(*(.note.xen)) } :load :note
	.data : ALIGN(4096) { data_start = .; *(.data .data.*) . = ALIGN(16); data_end = .; } :load
	.bss : ALIGN(4096) {
		bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		data_backup = .;
		. += data_end - data_start;
		. = ALIGN(4096);
		bss_end = .;
	} :load
	image_end = .;
	/DISCARD/ : { *(.comment) *(.eh_frame) *(.note.gnu.*) *(.note.GNU-stack) }
}
