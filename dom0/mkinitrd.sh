#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mkinitrd.sh OUT INIT KERNELDIR MODULE...: makes a zstd initramfs of busybox, the script INIT as
# /init, and the named modules with what they need, unpacked, from KERNELDIR (a kernel package).
set -eu

out=$1 init=$2 kernel=$3
shift 3
work=$out.dir
rm -rf "$work"
mkdir -p "$work"/bin "$work"/dev "$work"/proc "$work"/sys "$work"/run "$work"/tmp "$work"/mnt \
	"$work"/etc "$work"/root "$work"/lib
cp /bin/busybox "$work/bin/busybox"
for name in $(/bin/busybox --list); do
	[ "$name" = busybox ] || ln -s busybox "$work/bin/$name"
done
ln -s bin "$work/sbin"
echo 'root::0:0:root:/root:/bin/sh' >"$work/etc/passwd"
install -m 755 "$init" "$work/init"
if [ "$kernel" != - ]; then
	"$(dirname "$0")/modules.sh" "$kernel" "$work" "$@"
fi
find "$work" -print0 | xargs -0 touch -h -d "@${SOURCE_DATE_EPOCH:-1750000000}"
(cd "$work" && find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --reproducible --quiet -R 0:0) |
	zstd -q -9 -f -o "$out.tmp"
mv "$out.tmp" "$out"
rm -rf "$work"
