#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unpack-vmlinuz.py VMLINUZ VMLINUX: takes the ELF kernel out of a bzImage.

The x86 boot protocol's setup header (2.08 and later) gives the payload's offset and length; the
payload is compressed with one of the kernel's compressors, told by its magic number, and its
last four bytes are the unpacked size.
"""

import gzip
import lzma
import struct
import subprocess
import sys


def unzstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout


FORMATS = [
    (b"\x28\xb5\x2f\xfd", unzstd),
    (b"\x1f\x8b", gzip.decompress),
    (b"\xfd7zXZ\x00", lambda d: lzma.LZMADecompressor().decompress(d)),
    (b"\x7fELF", lambda d: d),
]


def main():
    image = open(sys.argv[1], "rb").read()
    if image[0x202:0x206] != b"HdrS" or struct.unpack_from("<H", image, 0x206)[0] < 0x208:
        sys.exit("unpack-vmlinuz: %s is not a bzImage of boot protocol 2.08" % sys.argv[1])
    setup_sects = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sects + 1) * 512 + offset
    payload = image[start:start + length]
    for magic, unpack in FORMATS:
        if payload.startswith(magic):
            break
    else:
        sys.exit("unpack-vmlinuz: the payload's compression is not known")
    size = struct.unpack("<I", payload[-4:])[0]
    elf = unpack(payload[:-4] if magic[:1] == b"\x28" else payload)[:size]
    if elf[:4] != b"\x7fELF" or len(elf) != size:
        sys.exit("unpack-vmlinuz: the unpacked payload is not the ELF file it should be")
    with open(sys.argv[2], "wb") as out:
        out.write(elf)


main()
