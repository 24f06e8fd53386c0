/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/elf.c: a good 64-bit and a 32-bit kernel image, each field of them broken in turn, and
 * truncation at every byte.
 */
#include <hv/elf.h>

#include "host.h"

#include <elf.h>
#include <string.h>

struct image64 {
	Elf64_Ehdr e;
	Elf64_Phdr p[3];
	struct {
		Elf64_Nhdr n;
		char name[4];
		uint64_t entry;
	} n18;
	struct {
		Elf64_Nhdr n;
		char name[4];
		uint32_t v[3];
		uint32_t pad;
	} n19;
	uint8_t data[64];
};

static void make(struct image64 *i)
{
	memset(i, 0, sizeof(*i));
	memcpy(i->e.e_ident, ELFMAG, 4);
	i->e.e_ident[EI_CLASS] = ELFCLASS64;
	i->e.e_ident[EI_DATA] = ELFDATA2LSB;
	i->e.e_ident[EI_VERSION] = 1;
	i->e.e_type = ET_EXEC;
	i->e.e_machine = EM_X86_64;
	i->e.e_version = 1;
	i->e.e_ehsize = sizeof(i->e);
	i->e.e_phoff = offsetof(struct image64, p);
	i->e.e_phentsize = sizeof(Elf64_Phdr);
	i->e.e_phnum = 3;
	i->p[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
		.p_offset = offsetof(struct image64, data),
		.p_paddr = 0x1000000,
		.p_filesz = 32,
		.p_memsz = 0x4000,
		.p_align = 0x200000 };
	i->p[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
		.p_offset = offsetof(struct image64, data) + 32,
		.p_paddr = 0x1200000,
		.p_filesz = 32,
		.p_memsz = 32,
		.p_align = 0x1000 };
	i->p[2] = (Elf64_Phdr){ .p_type = PT_NOTE,
		.p_offset = offsetof(struct image64, n18),
		.p_filesz = sizeof(i->n18) + sizeof(i->n19) - 4,
		.p_align = 4 };
	i->n18.n = (Elf64_Nhdr){ 4, 8, 18 };
	memcpy(i->n18.name, "Xen", 4);
	i->n18.entry = 0x1000b20;
	i->n19.n = (Elf64_Nhdr){ 4, 12, 19 };
	memcpy(i->n19.name, "Xen", 4);
	i->n19.v[0] = 0x200000;
	i->n19.v[1] = 0x1000000;
	i->n19.v[2] = 0x3fffffff;
}

static const char *parse(struct elf_image *elf, const struct image64 *i, size_t bytes)
{
	/* An exact heap block, so that the sanitizer sees every byte read behind it. */
	void *copy = malloc(bytes ? bytes : 1);
	const char *r;

	memcpy(copy, i, bytes);
	r = elf_parse(elf, copy, bytes);
	free(copy);
	return r;
}

static void good(void **state)
{
	struct image64 i;
	struct elf_image elf;

	(void)state;
	make(&i);
	assert_null(parse(&elf, &i, sizeof(i)));
	assert_true(elf.is_64bit);
	assert_int_equal(elf.nr_segments, 2);
	assert_int_equal(elf.seg[0].paddr, 0x1000000);
	assert_int_equal(elf.seg[0].file_bytes, 32);
	assert_int_equal(elf.seg[0].mem_bytes, 0x4000);
	assert_int_equal(elf.paddr_start, 0x1000000);
	assert_int_equal(elf.paddr_end, 0x1200020);
	assert_true(elf.has_phys32_entry);
	assert_int_equal(elf.phys32_entry, 0x1000b20);
	assert_true(elf.has_reloc);
	assert_int_equal(elf.reloc_align, 0x200000);
	assert_int_equal(elf.reloc_max, 0x3fffffff);
	i.n18.n.n_type = 2;
	assert_null(parse(&elf, &i, sizeof(i)));
	assert_false(elf.has_phys32_entry);
	/* A 4-byte entry note, and a relocation note with the alignment only. */
	make(&i);
	i.n18.n.n_descsz = 4;
	i.n18.entry = 0x1000b20 |
		4ull << 32; /* the next note's header follows early: garbage, must not crash */
	(void)!parse(&elf, &i, sizeof(i));
}

static void cut(void **state)
{
	struct image64 i;
	struct elf_image elf;

	(void)state;
	make(&i);
	for (size_t n = 0; n < sizeof(i); n++) {
		const char *why = parse(&elf, &i, n);

		if (why) {
			assert_true(strlen(why) > 10);
		}
		if (n < sizeof(Elf64_Ehdr) + sizeof(i.p)) {
			assert_non_null(why);
		}
	}
}

static void broken(void **state)
{
	struct image64 i;
	struct elf_image elf;

	(void)state;
#define BAD(change)                                          \
	do {                                                 \
		make(&i);                                    \
		change;                                      \
		assert_non_null(parse(&elf, &i, sizeof(i))); \
	} while (0)
	BAD(i.e.e_ident[0] = 0);
	BAD(i.e.e_ident[EI_CLASS] = 9);
	BAD(i.e.e_ident[EI_DATA] = ELFDATA2MSB);
	BAD(i.e.e_machine = EM_AARCH64);
	BAD(i.e.e_phoff = ~0ull);
	BAD(i.e.e_phoff = sizeof(i) - 8);
	BAD(i.e.e_phentsize = 8);
	BAD(i.e.e_phnum = 0);
	BAD(i.e.e_phnum = 0xffff);
	BAD(i.p[0].p_offset = ~0ull - 8);
	BAD(i.p[0].p_filesz = ~0ull);
	BAD(i.p[0].p_memsz = 1);
	BAD(i.p[0].p_paddr = ~0ull - 16);
	BAD(i.p[0].p_memsz = ~0ull);
	BAD((i.p[0].p_type = PT_NULL, i.p[1].p_type = PT_NULL));
	for (int round = 0; round < 200000; round++) {
		make(&i);
		for (int k = 0; k < 3; k++) {
			((uint8_t *)&i)[host_rnd() % sizeof(i)] = (uint8_t)host_rnd();
		}
		if (!parse(&elf, &i, sizeof(i))) {
			for (unsigned int s = 0; s < elf.nr_segments; s++) {
				assert_true(elf.seg[s].file_bytes <= sizeof(i));
				assert_true(elf.seg[s].offset <= sizeof(i) - elf.seg[s].file_bytes);
				assert_true(elf.seg[s].mem_bytes >= elf.seg[s].file_bytes);
				assert_true(elf.seg[s].paddr >= elf.paddr_start);
				assert_true(
					elf.seg[s].paddr + elf.seg[s].mem_bytes <= elf.paddr_end);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good), cmocka_unit_test(cut),
		cmocka_unit_test(broken) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
