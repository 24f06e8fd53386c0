#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-base.sh DIR SOURCES CACHE: makes dom0's Debian tree in DIR from packages.list.
set -eu

here=$(realpath "$(dirname "$0")")
dir=$(realpath -m "$1") sources=$(realpath "$2") cache=$(realpath "$3")
include=$(grep -v '^#' "$here/packages.list" | tr -s ' \n' ,)
log=$dir.log

rm -rf --one-file-system "$dir.tmp"
# rm: what a tree must not carry away from the machine that made it.
if ! DEBIAN_FRONTEND=noninteractive mmdebstrap --mode=root --variant=minbase \
	--skip=download/empty --skip=essential/unlink \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
	--aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-include=/usr/share/doc/*/copyright' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
	--setup-hook="mkdir -p \"\$1\"/var/cache/apt/archives; \
		cp -al '$cache'/*.deb \"\$1\"/var/cache/apt/archives/ 2>/dev/null || :" \
	--customize-hook="cp -aln \"\$1\"/var/cache/apt/archives/*.deb '$cache'/; \
		rm -f \"\$1\"/var/cache/apt/archives/*.deb" \
	--customize-hook='rm -rf "$1"/var/cache/ldconfig "$1"/var/log/* "$1"/var/lib/dpkg/*-old \
		"$1"/var/cache/debconf/*-old "$1"/etc/apt/apt.conf.d/99mmdebstrap \
		"$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$1"/etc/apt/sources.list.d/*; \
		: >"$1"/etc/machine-id; echo dom0 >"$1"/etc/hostname; : >"$1"/etc/resolv.conf; \
		printf "127.0.0.1 localhost\n10.77.0.1 dom0\n" >"$1"/etc/hosts; passwd -R "$1" -d root' \
	--include="${include%,}" trixie "$dir.tmp" "$sources" >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	exit 1
fi
rm -rf --one-file-system "$dir"
mv "$dir.tmp" "$dir"
