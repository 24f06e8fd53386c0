/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image: linked at IMAGE_BASE + 2 MiB, loaded at 2 MiB. Each group of a protection starts on a page of its own: text, read-only data, data that
 * becomes read-only, data, then what is freed after boot, and zeroed data last (the loader clears it).
 */
#define IMAGE_BASE	0xffffffff80000000
#define LOAD_ADDR	0x200000

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(start_phys)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	init PT_LOAD FLAGS(7);
}

SECTIONS
{
	start_phys = start32 - IMAGE_BASE;
	. = IMAGE_BASE + LOAD_ADDR;
	__image_start = .;

	.text : AT(ADDR(.text) - IMAGE_BASE) {
		__text_start = .;
		*(.boot.header)
		*(.text.entry)
		*(.text .text.*)
		. = ALIGN(4096);
		__text_end = .;
	} :text

	.rodata : AT(ADDR(.rodata) - IMAGE_BASE) {
		__rodata_start = .;
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__extable_start = .;
		*(.extable)
		__extable_end = .;
		*(.note .note.*)
		. = ALIGN(4096);
		__rodata_end = .;
	} :rodata

	.data : AT(ADDR(.data) - IMAGE_BASE) {
		__ro_after_init_start = .;
		*(.data.ro_after_init)
		. = ALIGN(4096);
		__ro_after_init_end = .;
		__data_start = .;
		*(.data.read_mostly)
		. = ALIGN(64);
		*(.data .data.rel*)
		. = ALIGN(4096);
		__data_end = .;
	} :data

	.init : AT(ADDR(.init) - IMAGE_BASE) {
		__init_start = .;
		__init_text_start = .;
		*(.init.text)
		. = ALIGN(4096);
		__init_text_end = .;
		*(.init.rodata)
		*(.init.data)
		. = ALIGN(64);
		__percpu_start = .;
		*(.percpu)
		. = ALIGN(64);
		__percpu_end = .;
	} :init

	.init.bss (NOLOAD) : AT(ADDR(.init.bss) - IMAGE_BASE) {
		. = ALIGN(4096);
		*(.init.bss.pages)
		*(.init.bss)
		. = ALIGN(4096);
		__init_end = .;
	} :init

	.bss (NOLOAD) : AT(ADDR(.bss) - IMAGE_BASE) {
		__bss_start = .;
		*(.bss.pages)
		*(.bss .bss.* COMMON)
		. = ALIGN(64);
		__percpu_bsp = .;
		. += __percpu_end - __percpu_start;
		. = ALIGN(4096);
		__bss_end = .;
	} :init
	__image_end = .;

	/DISCARD/ : {
		*(.comment)
		*(.eh_frame)
		*(.note.gnu.*)
	}
}

ASSERT(__image_end - __image_start < 0x1000000, "image is larger than 16 MiB")
