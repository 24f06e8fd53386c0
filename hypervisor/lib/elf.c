/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF parser for the dom0 kernel: headers, PT_LOAD segments and the notes of owner "Xen" (PHYS32_ENTRY, PHYS32_RELOC, SUPPORTED_FEATURES).
 * It copies every structure out of the image before looking at it, and never follows an offset that it has not checked.
 * ELF-64 object file format, versions of 1998 and the System V ABI for the 32-bit form; note numbers: <xen/elfnote.h>.
 */
#include <hv/elf.h>
#include <hv/string.h>
#include <xen/elfnote.h>

#define EI_NIDENT 16
#define PT_LOAD   1
#define PT_NOTE   4
#define EM_386    3
#define EM_X86_64 62
#define ET_EXEC   2
#define ET_DYN    3

struct ehdr32 {
	uint8_t ident[EI_NIDENT];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct ehdr64 {
	uint8_t ident[EI_NIDENT];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr32 {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct phdr64 {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct nhdr {
	uint32_t namesz, descsz, type;
};

/* Copy bytes at offset out of the image; false when they are not all inside. */
static bool fetch(const struct elf_image *elf, uint64_t offset, void *dst, size_t bytes)
{
	if (offset > elf->bytes || bytes > elf->bytes - offset) {
		return false;
	}
	memcpy(dst, elf->base + offset, bytes);
	return true;
}

static uint64_t align4(uint64_t x)
{
	return (x + 3) & ~3ull;
}

static void note_reloc(struct elf_image *elf, const uint8_t *desc, uint32_t bytes)
{
	uint32_t words[3];
	unsigned int nr = bytes / 4 > 3 ? 3 : bytes / 4;

	/* Missing words have defaults: the largest segment alignment, 0 and 4 GiB - 1 (<xen/elfnote.h>, XEN_ELFNOTE_PHYS32_RELOC). */
	words[0] = elf->max_align >= 4096 && elf->max_align <= 0x80000000u ?
		(uint32_t)elf->max_align :
		0x200000;
	words[1] = 0;
	words[2] = 0xffffffffu;
	memcpy(words, desc, nr * 4);
	elf->has_reloc = true;
	elf->reloc_align = words[0];
	elf->reloc_min = words[1];
	elf->reloc_max = words[2];
}

static void note_take(struct elf_image *elf, uint32_t type, const uint8_t *desc, uint32_t bytes)
{
	uint32_t low = 0;

	if (bytes >= 4) {
		memcpy(&low, desc, 4);
	}
	switch (type) {
	case XEN_ELFNOTE_PHYS32_ENTRY:
		if (bytes == 4) {
			elf->phys32_entry = low;
			elf->has_phys32_entry = true;
		} else if (bytes == 8) {
			memcpy(&elf->phys32_entry, desc, 8);
			elf->has_phys32_entry = true;
		}
		break;
	case XEN_ELFNOTE_PHYS32_RELOC:
		note_reloc(elf, desc, bytes);
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		if (bytes >= 4) {
			elf->has_supported_features = true;
			elf->supported_features = low;
		}
		break;
	default:
		break;
	}
}

/* Notes of one PT_NOTE segment. A malformed note ends the walk: what came before it counts. */
static void parse_notes(struct elf_image *elf, uint64_t offset, uint64_t bytes)
{
	uint64_t end;

	if (offset > elf->bytes || bytes > elf->bytes - offset) {
		return;
	}
	end = offset + bytes;
	while (end - offset >= sizeof(struct nhdr)) {
		struct nhdr n;
		uint64_t name_off, desc_off;
		char name[4];

		if (!fetch(elf, offset, &n, sizeof(n))) {
			return;
		}
		name_off = offset + sizeof(n);
		desc_off = name_off + align4(n.namesz);
		if (desc_off > end || n.descsz > end - desc_off) {
			return;
		}
		if (n.namesz == 4 && fetch(elf, name_off, name, 4) && memcmp(name, "Xen", 4) == 0) {
			note_take(elf, n.type, elf->base + desc_off, n.descsz);
		}
		offset = desc_off + align4(n.descsz);
		if (offset > end) {
			return;
		}
	}
}

static bool fetch_phdr(const struct elf_image *elf, uint64_t offset, struct phdr64 *p)
{
	struct phdr32 q;

	if (elf->is_64bit) {
		return fetch(elf, offset, p, sizeof(*p));
	}
	if (!fetch(elf, offset, &q, sizeof(q))) {
		return false;
	}
	*p = (struct phdr64){ .type = q.type,
		.flags = q.flags,
		.offset = q.offset,
		.vaddr = q.vaddr,
		.paddr = q.paddr,
		.filesz = q.filesz,
		.memsz = q.memsz,
		.align = q.align };
	return true;
}

static const char *take_load(struct elf_image *elf, const struct phdr64 *p)
{
	struct elf_segment *s;

	if (p->memsz == 0) {
		return NULL;
	}
	if (p->filesz > p->memsz) {
		return "a segment of the kernel image is larger in the file than in memory";
	}
	if (p->offset > elf->bytes || p->filesz > elf->bytes - p->offset) {
		return "the kernel image is cut short: a segment lies outside the file";
	}
	if (p->paddr + p->memsz < p->paddr || p->paddr + p->memsz > (1ull << 32)) {
		return "a segment of the kernel image does not lie below 4 GiB";
	}
	if (elf->nr_segments == ELF_MAX_SEGMENTS) {
		return "the kernel image has too many segments";
	}
	s = &elf->seg[elf->nr_segments++];
	s->offset = p->offset;
	s->file_bytes = p->filesz;
	s->paddr = p->paddr;
	s->mem_bytes = p->memsz;
	if (p->paddr < elf->paddr_start) {
		elf->paddr_start = p->paddr;
	}
	if (p->paddr + p->memsz > elf->paddr_end) {
		elf->paddr_end = p->paddr + p->memsz;
	}
	if (p->align > elf->max_align) {
		elf->max_align = p->align;
	}
	return NULL;
}

static const char *parse_header(
	struct elf_image *elf, uint64_t *phoff, unsigned int *phnum, unsigned int *phentsize)
{
	uint8_t ident[EI_NIDENT];
	struct ehdr64 e;

	if (!fetch(elf, 0, ident, sizeof(ident)) || memcmp(ident, "\177ELF", 4) != 0) {
		return "the kernel is not an ELF image";
	}
	if (ident[5] != 1 || (ident[4] != 1 && ident[4] != 2)) {
		return "the kernel is not a little-endian 32- or 64-bit ELF image";
	}
	elf->is_64bit = ident[4] == 2;
	if (elf->is_64bit) {
		if (!fetch(elf, 0, &e, sizeof(e))) {
			return "the kernel image is cut short in its header";
		}
	} else {
		struct ehdr32 f;

		if (!fetch(elf, 0, &f, sizeof(f))) {
			return "the kernel image is cut short in its header";
		}
		e = (struct ehdr64){ .type = f.type,
			.machine = f.machine,
			.phoff = f.phoff,
			.phentsize = f.phentsize,
			.phnum = f.phnum };
	}
	if (e.machine != (elf->is_64bit ? EM_X86_64 : EM_386) ||
		(e.type != ET_EXEC && e.type != ET_DYN)) {
		return "the kernel is not an x86 ELF executable";
	}
	if (e.phnum == 0 ||
		e.phentsize < (elf->is_64bit ? sizeof(struct phdr64) : sizeof(struct phdr32))) {
		return "the kernel image has no program headers";
	}
	*phoff = e.phoff;
	*phnum = e.phnum;
	*phentsize = e.phentsize;
	return NULL;
}

const char *elf_parse(struct elf_image *elf, const void *image, size_t bytes)
{
	unsigned int phnum, phentsize;
	uint64_t phoff;
	const char *why;

	*elf = (struct elf_image){ .base = image, .bytes = bytes, .paddr_start = ~0ull };
	why = parse_header(elf, &phoff, &phnum, &phentsize);
	if (why != NULL) {
		return why;
	}
	for (unsigned int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0; i < phnum; i++) {
			struct phdr64 p;
			uint64_t off;

			if (__builtin_add_overflow(phoff, (uint64_t)i * phentsize, &off) ||
				!fetch_phdr(elf, off, &p)) {
				return "the kernel image is cut short: a program header lies outside the file";
			}
			if (pass == 0 && p.type == PT_LOAD) {
				why = take_load(elf, &p);
				if (why != NULL) {
					return why;
				}
			} else if (pass == 1 && p.type == PT_NOTE) {
				parse_notes(elf, p.offset, p.filesz);
			}
		}
	}
	if (elf->nr_segments == 0) {
		return "the kernel image has nothing to load";
	}
	return NULL;
}
