/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on the firmware's framebuffer, 8 x 16 dots a character. The text is kept in memory; scrolling moves half a screen and redraws only cells that
 * change, because framebuffer memory is slow. The caller serialises.
 */
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/string.h>

#define CELL_W   8u
#define CELL_H   16u
#define MAX_COLS 240u
#define MAX_ROWS 90u

static volatile uint8_t *fb;
static uint32_t pitch, bytes_pp, ink;
static unsigned int cols, rows, row, col;
static char text[MAX_ROWS][MAX_COLS];

static void put_pixel(volatile uint8_t *p, uint32_t colour)
{
	if (bytes_pp == 4) {
		*(volatile uint32_t *)p = colour;
		return;
	}
	for (unsigned int i = 0; i < bytes_pp; i++) {
		p[i] = (uint8_t)(colour >> (8 * i));
	}
}

static void draw(unsigned int r, unsigned int c)
{
	unsigned char ch = (unsigned char)text[r][c];
	const uint8_t *glyph = font_5x7[ch >= 0x20 && ch < 0x80 ? ch - 0x20 : 0x5f];
	volatile uint8_t *line = fb + (size_t)r * CELL_H * pitch + (size_t)c * CELL_W * bytes_pp;

	for (unsigned int y = 0; y < CELL_H; y++, line += pitch) {
		uint8_t bits = y >= 1 && y <= 14 ? (uint8_t)(glyph[(y - 1) / 2] << 2) : 0;

		for (unsigned int x = 0; x < CELL_W; x++) {
			put_pixel(line + x * bytes_pp, (bits & (0x80 >> x)) != 0 ? ink : 0);
		}
	}
}

bool fbcon_init(const struct boot_info *bi, bool early)
{
	const struct boot_framebuffer *f = &bi->fb;
	uint64_t len = (uint64_t)f->pitch * f->height;
	bool first = cols == 0;

	fb = NULL;
	if (!f->present || f->bpp < 15 || f->bpp > 32 || f->width < 320 || f->height < 200 ||
		len == 0 || len > MB(256) || (uint64_t)f->width * ((f->bpp + 7) / 8) > f->pitch) {
		return false;
	}
	if (early) {
		if (f->addr + len > GB(4)) {
			return false;
		}
		fb = maddr_to_hv_va(f->addr);
	} else {
		fb = ioremap_wc(f->addr, len);
	}
	if (fb == NULL) {
		return false;
	}
	pitch = f->pitch;
	bytes_pp = (f->bpp + 7u) / 8;
	ink = 0xc0u >> (8 - min_t(unsigned int, 8, f->red_size)) << f->red_pos |
		0xc0u >> (8 - min_t(unsigned int, 8, f->green_size)) << f->green_pos |
		0xc0u >> (8 - min_t(unsigned int, 8, f->blue_size)) << f->blue_pos;
	if (first) {
		cols = min(f->width / CELL_W, MAX_COLS);
		rows = min(f->height / CELL_H, MAX_ROWS);
		memset(text, ' ', sizeof(text));
		for (unsigned int y = 0; y < f->height; y++) {
			for (unsigned int x = 0; x < f->width; x++) {
				put_pixel(fb + (size_t)y * pitch + (size_t)x * bytes_pp, 0);
			}
		}
	}
	return true;
}

static void new_line(void)
{
	unsigned int half = rows / 2;

	col = 0;
	if (row + 1 < rows) {
		row++;
		return;
	}
	for (unsigned int r = 0; r < rows; r++) {
		for (unsigned int c = 0; c < cols; c++) {
			char ch = r + half < rows ? text[r + half][c] : ' ';

			if (text[r][c] != ch) {
				text[r][c] = ch;
				draw(r, c);
			}
		}
	}
	row = rows - half;
}

void fbcon_write(const char *s, size_t len)
{
	if (fb == NULL) {
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
			if (col == cols) {
				new_line();
			}
			text[row][col] = *s;
			draw(row, col);
			col++;
		}
	}
}
