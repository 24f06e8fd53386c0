#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modules.sh KERNELDIR DEST MODULE...: installs the named kernel modules and what they depend on,
# unpacked (cheaper to load under emulation), into DEST/lib/modules, with fresh indexes.
set -eu

kernel=$1 dest=$2
shift 2
version=$(ls "$kernel/usr/lib/modules")
src=$kernel/usr/lib/modules/$version
[ -e "$kernel/lib" ] || ln -s usr/lib "$kernel/lib"
[ -e "$src/modules.dep" ] || depmod -b "$kernel" "$version"

dst=$dest/lib/modules/$version
mkdir -p "$dst"
for m in "$@"; do
	modprobe -d "$kernel" -S "$version" --show-depends "$m" ||
		echo "modules.sh: the kernel package has no module $m" >&2
done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r path; do
	rel=${path#*/lib/modules/"$version"/}
	mkdir -p "$dst/$(dirname "$rel")"
	case "$rel" in
	*.xz) xz -dc "$src/$rel" >"$dst/${rel%.xz}" ;;
	*) cp "$src/$rel" "$dst/$rel" ;;
	esac
done
cp "$src/modules.builtin" "$src/modules.builtin.modinfo" "$src/modules.order" "$dst/"
depmod -b "$dest" "$version"
