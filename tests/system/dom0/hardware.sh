# SPDX-License-Identifier: GPL-2.0-or-later
# dom0 drives its own hardware: disk, network cards, USB keyboard, screen, clock, under load.
# machine: cpus=1 mem=2048 timeout=240 nics=e1000e,virtio-net-pci vga=1 extra=-device+qemu-xhci+-device+usb-kbd+-device+usb-mouse
. /usr/lib/undercroft/lib.sh

interrupts() { awk -v n="$1" '$0 ~ n { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) s += $i } END { print s + 0 }' /proc/interrupts; }

root=$(awk '$2 == "/" { print $1 }' /proc/mounts | tail -n 1)
disk=${root##*/}
echo "INFO root on $root"
check disk-read dd "if=/dev/$disk" of=/dev/null bs=1M count=64 iflag=direct
check disk-write sh -c 'dd if=/dev/urandom of=/var/tmp/w bs=1M count=16 conv=fsync 2>/dev/null && sum=$(md5sum </var/tmp/w) && echo 3 >/proc/sys/vm/drop_caches && test "$sum" = "$(md5sum </var/tmp/w)"'
for i in 1 2 3 4; do
	dd "if=/dev/$disk" of=/dev/null bs=4k count=1000 skip=$((i * 1000)) iflag=direct 2>/dev/null &
	pids="$pids $!"
done
# shellcheck disable=SC2086
check disk-parallel wait_for 60 sh -c "! kill -0 $pids 2>/dev/null"
check disk-no-lost-interrupt sh -c '! dmesg | grep -qi -e "lost interrupt" -e "timeout, completion polled" -e "qc timeout" -e "hard resetting link.*timeout"'
for n in /sys/class/net/*; do
	n=${n##*/}
	[ -e "/sys/class/net/$n/device" ] || continue
	driver=$(basename "$(readlink -f "/sys/class/net/$n/device/driver")")
	ip link set "$n" up
	ip addr add 10.0.2.15/24 dev "$n"
	sleep 1
	check "net-$driver" ping -c 5 -i 0.2 -W 5 10.0.2.2
	check "net-$driver-load" ping -c 200 -f -W 5 10.0.2.2
	ip addr flush dev "$n"
	ip link set "$n" down
done
check usb-keyboard wait_for 20 grep -q "QEMU USB Keyboard" /proc/bus/input/devices
check usb-mouse wait_for 20 grep -q "QEMU USB Mouse" /proc/bus/input/devices
# handler NAME: the event device of an input device.
handler() { awk -v n="$1" 'index($0, "N: Name=") { hit = index($0, n) } hit && /^H:/ { for (i = 1; i <= NF; i++) if ($i ~ /^(Handlers=)?event[0-9]+$/) { sub(/Handlers=/, "", $i); print $i } }' /proc/bus/input/devices; }
# arrives NAME DEVICE COMMAND: does an event come in after the monitor's command?
arrives() {
	timeout 20 head -c 72 "/dev/input/$(handler "$2")" >/tmp/events &
	sleep 1
	for i in 1 2 3; do
		echo "ASK $3"
		sleep 1
	done
	wait $!
	if [ "$(stat -c %s /tmp/events)" = 72 ]; then
		pass "$1"
	else
		fail "$1" "no event after $3"
	fi
}
arrives usb-key "QEMU USB Keyboard" "sendkey a"
arrives usb-mouse-move "QEMU USB Mouse" "mouse_move 20 20"
check screen test -e /dev/fb0 -o -e /dev/dri/card0
check rtc sh -c 'test -n "$(cat /sys/class/rtc/rtc0/date)" && test "$(cut -d- -f1 /sys/class/rtc/rtc0/date)" -ge 2024'
a=$(date +%s%N); s=$(cat /sys/class/rtc/rtc0/since_epoch); sleep 10
b=$(date +%s%N); t=$(cat /sys/class/rtc/rtc0/since_epoch)
check clock-rate test $(((b - a) / 1000000000 - (t - s))) -ge -1 -a $(((b - a) / 1000000000 - (t - s))) -le 1
check no-interrupt-storm sh -c '! dmesg | grep -qi "nobody cared"'
