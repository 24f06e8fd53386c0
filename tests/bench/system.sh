# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in dom0 for tests/bench/system: creating and destroying a guest of 256 MB with Debian's xl,
# a guest reading its disk (a loop file), and TCP from one guest to another, by the clocks of the
# machines (which count instructions). Lines BENCH NAME VALUE.
. /usr/lib/undercroft/lib.sh

cd /tmp || exit 1
now() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

guest_cfg pure pure.cfg 'memory = 256' 'extra = "console=hvc0 quiet"' 'on_crash = "destroy"'
for round in 1 2; do
	free=$(xl info free_memory)
	t0=$(now)
	xl create -q pure.cfg || fail create
	t1=$(now)
	echo "BENCH guest-mb-$round $((free - $(xl info free_memory) - 256))"
	t2=$(now)
	xl destroy pure || fail destroy
	t3=$(now)
	echo "BENCH create-ms-$round $((t1 - t0))"
	echo "BENCH destroy-ms-$round $((t3 - t2))"
	wait_for 20 sh -c "! xl list pure"
done

dd if=/dev/urandom of=disk.raw bs=1M count=32 2>/dev/null
guest_cfg sink sink.cfg 'extra = "console=hvc0 quiet uc.ip=10.77.0.31/24 uc.run=sleep+6000|nc+-l+-p+5001+>/dev/null"' \
	"vif = [ 'bridge=xenbr0' ]"
xl create -q sink.cfg || fail sink
wait_for 100 console_has sink 'GUEST-FACT mac' || fail sink-up
run='uc.ping=10.77.0.31 uc.run=sleep+1;time+dd+if=/dev/xvda+of=/dev/null+bs=64k+skip=16;time+sh+-c+"dd+if=/dev/zero+bs=64k+count=512|nc+10.77.0.31+5001"'
guest_cfg source source.cfg "extra = 'console=hvc0 quiet uc.ip=10.77.0.32/24 $run'" \
	"disk = [ '/tmp/disk.raw,raw,xvda,ro' ]" "vif = [ 'bridge=xenbr0' ]"
xl create -q source.cfg || fail source
wait_for 200 console_has source GUEST-RUN || fail source-ran
tr -d '\r' </var/log/xen/console/guest-source.log | grep -aE '^real|GUEST-NET|GUEST-RUN' | sed 's/^/RAW /'
pass measured
