#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh ISO: boots an ISO in QEMU on this terminal (the machine's first serial port).
set -eu

iso=$1
cpus=${RUN_CPUS:-2} mem=${RUN_MEM:-3072}

# Nested KVM serves AMD-V to the guest when the host's KVM is AMD's and nesting is on.
if [ -w /dev/kvm ] && grep -qsE '^(1|Y)' /sys/module/kvm_amd/parameters/nested &&
	qemu-system-x86_64 -accel kvm -M q35 -cpu host -display none -S -monitor none -daemonize \
		-pidfile /tmp/kvm.pid 2>/dev/null; then
	kill "$(cat /tmp/kvm.pid)"
	accel="-accel kvm -cpu host"
	echo "== QEMU with nested KVM, $cpus CPUs, $mem MB"
else
	accel="-accel tcg -cpu qemu64,+svm,+npt"
	# Two virtual CPUs at once are not reliable under nested paging in QEMU's emulation.
	cpus=${RUN_CPUS_TCG:-1}
	echo "== QEMU with emulation (no nested AMD-V here): $cpus CPU, $mem MB; the prompt comes in 1 to 2 minutes"
fi
echo "== To leave: 'poweroff' at dom0's prompt, or Ctrl-A then X at any time"
echo

# A terminal gets QEMU's monitor as well (Ctrl-A C); a pipe gets the serial port alone.
serial=mon:stdio
[ -t 0 ] || serial=stdio
# shellcheck disable=SC2086
exec qemu-system-x86_64 $accel -M q35 -smp "$cpus" -m "$mem" -device amd-iommu -display none \
	-serial $serial -no-reboot -nic user,model=e1000e -boot d -cdrom "$iso" ${RUN_ARGS:-}
