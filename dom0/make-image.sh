#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-image.sh ext4|squashfs DOM0DIR OUT: dom0's root as an image: the Debian tree, our files,
# kernel modules (those of modules.list for ext4, all for squashfs) and the guests' files.
set -eu

kind=$1 dom0=$2 out=$3
here=$(dirname "$0")
kernel=$dom0/pkg/linux-image-amd64
version=$(ls "$kernel/usr/lib/modules")
tree=$out.dir

rm -rf "$tree"
cp -al "$dom0/base" "$tree"
# Names that differ from the base tree's are written anew, never through a hard link.
cp -a --remove-destination "$here/rootfs/." "$tree/.overlay"
(cd "$tree/.overlay" && find . -type f -o -type l) | while read -r f; do
	mkdir -p "$tree/$(dirname "$f")"
	cp -a --no-preserve=ownership --remove-destination "$tree/.overlay/$f" "$tree/$f"
done
rm -rf "$tree/.overlay"
chmod 755 "$tree/usr/sbin/init"

# The guests: Debian's kernel, a small initrd, a disk with a mark, one that boots by GRUB.
mkdir -p "$tree/guest"
cp "$dom0/vmlinux" "$dom0/vmlinuz" "$tree/guest/"
cp "$dom0/guest-initrd.img" "$tree/guest/initrd.img"
mkdir -p "$out.disk"
echo undercroft-disk >"$out.disk/mark"
mke2fs -q -t ext4 -F -L guestdisk -d "$out.disk" "$tree/guest/disk.img" 32M
mkdir -p "$out.disk/boot/grub"
echo undercroft-boot >"$out.disk/mark"
cp "$dom0/vmlinuz" "$out.disk/boot/vmlinuz"
cp "$dom0/guest-initrd.img" "$out.disk/boot/initrd.img"
cat >"$out.disk/boot/grub/grub.cfg" <<'CFG'
set timeout=0
menuentry guest {
	linux /boot/vmlinuz console=hvc0 quiet uc.end=idle
	initrd /boot/initrd.img
}
CFG
mke2fs -q -t ext4 -F -L guestboot -d "$out.disk" "$tree/guest/boot.img" 64M
rm -rf "$out.disk"

case "$kind" in
ext4)
	# shellcheck disable=SC2046
	"$here/modules.sh" "$kernel" "$tree/usr" $(grep -v '^#' "$here/modules.list")
	rm -f "$out.tmp"
	kb=$(du -sk --apparent-size "$tree" | cut -f1)
	mke2fs -q -t ext4 -F -L uc-dom0 -m 0 -O ^has_journal -E lazy_itable_init=1 -d "$tree" "$out.tmp" \
		"$((kb + kb / 5 + 256 * 1024))k"
	;;
squashfs)
	cp -al "$kernel/usr/lib/modules" "$tree/usr/lib/modules"
	[ -e "$tree/usr/lib/modules/$version/modules.dep" ] || depmod -b "$tree" "$version"
	rm -f "$out.tmp"
	mksquashfs "$tree" "$out.tmp" -quiet -no-progress -comp zstd -Xcompression-level "${SQUASH_LEVEL:-3}"
	;;
esac
mv "$out.tmp" "$out"
rm -rf "$tree"
