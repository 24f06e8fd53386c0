#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the project's tests and prints one line for each, then `N passed, N failed, N skipped`.

  run.py [--tags a,b] [--not-tags a,b] [--jobs N] [--list] [PATTERN...]

The registry is tests/tests.list: rows `name|seconds|command|tags`, in the order to run them. A
row `!command` stands for the rows that the command prints. A test is any command: exit status 0
is a pass, 77 a skip, anything else a failure, and so is running out of time. A line
`PASS|FAIL|SKIP name[: reason]` in its output counts as a test of its own (a failed one fails the
row). Output goes to $O/log/tests/; what failed shows its last lines. Inside the build root only.
"""

import argparse
import fnmatch
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
O = os.environ.get("O", "build")
LOGS = os.path.join(O, "log/tests")
SUBTEST = re.compile(r"^(PASS|FAIL|SKIP) ([^:\s][^:]*)(?::\s*(.*))?$")
lock = threading.Lock()
running = set()


class Row:
    def __init__(self, text):
        fields = [f.strip() for f in text.split("|")]
        if len(fields) not in (3, 4):
            raise ValueError("tests.list: not `name|seconds|command|tags`: " + text)
        self.name = fields[0]
        self.seconds = float(fields[1]) * float(os.environ.get("SLOW", "1"))
        self.command = fields[2]
        self.tags = set((fields[3] if len(fields) > 3 else "").split())


def registry(path):
    rows = []
    with open(path) as f:
        lines = f.read().splitlines()
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("!"):
            command, _, tags = line[1:].partition("|")
            program = shlex.split(command)[0]
            if not os.path.exists(os.path.join(TOP, program)):
                continue
            out = subprocess.run(command, shell=True, cwd=TOP, stdout=subprocess.PIPE, text=True)
            if out.returncode:
                sys.exit("tests.list: %s failed" % command)
            for row in out.stdout.splitlines():
                if row.strip() and not row.startswith("#"):
                    rows.append(Row(row.strip()))
                    rows[-1].tags |= set(tags.split())
        else:
            rows.append(Row(line))
    return rows


def run(row):
    """Returns (result, seconds, reason, subtests)."""
    log = os.path.join(LOGS, row.name.replace("/", "_") + ".log")
    start = time.time()
    timed_out = False
    with open(log, "wb") as out:
        process = subprocess.Popen(["sh", "-c", row.command], cwd=TOP, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        with lock:
            running.add(process)
        try:
            process.wait(timeout=row.seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        # The whole session ends with the test, what it left running included.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        with lock:
            running.discard(process)
    with open(log, errors="replace") as f:
        text = f.read()
    subtests = [SUBTEST.match(line.rstrip("\r")) for line in text.splitlines()]
    subtests = [(m.group(1), m.group(2), m.group(3) or "") for m in subtests if m]
    seconds = time.time() - start
    if timed_out:
        return "FAIL", seconds, "no end within %d s" % row.seconds, subtests, log, text
    if process.returncode == 77:
        last = [s[2] for s in subtests if s[0] == "SKIP"] or text.strip().splitlines()[-1:]
        return "SKIP", seconds, last[-1] if last else "", [], log, text
    if process.returncode or any(s[0] == "FAIL" for s in subtests):
        return "FAIL", seconds, "status %d" % process.returncode, subtests, log, text
    return "PASS", seconds, "", subtests, log, text


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--tags", default="", help="only rows with one of these tags")
    ap.add_argument("--not-tags", default="", help="no row with one of these tags")
    ap.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", os.cpu_count() or 1)))
    ap.add_argument("--list", action="store_true")
    ap.add_argument("patterns", nargs="*")
    a = ap.parse_args()
    os.chdir(TOP)
    os.makedirs(LOGS, exist_ok=True)

    rows = registry("tests/tests.list")
    wanted, unwanted = set(filter(None, a.tags.split(","))), set(filter(None, a.not_tags.split(",")))
    rows = [r for r in rows if (not wanted or r.tags & wanted) and not r.tags & unwanted]
    if a.patterns:
        rows = [r for r in rows if any(fnmatch.fnmatch(r.name, p) or r.name.startswith(p) for p in a.patterns)]
    if a.list:
        for r in rows:
            print("%-40s %5d s  %s" % (r.name, r.seconds, " ".join(sorted(r.tags))))
        return 0

    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    failed, todo, done = [], list(rows), [0]
    # A row tagged `alone` (a measurement) runs while nothing else does.
    free = threading.Condition(lock)
    busy = [0]

    def worker():
        while True:
            with free:
                while todo and busy[0] and ("alone" in todo[0].tags or busy[0] < 0):
                    free.wait()
                if not todo:
                    return
                row = todo.pop(0)
                alone = "alone" in row.tags
                busy[0] = -1 if alone else busy[0] + 1
            result, seconds, reason, subtests, log, text = run(row)
            with free:
                busy[0] = 0 if alone else busy[0] - 1
                done[0] += 1
                print("[%3d/%d] %s  %-40s %6.1f s%s" % (done[0], len(rows), result, row.name, seconds,
                                                       "  (%s)" % reason if reason else ""), flush=True)
                for r, name, why in subtests:
                    counts[r] += 1
                    if r != "PASS" or os.environ.get("V") == "1":
                        print("          %s  %s%s" % (r, name, "  (%s)" % why if why else ""), flush=True)
                if not subtests or (result == "FAIL" and not any(s[0] == "FAIL" for s in subtests)):
                    counts[result] += 1
                if result == "FAIL":
                    failed.append((row.name, log))
                    tail = [l for l in text.splitlines() if l.strip()][-int(os.environ.get("TAIL", "25")):]
                    for line in tail:
                        print("          | " + re.sub(r"[^\x20-\x7e]", "", line)[:160])
                    print("          log: " + log, flush=True)
                free.notify_all()

    def stop(signum, _frame):
        for process in list(running):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os._exit(128 + signum)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    start = time.time()
    threads = [threading.Thread(target=worker, daemon=True) for _ in range(max(1, a.jobs))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print()
    for name, log in failed:
        print("failed: %s  (%s)" % (name, log))
    if not sum(counts.values()):
        print("no test ran")
    print("in %d minutes %d seconds" % divmod(time.time() - start, 60))
    print("%d passed, %d failed, %d skipped" % (counts["PASS"], counts["FAIL"], counts["SKIP"]))
    return 1 if counts["FAIL"] or not counts["PASS"] else 0


if __name__ == "__main__":
    sys.exit(main())
