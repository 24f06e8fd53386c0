#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-iso.sh OUT TREE GRUB_CFG: makes a hybrid ISO (BIOS and UEFI, CD and USB stick) of TREE with
# GRUB and the menu GRUB_CFG. The same input and SOURCE_DATE_EPOCH give the same bytes.
set -eu

out=$1 tree=$2 cfg=$3
export TZ=UTC LC_ALL=C SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1750000000}"
umask 022
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S)00
grub=/usr/lib/grub
work=$out.work
modules="part_gpt part_msdos iso9660 fat ext2 normal configfile search search_fs_file search_label
	multiboot2 linux gzio xzio all_video gfxterm serial terminal echo test ls cat reboot halt minicmd
	chain sleep"

rm -rf "$work"
mkdir -p "$work/t/boot/grub"
cp -al "$tree/." "$work/t/"
cp "$cfg" "$work/t/boot/grub/grub.cfg"
: >"$work/t/boot/grub/UNDERCROFT.ID"
cat >"$work/early.cfg" <<'CFG'
search --file /boot/grub/UNDERCROFT.ID --set=root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
CFG

# shellcheck disable=SC2086
grub-mkimage -O i386-pc -p /boot/grub -c "$work/early.cfg" -o "$work/core.img" biosdisk $modules
cat $grub/i386-pc/cdboot.img "$work/core.img" >"$work/t/boot/grub/eltorito.img"
# shellcheck disable=SC2086
grub-mkimage -O x86_64-efi -p /boot/grub -c "$work/early.cfg" -o "$work/BOOTX64.EFI" \
	efi_gop efi_uga $modules
touch -d "@$SOURCE_DATE_EPOCH" "$work/BOOTX64.EFI"
mformat -C -i "$work/efi.img" -T 8192 -h 64 -s 32 -N 55435246 -v UNDERESP ::
mmd -i "$work/efi.img" ::EFI ::EFI/BOOT
mcopy -m -i "$work/efi.img" "$work/BOOTX64.EFI" ::EFI/BOOT/BOOTX64.EFI
# Directories of our own only: the files are hard links to what was built, whose dates make looks at.
find "$work/t" -type d -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
xorriso -as mkisofs -quiet -r -J -joliet-long -V UNDERCROFT \
	--modification-date="$date" --set_all_file_dates "$date" \
	--gpt_disk_guid 55435246-0000-4000-8000-000000000001 \
	-b boot/grub/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
	--grub2-mbr $grub/i386-pc/boot_hybrid.img -partition_offset 16 \
	-append_partition 2 0xef "$work/efi.img" -appended_part_as_gpt \
	-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot -isohybrid-gpt-basdat \
	-o "$out.tmp" "$work/t" 2>"$work/log" || {
	cat "$work/log" >&2
	exit 1
}
rm -rf "$work"
mv "$out.tmp" "$out"
