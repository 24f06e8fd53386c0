#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkelf32.py IN OUT: puts the segments of a 64-bit ELF image into a 32-bit ELF container.

Multiboot 1 loaders (QEMU's -kernel among them) take 32-bit ELF only, and GRUB looks for the
entry point among the segments' virtual addresses: so virtual is set to physical, and the entry
point, given by the linker script as a physical address, is kept. Debug data is left out.
"""

import struct
import sys

PT_LOAD = 1
HEADERS = 256  # room for the ELF header and six program headers


def main():
    data = open(sys.argv[1], "rb").read()
    if data[:6] != b"\x7fELF\x02\x01":
        sys.exit("mkelf32: not a 64-bit little-endian ELF file")
    entry, phoff = struct.unpack_from("<QQ", data, 24)
    phentsize, phnum = struct.unpack_from("<HH", data, 54)
    loads = []
    for i in range(phnum):
        p_type, flags, off, _, paddr, filesz, memsz, _ = struct.unpack_from(
            "<IIQQQQQQ", data, phoff + i * phentsize)
        if p_type == PT_LOAD and memsz:
            loads.append((paddr, data[off:off + filesz], memsz, flags))
    loads.sort()
    if not loads or 52 + 32 * len(loads) > HEADERS:
        sys.exit("mkelf32: no loadable segment, or too many")
    if not any(p <= entry < p + m for p, _, m, _ in loads):
        sys.exit("mkelf32: the entry point %#x is in no segment" % entry)
    if loads[-1][0] + loads[-1][2] > 1 << 32:
        sys.exit("mkelf32: a segment is above 4 GiB")

    body, offset = b"", HEADERS
    heads = b""
    for paddr, content, memsz, flags in loads:
        heads += struct.pack("<IIIIIIII", PT_LOAD, offset, paddr, paddr, len(content), memsz,
                            flags, 4)
        pad = -len(content) % 16
        body += content + bytes(pad)
        offset += len(content) + pad
    # GRUB 2.12 refuses an image without section headers: an empty one and the table of names.
    names = b"\0.shstrtab\0"
    names += bytes(-len(names) % 4)
    sections = bytes(40) + struct.pack("<IIIIIIIIII", 1, 3, 0, 0, offset, len(names), 0, 0, 1, 0)
    body += names + sections
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 52, offset + len(names), 0, 52, 32,
                        len(loads), 40, 2, 1)
    head += heads
    with open(sys.argv[2], "wb") as out:
        out.write(head + bytes(HEADERS - len(head)) + body)


main()
