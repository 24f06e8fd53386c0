/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a processor's update in a microcode file. Pure, host-testable; see hv/microcode.h for the formats. No byte is used before its range is checked. */
#include <hv/microcode.h>
#include <hv/string.h>

#define AMD_MAGIC          0x00414d44u
#define AMD_EQUIV_TABLE    0u
#define AMD_PATCH          1u
#define INTEL_HEADER_BYTES 48u
#define INTEL_DEFAULT_DATA 2000u
#define CPIO_HEADER_BYTES  110u

struct amd_equiv {
	uint32_t installed_cpu, errata_mask, errata_compare;
	uint16_t equiv_cpu, reserved;
};

struct amd_patch {
	uint32_t data_code, patch_id;
	uint16_t mc_patch_data_id;
	uint8_t mc_patch_data_len, init_flag;
	uint32_t checksum, nb_dev_id, sb_dev_id;
	uint16_t processor_rev_id;
	uint8_t nb_rev_id, sb_rev_id;
};

struct intel_header {
	uint32_t header_version, revision, date, signature, checksum, loader_revision, platform,
		data_bytes, total_bytes, reserved[3];
};

static uint32_t word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static bool better(const struct ucode_cpu *cpu, const struct ucode_match *out, uint32_t revision)
{
	return revision > cpu->revision && (out->data == NULL || revision > out->revision);
}

static void find_amd(
	const struct ucode_cpu *cpu, const uint8_t *p, size_t left, struct ucode_match *out)
{
	uint32_t table_bytes;
	uint16_t equiv = 0;

	if (left < 12 || word(p) != AMD_MAGIC || word(p + 4) != AMD_EQUIV_TABLE) {
		return;
	}
	table_bytes = word(p + 8);
	p += 12;
	left -= 12;
	if (table_bytes > left) {
		return;
	}
	for (uint32_t off = 0; off + sizeof(struct amd_equiv) <= table_bytes;
		off += sizeof(struct amd_equiv)) {
		struct amd_equiv e;

		memcpy(&e, p + off, sizeof(e));
		if (e.installed_cpu == cpu->signature) {
			equiv = e.equiv_cpu;
		}
	}
	p += table_bytes;
	left -= table_bytes;
	while (equiv != 0 && left >= 8 && word(p) == AMD_PATCH) {
		uint32_t bytes = word(p + 4);
		struct amd_patch h;

		p += 8;
		left -= 8;
		if (bytes > left || bytes < sizeof(h)) {
			return;
		}
		memcpy(&h, p, sizeof(h));
		if (h.processor_rev_id == equiv && better(cpu, out, h.patch_id)) {
			*out = (struct ucode_match){ p, bytes, h.patch_id };
		}
		p += bytes;
		left -= bytes;
	}
}

static bool intel_sum_ok(const uint8_t *p, uint32_t bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < bytes; i += 4) {
		sum += word(p + i);
	}
	return sum == 0;
}

/* Does the update fit, by its own signature or one of the extended ones (SDM 9.11.2)? */
static bool intel_fits(const struct ucode_cpu *cpu, const struct intel_header *h, const uint8_t *p,
	uint32_t data, uint32_t total)
{
	uint32_t ext = INTEL_HEADER_BYTES + data, nr;

	if (h->signature == cpu->signature && (h->platform & cpu->platform) != 0) {
		return true;
	}
	if (total - ext < 20) {
		return false;
	}
	nr = word(p + ext);
	for (uint32_t i = 0; i < nr && ext + 20 + (uint64_t)(i + 1) * 12 <= total; i++) {
		const uint8_t *e = p + ext + 20 + i * 12;

		if (word(e) == cpu->signature && (word(e + 4) & cpu->platform) != 0) {
			return true;
		}
	}
	return false;
}

static void find_intel(
	const struct ucode_cpu *cpu, const uint8_t *p, size_t left, struct ucode_match *out)
{
	while (left >= INTEL_HEADER_BYTES) {
		struct intel_header h;
		uint32_t data, total;

		memcpy(&h, p, sizeof(h));
		data = h.data_bytes != 0 ? h.data_bytes : INTEL_DEFAULT_DATA;
		total = h.data_bytes != 0 ? h.total_bytes : INTEL_DEFAULT_DATA + INTEL_HEADER_BYTES;
		if (h.header_version != 1 || h.loader_revision != 1 || total > left ||
			(total & 3) != 0 || data > total || total - data < INTEL_HEADER_BYTES) {
			return;
		}
		if (intel_fits(cpu, &h, p, data, total) && better(cpu, out, h.revision) &&
			intel_sum_ok(p, total)) {
			*out = (struct ucode_match){ p + INTEL_HEADER_BYTES, data, h.revision };
		}
		p += total;
		left -= total;
	}
}

/* A field of 8 hexadecimal digits; false when it holds anything else. */
static bool cpio_field(const uint8_t *p, uint32_t *val)
{
	uint32_t v = 0;

	for (unsigned int i = 0; i < 8; i++) {
		uint8_t c = p[i];
		uint32_t digit;

		if (c >= '0' && c <= '9') {
			digit = c - '0';
		} else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
			digit = (uint32_t)((c | 0x20) - 'a' + 10);
		} else {
			return false;
		}
		v = v << 4 | digit;
	}
	*val = v;
	return true;
}

/* The file that holds microcode in a newc archive. */
static bool cpio_find(const uint8_t *p, size_t left, const uint8_t **file, size_t *file_bytes)
{
	static const char *const names[] = { "kernel/x86/microcode/AuthenticAMD.bin",
		"kernel/x86/microcode/GenuineIntel.bin" };

	while (left >= CPIO_HEADER_BYTES && memcmp(p, "070701", 6) == 0) {
		uint32_t bytes, name_bytes;
		uint64_t data_off, next_off;
		const char *name = (const char *)p + CPIO_HEADER_BYTES;

		if (!cpio_field(p + 54, &bytes) || !cpio_field(p + 94, &name_bytes) ||
			name_bytes == 0 || name_bytes > left - CPIO_HEADER_BYTES ||
			name[name_bytes - 1] != '\0') {
			return false;
		}
		data_off = (CPIO_HEADER_BYTES + (uint64_t)name_bytes + 3) & ~3ull;
		next_off = (data_off + bytes + 3) & ~3ull;
		if (data_off > left || bytes > left - data_off) {
			return false;
		}
		for (unsigned int i = 0; i < 2; i++) {
			if (strcmp(name, names[i]) == 0) {
				*file = p + data_off;
				*file_bytes = bytes;
				return true;
			}
		}
		if (next_off > left) {
			return false;
		}
		p += next_off;
		left -= next_off;
	}
	return false;
}

bool ucode_is_blob(const void *blob, size_t bytes)
{
	const uint8_t *p = blob, *file;
	size_t file_bytes;

	if (bytes < INTEL_HEADER_BYTES) {
		return false;
	}
	return word(p) == AMD_MAGIC || (word(p) == 1 && word(p + 20) == 1) ||
		cpio_find(p, bytes, &file, &file_bytes);
}

bool ucode_find(
	const struct ucode_cpu *cpu, const void *blob, size_t bytes, struct ucode_match *out)
{
	const uint8_t *p = blob;
	size_t left = bytes;

	*out = (struct ucode_match){ 0 };
	if (cpio_find(p, left, &p, &left)) {
		/* p and left are the file now */
	}
	if (cpu->is_amd) {
		find_amd(cpu, p, left, out);
	} else if (cpu->is_intel) {
		find_intel(cpu, p, left, out);
	}
	return out->data != NULL;
}
