# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with nothing to do stays idle: dom0 halts and leaves guest mode rarely. Key q prints how often.
# machine: cpus=1 mem=1024 dom0_mem=512 timeout=200
. /usr/lib/undercroft/lib.sh

exits() { xl debug-keys q && xl dmesg | sed -n 's/.* exits \([0-9]*\)$/\1/p' | tail -n 1; }

sleep 5
e0=$(exits) t0=$(date +%s%N)
sleep 10
e1=$(exits) t1=$(date +%s%N)
rate=$(echo "$e0 $e1 $t0 $t1" | awk '{ printf "%d", ($2 - $1) * 1e9 / ($4 - $3) }')
echo "INFO exits per second of an idle machine: $rate"
check counted test "$e1" -gt "$e0"
check idle test "$rate" -lt 600
