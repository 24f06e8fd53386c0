/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA text, 80 x 25 at 0xb8000. The caller serialises.
 */
#include <hv/console.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <asm/io.h>

#define COLS 80u
#define ROWS 25u
#define ATTR 0x0700u

static volatile uint16_t *cells;
static unsigned int row, col;

void vga_text_map(bool early)
{
	cells = early ? maddr_to_hv_va(0xb8000) : ioremap_uc(0xb8000, 0x8000);
}

static void place_cursor(void)
{
	unsigned int pos = row * COLS + col;

	outb(0x0f, 0x3d4);
	outb((uint8_t)pos, 0x3d5);
	outb(0x0e, 0x3d4);
	outb((uint8_t)(pos >> 8), 0x3d5);
}

bool vga_text_init(void)
{
	if (cells == NULL) {
		return false;
	}
	for (unsigned int i = 0; i < COLS * ROWS; i++) {
		cells[i] = ATTR | ' ';
	}
	row = col = 0;
	place_cursor();
	return true;
}

static void new_line(void)
{
	col = 0;
	if (row + 1 < ROWS) {
		row++;
		return;
	}
	for (unsigned int i = 0; i < COLS * (ROWS - 1); i++) {
		cells[i] = cells[i + COLS];
	}
	for (unsigned int i = COLS * (ROWS - 1); i < COLS * ROWS; i++) {
		cells[i] = ATTR | ' ';
	}
}

void vga_text_write(const char *s, size_t len)
{
	if (cells == NULL) {
		return;
	}
	for (; len != 0; len--, s++) {
		if (*s == '\n') {
			new_line();
		} else if (*s == '\r') {
			col = 0;
		} else if (*s == '\b') {
			col -= col != 0;
		} else {
			if (col == COLS) {
				new_line();
			}
			cells[row * COLS + col++] = (uint16_t)(ATTR | (uint8_t)*s);
		}
	}
	place_cursor();
}
