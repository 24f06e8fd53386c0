#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare docs/ABI.md with the code and with the ABI's headers.

The page has tables with the columns: call | state | who | file | notes. A line "Names begin with
`PREFIX`" stands before each. The first cell names one or more calls, each as `NAME` without the
prefix, followed by its number. States: "implemented", "partial",
"refused `-EX`" (the code names it and says no), "refused `-EX` (default)" (the code does not name it).

Checked, each way:
  - every hypercall and sub-operation that the code dispatches has a row, and its state is not a default
  - every row whose state is not a default is dispatched by the code, in the file that the row names
  - every hypercall and sub-operation of the headers has a row, with the header's number

Prints what differs; exit status 1 when something does.
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/ABI.md"
STATE = re.compile(r"^(implemented|partial|refused `-E[A-Z0-9]+`( \(default\))?)$")
WHO = {"all", "own", "own, control", "control", "hardware", "hardware, own", "-"}

# Prefix of the names; header; pattern of names that are not operations but share the prefix.
FAMILIES = [
    ("__HYPERVISOR_", "xen.h", r"_compat$|dom0_op$|arch_[1-7]$"),
    ("XENMEM_", "memory.h", r"paging_op_|access_op_|sharing_op_|resource_|RDM_ALL"),
    ("XENMAPSPACE_", "memory.h", None),
    ("GNTTABOP_", "grant_table.h", None),
    ("EVTCHNOP_", "event_channel.h", None),
    ("SCHEDOP_", "sched.h", None),
    ("VCPUOP_", "vcpu.h", None),
    ("VMASST_CMD_", "xen.h", None),
    ("HVMOP_", "hvm/hvm_op.h", r"ALTP2M_|altp2m_"),
    ("PHYSDEVOP_", "physdev.h", r"DBGP_|IRQ_|pirq_eoi_gmfn$"),
    ("XENVER_", "version.h", None),
    ("CONSOLEIO_", "xen.h", None),
    ("XENPF_", "platform.h", r"INTERFACE_VERSION|ACPI_SLEEP|UCODE_FORCE"),
    (
        "XEN_DOMCTL_",
        "domctl.h",
        r"XEN_DOMCTL_[A-Z0-9_]+$|(SHADOW_OP|SCHEDOP|GSI|SENDTRIGGER|GRANT|PFINFO|CDF|IOMMU|VMSI|DEV|MEM_CACHEATTR|"
        r"DEBUG_OP|VM_EVENT|MEM_SHARING|PSR_|MONITOR|VUART|DT_OVERLAY|ALTP2M)_|vmtrace_(?!op)|devicetree",
    ),
    (
        "XEN_SYSCTL_",
        "sysctl.h",
        r"XEN_SYSCTL_[A-Z0-9_]+$|(TBUFOP|PERFCOP|CPU_HOTPLUG|CPPC|LOCKPROF|SCHED|SCHEDOP|CSCHED|COVERAGE|PSR|"
        r"LIVEPATCH|DT_OVERLAY|PHYSCAP|CPUPOOL)_|pm_op_|cpu_featureset_|cpu_policy_",
    ),
    ("XEN_DMOP_", "hvm/dm_op.h", r"MEM_CACHEATTR|IOREQ|no_gfns|PCI|IO_RANGE|EVENT"),
]
# Operations of an operation that are worth rows of their own.
EXTRA = [
    ("XEN_SYSCTL_CPUPOOL_OP_", "sysctl.h"),
    ("XEN_DOMCTL_SHADOW_OP_", "domctl.h"),
    ("XEN_DOMCTL_SCHEDOP_", "domctl.h"),
]
EXTRA_NOT = re.compile(r"SHADOW_OP_ENABLE_")


def family_of(name):
    for prefix, header in EXTRA:
        if name.startswith(prefix) and not EXTRA_NOT.search(name):
            return header
    for prefix, header, other in FAMILIES:
        if name.startswith(prefix):
            return None if other and re.search(other, name) else header
    return None


def strip_comments(text):
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", " ", text, flags=re.S))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def code_names(numbers):
    """Name -> set of files (relative to hypervisor/) that dispatch it."""
    found = {}
    table = strip_comments(read(os.path.join(TOP, "hypervisor/include/hv/hypercall.h")))
    for number in re.findall(r"\bX\(\w+,\s*(__HYPERVISOR_\w+),", table):
        found.setdefault(number, set()).add("include/hv/hypercall.h")
    folder = os.path.join(TOP, "hypervisor/domain")
    label = re.compile(
        r"\bcase\s+([A-Z]\w+)\s*:|\[([A-Z]\w+)\]\s*=(?!=)|\b(?:cmd|op|space)\s*==\s*([A-Z][A-Z_]+_\w+)"
    )
    span = re.compile(r">=\s*([A-Z]\w+)\s*&&[^;{]*?<=\s*([A-Z]\w+)")
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".c"):
            continue
        text = strip_comments(read(os.path.join(folder, file)))
        names = [next(n for n in match if n) for match in label.findall(text)]
        for first, last in span.findall(text):
            low, high = (numbers or {}).get(first, 1), (numbers or {}).get(last, 0)
            between = [n for n, nr in (numbers or {}).items() if low < nr < high]
            names += [first, last] + [n for n in between if family_of(n) == family_of(first)]
        for name in names:
            if family_of(name):
                found.setdefault(name, set()).add("domain/" + file)
    return found


def header_numbers():
    """Name -> number, None when the headers are not installed."""
    for base in ("/usr/include/xen", os.path.join(TOP, "build/root/usr/include/xen")):
        if os.path.isfile(os.path.join(base, "domctl.h")):
            break
    else:
        return None
    numbers = {}
    headers = sorted({h for _, h, _ in FAMILIES})
    for header in headers:
        text = strip_comments(read(os.path.join(base, header)))
        # The first definition counts: later ones in conditionals are for old interface versions.
        define = r"^#\s*define\s+(\w+)[ \t]+\(?(0x[0-9a-fA-F]+|[0-9]+)\)?[ \t]*$"
        for name, value in re.findall(define, text, re.M):
            if family_of(name) == header:
                numbers.setdefault(name, int(value, 0))
    return numbers


def page_rows(complain):
    """Name -> (number or None, state, who, files, line)."""
    rows, prefix = {}, ""
    for line, text in enumerate(read(os.path.join(TOP, PAGE)).splitlines(), 1):
        begin = re.match(r"Names begin with `(\w+)`", text)
        prefix = begin.group(1) if begin else "" if text.startswith("#") else prefix
        if not prefix or not text.startswith("| `"):
            continue
        cells = [c.strip() for c in text.strip()[1:-1].split("|")]
        names = [(prefix + n, nr) for n, nr in re.findall(r"`(\w+)`(?:\s+(\d+))?", cells[0])]
        if len(cells) != 5:
            complain(line, "a row needs five cells, this one has %d" % len(cells))
            continue
        _, state, who, files, _ = cells
        if not STATE.match(state):
            complain(line, "no such state: %s" % state)
        if who not in WHO:
            complain(line, "no such caller class: %s" % who)
        for name, number in names:
            if name in rows:
                complain(line, "%s has a row already (line %d)" % (name, rows[name][4]))
            rows[name] = (int(number) if number else None, state, who, set(re.findall(r"`([\w/.]+)`", files)), line)
    return rows


def main():
    problems = []

    def complain(line, what):
        problems.append("%s:%s: %s" % (PAGE, line, what))

    numbers = header_numbers()
    code, rows = code_names(numbers), page_rows(complain)
    for name, files in sorted(code.items()):
        if name not in rows:
            complain(1, "%s is dispatched by %s and has no row" % (name, ", ".join(sorted(files))))
            continue
        _, state, _, documented, line = rows[name]
        if state.endswith("(default)"):
            where = ", ".join(sorted(files))
            complain(line, "%s is left to the default, it says, but %s dispatches it" % (name, where))
        elif not name.startswith("__HYPERVISOR_") and not files & documented:
            where = ", ".join(sorted(files))
            complain(line, "%s is dispatched by %s, not by %s" % (name, where, ", ".join(documented) or "-"))
    for name, (number, state, _, documented, line) in sorted(rows.items()):
        if not state.endswith("(default)") and name not in code:
            complain(line, "%s has state '%s', but the code does not dispatch it" % (name, state))
        for file in documented:
            if not os.path.isfile(os.path.join(TOP, "hypervisor", file)):
                complain(line, "hypervisor/%s does not exist" % file)
        if numbers is not None:
            if name not in numbers:
                complain(line, "%s is not in the ABI's headers" % name)
            elif number is not None and number != numbers[name]:
                complain(line, "%s is number %d" % (name, numbers[name]))
    if numbers is None:
        print("abi_table: the ABI's headers (libxen-dev) are not installed: numbers and completeness not checked")
    else:
        for name, number in sorted(numbers.items()):
            if name not in rows:
                complain(1, "%s (%d) of the ABI's headers has no row" % (name, number))
    print("\n".join(problems) if problems else "abi_table: %d calls and operations agree" % len(rows))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
