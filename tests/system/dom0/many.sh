# SPDX-License-Identifier: GPL-2.0-or-later
# As many guests as there is memory for, then xl's ordinary message; all go, and the memory is back.
# Then one Debian guest with eight virtual processors.
# machine: cpus=1 mem=2048 timeout=1200 files=$O/tests/system/tiny.elf
. /usr/lib/undercroft/lib.sh

cp tiny.elf /tmp/tiny.elf
before=$(xl info free_memory)
n=0
while [ $n -lt 40 ]; do
	guest_cfg "many$n" /tmp/many.cfg 'kernel = "/tmp/tiny.elf"' 'memory = 128'
	sed -i '/^ramdisk/d' /tmp/many.cfg
	xl create -q /tmp/many.cfg 2>/tmp/err || break
	n=$((n + 1))
done
echo "INFO $n guests of 128 MB in $before MB"
check several test $n -ge $((before / 140))
check not-all test $n -lt 40
check message grep -qi -e "out of memory" -e "free memory" /tmp/err
check listed sh -c "test \$(xl list | wc -l) = $((n + 2))"
check they-run sh -c "test \$(xl dmesg | grep -c 'tiny guest runs') -ge 1 -o \$(xl list | grep -c -- '-b----') -ge $n"
check dom0-alive sh -c 'dd if=/dev/zero of=/var/tmp/z bs=1M count=8 conv=fsync'
check destroy-all sh -c "for i in \$(seq 0 $((n - 1))); do xl destroy many\$i || exit 1; done"
wait_for 20 sh -c "test \$(xl info free_memory) -ge $((before - 1))"
check memory-back test "$(xl info free_memory)" -ge $((before - 1))
check none-left sh -c 'test "$(xl list | wc -l)" = 2'

guest_cfg eight /tmp/eight.cfg 'vcpus = 8' 'memory = 256' 'extra = "console=hvc0 quiet"'
check create-8-vcpus xl create -q /tmp/eight.cfg
check up-8-vcpus wait_for 500 console_has eight GUEST-READY
check has-8-vcpus console_has eight 'GUEST-FACT cpus 8'
check shutdown-8-vcpus xl shutdown -w eight
