# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests that spin share the CPU by weight (2:1), a cap holds, and dom0 wakes up promptly meanwhile.
# machine: cpus=1 mem=2048 timeout=800
. /usr/lib/undercroft/lib.sh

seconds() { xl list "$1" | awk 'NR == 2 { print $6 }'; }
spin() {
	guest_cfg "$1" "/tmp/$1.cfg" 'memory = 96' 'extra = "console=hvc0 quiet uc.run=echo+spinning;while+:;do+:;done"'
	xl create -q "/tmp/$1.cfg" && wait_for 200 console_has "$1" spinning
}
within() { awk -v v="$1" -v w="$2" -v p="$3" 'BEGIN { d = (v - w) / w; exit !(d < p && d > -p) }'; }

check spin-a spin a
xl pause a
check spin-b spin b
xl unpause a
check weights sh -c 'xl sched-credit2 -d a -w 512 && xl sched-credit2 -d b -w 256'
sleep 3
a0=$(seconds a) b0=$(seconds b)
sleep 30
a1=$(seconds a) b1=$(seconds b)
ratio=$(echo "$a0 $a1 $b0 $b1" | awk '{ printf "%.3f", ($2 - $1) / ($4 - $3) }')
echo "INFO ratio of CPU time at weights 2:1: $ratio"
check ratio within "$ratio" 2 0.05

# Sleeping 1 ms at a time: how late dom0 wakes.
if command -v python3 >/dev/null; then
	python3 - <<'PY'
import time
late = []
for _ in range(1500):
    t = time.monotonic()
    time.sleep(0.001)
    late.append((time.monotonic() - t - 0.001) * 1e6)
late.sort()
print("INFO wake-up of dom0 under load: p50 %d us, p99 %d us" % (late[750], late[1485]))
print("PASS wake-up" if late[1485] < 20000 else "FAIL wake-up: p99 over 20 ms")
PY
else
	skip wake-up "no python3"
fi

xl pause b
check cap xl sched-credit2 -d a -c 40
sleep 2
a0=$(seconds a) t0=$(date +%s%N)
sleep 20
a1=$(seconds a) t1=$(date +%s%N)
share=$(echo "$a0 $a1 $t0 $t1" | awk '{ printf "%.3f", ($2 - $1) * 1e9 / ($4 - $3) }')
echo "INFO share at a cap of 40 %: $share"
check cap-holds within "$share" 0.4 0.05
xl destroy a
xl destroy b
