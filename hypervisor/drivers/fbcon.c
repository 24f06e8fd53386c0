/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on the linear framebuffer that the boot loader set up (16, 24 or 32 bits a pixel). Scrolling redraws from a copy of the text, because reading video memory
 * is slow. The caller (console.c) serializes.
 */
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/pagetable.h>

#define CELL_W		8u
#define CELL_H		16u
#define MAX_COLUMNS	240u
#define MAX_ROWS	100u
#define MAX_FB_BYTES	MB(64)

static struct {
	volatile uint8_t *va;
	uint32_t pitch, bytes_per_pixel, ink;
	unsigned int columns, rows, column, row;
} fb;
static char text[MAX_ROWS][MAX_COLUMNS];

static void draw_cell(unsigned int row, unsigned int column, char c)
{
	const uint8_t *glyph = font_8x16[(uint8_t)c >= 0x20 && (uint8_t)c < 0x80 ? (uint8_t)c - 0x20 : 0x5f];
	volatile uint8_t *line = fb.va + (size_t)row * CELL_H * fb.pitch + (size_t)column * CELL_W * fb.bytes_per_pixel;

	for (unsigned int y = 0; y < CELL_H; y++, line += fb.pitch) {
		for (unsigned int x = 0; x < CELL_W; x++) {
			uint32_t colour = (glyph[y] & (0x80u >> x)) != 0 ? fb.ink : 0;
			volatile uint8_t *p = line + x * fb.bytes_per_pixel;

			if (fb.bytes_per_pixel == 4) {
				*(volatile uint32_t *)(volatile void *)p = colour;
			} else if (fb.bytes_per_pixel == 2) {
				*(volatile uint16_t *)(volatile void *)p = (uint16_t)colour;
			} else {
				p[0] = (uint8_t)colour;
				p[1] = (uint8_t)(colour >> 8);
				p[2] = (uint8_t)(colour >> 16);
			}
		}
	}
}

static void put_cell(unsigned int row, unsigned int column, char c)
{
	if (text[row][column] != c) {
		text[row][column] = c;
		draw_cell(row, column, c);
	}
}

static void new_line(void)
{
	fb.column = 0;
	if (++fb.row < fb.rows) {
		return;
	}
	fb.row = fb.rows - 1;
	for (unsigned int r = 0; r < fb.rows; r++) {
		for (unsigned int x = 0; x < fb.columns; x++) {
			put_cell(r, x, r + 1 < fb.rows ? text[r + 1][x] : ' ');
		}
	}
}

static uint32_t channel(unsigned int pos, unsigned int size)
{
	/* Light grey: three quarters of full. */
	return size == 0 || size > 8 || pos > 31 ? 0 : (((1u << size) - 1) * 3 / 4) << pos;
}

bool fbcon_early_init(const struct boot_info *bi)
{
	return bi->fb.present;
}

bool fbcon_init(const struct boot_info *bi)
{
	const struct boot_framebuffer *f = &bi->fb;
	uint64_t bytes = (uint64_t)f->pitch * f->height;

	if (!f->present || (f->bpp != 16 && f->bpp != 24 && f->bpp != 32) || bytes == 0 || bytes > MAX_FB_BYTES ||
	    (uint64_t)f->width * (f->bpp / 8) > f->pitch || f->width < CELL_W || f->height < CELL_H) {
		return false;
	}
	fb.va = ioremap_wc(f->addr, bytes);
	if (fb.va == NULL) {
		return false;
	}
	fb.pitch = f->pitch;
	fb.bytes_per_pixel = f->bpp / 8;
	fb.ink = channel(f->red_pos, f->red_size) | channel(f->green_pos, f->green_size) | channel(f->blue_pos, f->blue_size);
	fb.columns = MIN(f->width / CELL_W, MAX_COLUMNS);
	fb.rows = MIN(f->height / CELL_H, MAX_ROWS);
	for (unsigned int r = 0; r < fb.rows; r++) {
		for (unsigned int x = 0; x < fb.columns; x++) {
			put_cell(r, x, ' ');
		}
	}
	return true;
}

void fbcon_write(const char *s, size_t len)
{
	if (fb.va == NULL) {
		return;
	}
	while (len-- != 0) {
		char c = *s++;

		if (c == '\n') {
			new_line();
		} else if (c == '\r') {
			fb.column = 0;
		} else if (c == '\t') {
			fb.column = (fb.column + 8) & ~7u;
		} else {
			put_cell(fb.row, fb.column++, c);
		}
		if (fb.column >= fb.columns) {
			new_line();
		}
	}
}
