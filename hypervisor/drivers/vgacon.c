/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text console, 80x25 at 0xb8000, scrolling, with the hardware cursor following. The caller (console.c) serializes. IBM VGA, CRTC index 0x3d4. */
#include <hv/console.h>
#include <hv/pagetable.h>
#include <asm/io.h>

#define VGA_MADDR	0xb8000
#define COLUMNS		80u
#define ROWS		25u
#define ATTRIBUTE	0x07
#define CRTC_INDEX	0x3d4
#define CRTC_DATA	0x3d5
#define CRTC_CURSOR_HI	0x0e
#define CRTC_CURSOR_LO	0x0f

static volatile uint16_t *cells;
static unsigned int column, row;

static void clear_row(unsigned int r)
{
	for (unsigned int x = 0; x < COLUMNS; x++) {
		cells[r * COLUMNS + x] = ATTRIBUTE << 8 | ' ';
	}
}

static void new_line(void)
{
	column = 0;
	if (++row < ROWS) {
		return;
	}
	row = ROWS - 1;
	for (unsigned int i = 0; i < (ROWS - 1) * COLUMNS; i++) {
		cells[i] = cells[i + COLUMNS];
	}
	clear_row(ROWS - 1);
}

bool vga_text_init(void)
{
	if (cells == NULL) {
		cells = ioremap_uc(VGA_MADDR, COLUMNS * ROWS * 2);
	}
	if (cells == NULL) {
		return false;
	}
	for (unsigned int r = 0; r < ROWS; r++) {
		clear_row(r);
	}
	row = column = 0;
	return true;
}

void vga_text_write(const char *s, size_t len)
{
	unsigned int pos;

	if (cells == NULL) {
		return;
	}
	while (len-- != 0) {
		char c = *s++;

		if (c == '\n') {
			new_line();
		} else if (c == '\r') {
			column = 0;
		} else if (c == '\t') {
			column = (column + 8) & ~7u;
		} else {
			cells[row * COLUMNS + column++] = (uint16_t)(ATTRIBUTE << 8 | (uint8_t)(c >= ' ' && c < 0x7f ? c : '?'));
		}
		if (column >= COLUMNS) {
			new_line();
		}
	}
	pos = row * COLUMNS + column;
	outb(CRTC_CURSOR_HI, CRTC_INDEX);
	outb((uint8_t)(pos >> 8), CRTC_DATA);
	outb(CRTC_CURSOR_LO, CRTC_INDEX);
	outb((uint8_t)pos, CRTC_DATA);
}
