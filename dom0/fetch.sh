#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fetch.sh DIR PACKAGE...: downloads Debian packages into DIR and unpacks each into DIR/PACKAGE.
#
# Runs in the build root. A package that is named by a metapackage (linux-image-amd64) is followed
# to the package with the files. Already downloaded files are kept, so this can be repeated.
set -eu

dir=$1
shift
mkdir -p "$dir"
apt-get -qq update || echo "fetch.sh: the package lists could not be renewed; using those at hand" >&2

for name in "$@"; do
	real=$name
	case "$name" in
	linux-image-amd64)
		real=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
		;;
	esac
	printf '  %-7s %s\n' FETCH "$real"
	rm -rf "$dir/deb.tmp" "$dir/$name.tmp"
	mkdir -p "$dir/deb.tmp"
	(cd "$dir/deb.tmp" && apt-get -qq -o APT::Sandbox::User=root download "$real")
	dpkg-deb -x "$dir/deb.tmp/"*.deb "$dir/$name.tmp"
	basename "$dir/deb.tmp/"*.deb >"$dir/$name.tmp/VERSION"
	rm -rf "$dir/deb.tmp" "${dir:?}/$name"
	mv "$dir/$name.tmp" "$dir/$name"
done
