# SPDX-License-Identifier: GPL-2.0-or-later
# Create and destroy, half of the guests killed at a random moment: free memory and xenstore are
# what they were. uc.cycles=N on the command line for the long form.
# machine: cpus=1 mem=2048 timeout=1500 files=$O/tests/system/tiny.elf
. /usr/lib/undercroft/lib.sh

cycles=$(arg uc.cycles) || cycles=20
cp /guest/disk.img /tmp/disk.img
guest_cfg leak /tmp/leak.cfg 'memory = 96' 'extra = "console=hvc0 quiet"' \
	"disk = [ '/tmp/disk.img,raw,xvda,rw' ]" "vif = [ 'bridge=xenbr0' ]"

cp tiny.elf /tmp/tiny.elf
guest_cfg leak /tmp/tiny.cfg 'kernel = "/tmp/tiny.elf"' "disk = [ '/tmp/disk.img,raw,xvda,rw' ]" "vif = [ 'bridge=xenbr0' ]"
sed -i '/^ramdisk/d' /tmp/tiny.cfg

settle() { wait_for 20 sh -c '! xl list leak' && sleep 0.5; }
# The first cycle fills caches (xenstore, blkback's pool).
xl create -q /tmp/leak.cfg && xl destroy leak
settle
mem=$(xl info free_memory) nodes=$(xenstore-ls | wc -l) loops=$(losetup -l | wc -l)
RANDOM=17
bad=0
for i in $(seq "$cycles"); do
	if [ $((i % 2)) = 0 ]; then
		xl create -q /tmp/tiny.cfg || bad=$((bad + 1))
		xl destroy leak
	else
		xl create -q /tmp/leak.cfg >/dev/null 2>&1 &
		pid=$!
		sleep $((RANDOM % 18)).$((RANDOM % 10))
		if [ $((RANDOM % 2)) = 0 ]; then
			kill -KILL $pid 2>/dev/null
		fi
		for d in $(xl list | awk 'NR > 2 { print $2 }'); do
			xl destroy "$d" 2>/dev/null
		done
		wait $pid 2>/dev/null
		for d in $(xl list | awk 'NR > 2 { print $2 }'); do
			xl destroy "$d" 2>/dev/null
		done
	fi
	settle
done
check all-created test $bad = 0
check none-left sh -c 'test "$(xl list | wc -l)" = 2'
echo "INFO free memory $mem then $(xl info free_memory) MB, xenstore nodes $nodes then $(xenstore-ls | wc -l)"
check memory test "$(xl info free_memory)" -ge "$mem"
# A killed xl cannot take its nodes away; a guest that was destroyed properly leaves none.
check xenstore test "$(xenstore-ls | grep -c leak)" -le "$cycles"
