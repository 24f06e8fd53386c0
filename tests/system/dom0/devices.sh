# SPDX-License-Identifier: GPL-2.0-or-later
# Guests' disks (blkback on a loop file and on a block device, QEMU's qdisk on qcow2), network
# (dom0 and two guests reach each other), and a guest that boots from its own disk by GRUB.
# machine: cpus=1 mem=2048 timeout=900
. /usr/lib/undercroft/lib.sh

cd /tmp || exit 1
log() { cat "/var/log/xen/console/guest-$1.log"; }
up() { wait_for 240 console_has "$1" GUEST-READY; }

cp /guest/disk.img loop.img
qemu-img convert -f raw -O qcow2 /guest/disk.img disk.qcow2
cp /guest/disk.img phy.img
phy=$(losetup -f --show phy.img)
guest_cfg disks disks.cfg 'extra = "console=hvc0 quiet uc.ip=10.77.0.21/24 uc.ping=10.77.0.1"' \
	"disk = [ '/tmp/loop.img,raw,xvda,rw', '$phy,raw,xvdb,rw', '/tmp/disk.qcow2,qcow2,xvdc,rw' ]" \
	"vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:21' ]"
check create-disks xl create -q disks.cfg
check guest-up up disks
check loop-file console_has disks 'GUEST-DISK xvda ok'
check block-device console_has disks 'GUEST-DISK xvdb ok'
check qcow2 console_has disks 'GUEST-DISK xvdc ok'
check mac console_has disks 'mac 00:16:3e:00:00:21'
check guest-to-dom0 console_has disks 'GUEST-NET 10.77.0.1 ok'
check dom0-to-guest ping -c 3 -W 5 10.77.0.21

guest_cfg peer peer.cfg 'extra = "console=hvc0 quiet uc.ip=10.77.0.22/24 uc.ping=10.77.0.21"' \
	"vif = [ 'bridge=xenbr0' ]"
check create-peer xl create -q peer.cfg
check peer-up up peer
check guest-to-guest console_has peer 'GUEST-NET 10.77.0.21 ok'
check two-guests sh -c 'test "$(xl list | wc -l)" = 4'
check shutdown-both sh -c 'xl shutdown -w disks peer'
check written-through sh -c 'mkdir -p /mnt/l && mount -o loop,ro /tmp/loop.img /mnt/l && test -s /mnt/l/data && umount /mnt/l'
check block-closed wait_for 20 sh -c '! losetup -l | grep -q /tmp/loop.img'
losetup -d "$phy"

cp /guest/boot.img boot.img
guest_cfg grub grub.cfg 'kernel = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"' 'ramdisk = ""' 'memory = 192' \
	"disk = [ '/tmp/boot.img,raw,xvda,rw' ]"
sed -i '/^ramdisk/d' grub.cfg
check create-grub xl create -q grub.cfg
check boots-from-disk up grub
check its-disk console_has grub 'GUEST-DISK xvda mark undercroft-boot'
xl destroy grub
