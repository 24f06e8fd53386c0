#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The dependency rules of the hypervisor's folders, judged from #include lines.

lib < x86 < mm < drivers < iommu < p2m < domain < hvm < svm; boot may use all, nobody uses boot.
1. A file includes <xen/...>, <hv/...>, <asm/...>, "x_priv.h" of its own folder, and the compiler's
   freestanding headers; nothing else.
2. Line 2 of each include/hv header names its layer; a folder includes headers of its own layer or
   a lower one.
3. lib/ and domain/ include no <asm/...> (domain/ calls the machine through hv/hvm.h).
Exceptions, each with its reason, are in layers.allow.
4. hvm/svm's private headers stay inside it, and common code names no vendor.
"""

import os
import re
import subprocess
import sys

ORDER = ["base", "lib", "x86", "mm", "drivers", "iommu", "p2m", "domain", "hvm", "svm", "boot"]
RANK = {name: i for i, name in enumerate(ORDER)}
# A folder's own vendor layer ranks beside its twin.
RANK["vmx"] = RANK["svm"]
STANDARD = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "limits.h", "stdalign.h", "stdnoreturn.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Interfaces that lower layers include on purpose: the table of hooks by which machine-independent
# code calls the machine, the two structs that everything is about, and plain data of the loader.
SEAMS = {"hvm.h", "domain.h", "boot_info.h"}
VENDOR = re.compile(r"\b(svm|vmx|vmcb|vmcs)_\w+|<hv/(svm|vmx)")


def layer_of(header):
    path = os.path.join("hypervisor/include/hv", header)
    if not os.path.exists(path):
        return None
    with open(path) as f:
        lines = [f.readline() for _ in range(3)]
    m = re.search(r"/\* Layer: (\w+)", lines[1])
    return m.group(1) if m else ""


def exceptions():
    """Known upward includes with their reason: tests/lint/layers.allow, `file header`."""
    allowed = set()
    path = "tests/lint/layers.allow"
    if os.path.exists(path):
        with open(path) as f:
            for line in f:
                words = line.split("#")[0].split()
                if len(words) == 2:
                    allowed.add(tuple(words))
    return allowed


def main():
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "hypervisor"], stdout=subprocess.PIPE,
                            text=True, check=True).stdout.split()
    problems = []
    allowed, used = exceptions(), set()
    for path in listed:
        if not path.endswith((".c", ".h", ".S")) or not os.path.exists(path):
            continue
        parts = path.split("/")
        is_header = parts[1] == "include"
        folder = None
        if not is_header and len(parts) > 2:
            folder = "svm" if parts[1:3] == ["hvm", "svm"] else "vmx" if parts[1:3] == ["hvm", "vmx"] else parts[1]
        if is_header and parts[2] == "hv":
            folder = layer_of(parts[3])
            if not folder:
                problems.append("%s:2: names no layer (/* Layer: NAME */)" % path)
                continue
            if folder not in RANK:
                problems.append("%s:2: %s is no layer" % (path, folder))
                continue
        with open(path, errors="replace") as f:
            text = f.read().splitlines()
        for number, line in enumerate(text, 1):
            m = INCLUDE.match(line)
            if not m:
                if folder not in ("svm", "vmx", "boot", None) and parts[1] == "hvm" and path.endswith(".c"):
                    code = line.split("//")[0]
                    v = VENDOR.search(re.sub(r"/\*.*?\*/", "", code))
                    if v and not code.lstrip().startswith("*") and "svm_hvm_ops" not in code:
                        problems.append("%s:%d: common code names a vendor: %s" % (path, number, v.group(0)))
                continue
            quote, name = m.groups()
            where = "%s:%d" % (path, number)
            if quote == '"':
                if not re.match(r"^[\w]+(_priv)?\.h$", name) or not os.path.exists(
                        os.path.join(os.path.dirname(path), name)):
                    problems.append("%s: \"%s\" is not a private header of this folder" % (where, name))
                continue
            if name.startswith("xen/") or name in STANDARD:
                continue
            if name.startswith("asm/"):
                if folder in ("lib", "domain"):
                    if (path, name) in allowed:
                        used.add((path, name))
                    else:
                        problems.append("%s: %s/ includes no <asm/...>" % (where, folder))
                continue
            if not name.startswith("hv/"):
                problems.append("%s: <%s> is neither <xen/>, <hv/> nor <asm/>" % (where, name))
                continue
            if folder is None:
                continue
            layer = layer_of(name[3:])
            if layer is None:
                problems.append("%s: <%s> does not exist" % (where, name))
            elif layer and RANK.get(layer, 0) > RANK[folder] and name[3:] not in SEAMS:
                if (path, name) in allowed:
                    used.add((path, name))
                else:
                    problems.append("%s: %s is below %s, whose <%s> it includes" % (where, folder, layer, name))
    for path, name in sorted(allowed - used):
        problems.append("tests/lint/layers.allow: %s %s is not needed any more" % (path, name))
    for p in problems:
        print(p)
    sys.exit(1 if problems else 0)


main()
