# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine in an emulator, with either hypervisor: HV=ours (default) or HV=xen in the environment.

The same kernel, initrd and disks boot on both. The serial console is read by a thread into
`text` and a log file; `expect` waits for a pattern. Disk images are never changed (snapshot).
Inside the build root only.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
O = os.environ.get("O", "build")
IMG = os.environ.get("IMG", "build")
DOM0 = os.path.join(IMG, "dom0")
HV = os.environ.get("HV", "ours")
SLOW = float(os.environ.get("SLOW", "1"))

PANIC = re.compile(rb"Panic on CPU|FATAL TRAP|FATAL PAGE FAULT|Xen BUG|Assertion .|Undercroft stopped on CPU|"
                   rb"Hardware Dom0 (?:crashed|halted)|Kernel panic", re.M)


class Failure(Exception):
    pass


def hypervisor(hv=None):
    if (hv or HV) == "xen":
        return os.path.join(IMG, "ref/xen.elf")
    return os.environ.get("HVELF") or os.path.join(O, "undercroft.elf")


def accel():
    """The accelerator of QEMU: KVM when ACCEL=kvm says so; tests are repeatable with TCG."""
    return os.environ.get("ACCEL", "tcg")


class Machine:
    """Keyword arguments describe the machine; see start() for how they become QEMU's.

    hv, machine (q35, pc), cpus, mem (MB), cpu, iommu (bool), kernel, initrd, hv_args, dom0_args,
    disks [(file, interface)], nics [model], extra [QEMU arguments], iso (file), firmware (bios,
    uefi), dom0_mem (MB), icount (bool), vga (bool).
    """

    def __init__(self, name, **kw):
        self.name = name
        self.hv = kw.get("hv") or HV
        self.kw = kw
        self.text = b""
        self.pos = 0
        self.process = None
        self.lock = threading.Condition()
        self.dir = tempfile.mkdtemp(prefix="uc-")
        logs = os.path.join(O, "log/emu")
        os.makedirs(logs, exist_ok=True)
        self.log = os.path.join(logs, "%s.%s.log" % (name.replace("/", "_"), self.hv))

    def hv_options(self):
        kw = self.kw
        words = ["console=com1", "com1=115200", "dom0=pvh", "dom0_mem=%dM" % kw.get("dom0_mem", 640),
                 "loglvl=all", "guest_loglvl=all", "noreboot" if kw.get("noreboot") else ""]
        if not kw.get("iommu", True):
            words += ["iommu=0", "dom0-iommu=none"]
        if kw.get("dom0_vcpus"):
            words.append("dom0_max_vcpus=%d" % kw["dom0_vcpus"])
        return " ".join(w for w in words + [kw.get("hv_args", "")] if w)

    def command(self):
        kw = self.kw
        cmd = ["qemu-system-x86_64", "-accel", kw.get("accel", accel()), "-M", kw.get("machine", "q35"),
               "-m", str(kw.get("mem", 2048)), "-smp", str(kw.get("cpus", 1)),
               "-cpu", kw.get("cpu", "qemu64,+svm,+npt"), "-display", "none",
               "-vga", "std" if kw.get("vga") else "none", "-serial", "stdio",
               "-monitor", "none", "-qmp", "unix:%s/qmp,server,nowait" % self.dir, "-no-reboot", "-boot", "menu=off"]
        if not kw.get("nics"):
            cmd += ["-nic", "none"]
        if kw.get("iommu", True) and kw.get("machine", "q35").startswith("q35"):
            cmd += ["-device", "amd-iommu"]
        if kw.get("icount"):
            cmd += ["-icount", "shift=%s,sleep=off" % kw["icount"], "-rtc", "base=2025-01-01,clock=vm"]
        for i, (path, bus) in enumerate(kw.get("disks", [])):
            fmt = "qcow2" if path.endswith(".qcow2") else "raw"
            cmd += ["-drive", "if=none,id=d%d,file=%s,format=%s,snapshot=on" % (i, path, fmt)]
            slot = "bus=ide.%d" % i if kw.get("machine", "q35").startswith("q35") else \
                "bus=ide.%d,unit=%d" % (i // 2, i % 2)
            device = {"ahci": "ide-hd,drive=d%d," + slot, "nvme": "nvme,drive=d%d,serial=nvme%d",
                      "virtio": "virtio-blk-pci,drive=d%d", "usb": "usb-storage,drive=d%d"}[bus]
            cmd += ["-device", device.replace("%d", str(i))]
        for i, model in enumerate(kw.get("nics", [])):
            cmd += ["-netdev", "user,id=n%d,restrict=on" % i, "-device", "%s,netdev=n%d" % (model, i)]
        if kw.get("firmware") == "uefi":
            variables = os.path.join(self.dir, "vars.fd")
            shutil.copy("/usr/share/OVMF/OVMF_VARS_4M.fd", variables)
            cmd += ["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                    "-drive", "if=pflash,format=raw,file=" + variables]
        if kw.get("iso"):
            cmd += ["-drive", "if=none,id=cd,media=cdrom,readonly=on,file=" + kw["iso"],
                    "-device", "ide-cd,drive=cd,bootindex=0,bus=ide.1"]
        elif kw.get("usb_iso"):
            cmd += ["-device", "qemu-xhci,id=xhci0", "-drive", "if=none,id=stick,format=raw,readonly=on,file=" +
                    kw["usb_iso"], "-device", "usb-storage,bus=xhci0.0,drive=stick,bootindex=0"]
        else:
            kernel = kw.get("kernel", os.path.join(DOM0, "vmlinux"))
            initrd = kw.get("initrd", os.path.join(DOM0, "initrd-min.cpio.zst"))
            args = kw.get("dom0_args", "console=hvc0 quiet")
            modules = [] if kernel is None else ["%s %s" % (kernel, args.replace(",", ",,"))]
            if initrd:
                modules.append(initrd)
            cmd += ["-kernel", kw.get("hv_file") or hypervisor(self.hv), "-append", self.hv_options()]
            if modules:
                cmd += ["-initrd", ",".join(modules + kw.get("modules", []))]
        return cmd + kw.get("extra", [])

    def start(self):
        command = self.command()
        with open(self.log, "w") as f:
            f.write(" ".join("'%s'" % w if " " in w else w for w in command) + "\n")
        for need in (command[command.index("-kernel") + 1],) if "-kernel" in command else ():
            if not os.path.exists(need):
                raise Failure("%s does not exist; build it first" % need)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        threading.Thread(target=self._reader, daemon=True).start()
        return self

    def _reader(self):
        with open(self.log, "ab", 0) as log:
            while True:
                data = os.read(self.process.stdout.fileno(), 65536)
                with self.lock:
                    if data:
                        self.text += data
                    else:
                        self.ended = True
                    self.lock.notify_all()
                if not data:
                    return
                log.write(data)

    ended = False

    def expect(self, pattern, timeout, panics=True):
        """Waits for the pattern (a regular expression) after what was matched before; returns the match.

        A panic, the machine's end or the time running out is a Failure."""
        wanted = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.M)
        end = time.time() + timeout * SLOW
        with self.lock:
            while True:
                m = wanted.search(self.text, self.pos)
                if m:
                    self.pos = m.end()
                    return m
                bad = PANIC.search(self.text, self.pos) if panics else None
                if bad:
                    self.lock.wait(0.7)
                    line = self.text[bad.start():bad.start() + 300].split(b"\n")[0]
                    raise Failure("panic: " + line.decode(errors="replace").strip())
                if self.ended:
                    raise Failure("the machine stopped before: %s" % pattern)
                left = end - time.time()
                if left <= 0:
                    raise Failure("%d s without: %s" % (timeout * SLOW, pattern))
                self.lock.wait(min(left, 5))

    def wait_end(self, timeout):
        end = time.time() + timeout * SLOW
        with self.lock:
            while not self.ended:
                left = end - time.time()
                if left <= 0:
                    raise Failure("the machine did not switch off within %d s" % timeout)
                self.lock.wait(left)
        self.process.wait()

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def qmp(self, command, **arguments):
        """Carries out a QMP command and returns its result."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.dir + "/qmp")
            lines = s.makefile("rw")
            lines.readline()
            for name, args in (("qmp_capabilities", {}), (command, arguments)):
                lines.write(json.dumps({"execute": name, "arguments": args}) + "\n")
                lines.flush()
                answer = {}
                while "return" not in answer and "error" not in answer:
                    answer = json.loads(lines.readline())
        if "error" in answer:
            raise Failure("%s: %s" % (command, answer["error"]))
        return answer["return"]

    def monitor(self, command):
        """Carries out a command of QEMU's monitor and returns its answer."""
        return self.qmp("human-monitor-command", **{"command-line": command})

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def tail(self, lines=30):
        return b"\n".join(self.text.splitlines()[-lines:]).decode(errors="replace")

    def facts(self):
        """The UNDERCROFT-FACT lines so far, as a dictionary."""
        found = re.findall(rb"^UNDERCROFT-FACT (\S+) ([^\r\n]*)", self.text, re.M)
        return {k.decode(): v.decode() for k, v in found}


def main(test):
    """Runs test() -> None; a Failure, or a machine's trouble, is exit status 1."""
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        test()
    except Failure as e:
        print("FAILED: %s" % e)
        sys.exit(1)
