#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-root.sh DIR: creates the Debian 13 build root DIR, or does nothing when DIR is current.
#
# DIR.stamp holds the hash of the package list and of this recipe; when it differs the root is
# made anew beside the old one and takes its place at the end. Packages are kept in
# $(dirname DIR)/cache. mmdebstrap runs in a mount and process namespace of its own, so that
# an interrupted run leaves neither a mount nor a process behind.
set -eu

here=$(realpath "$(dirname "$0")")
root=${1:?usage: make-root.sh DIR}
mkdir -p "$(dirname "$root")"
root=$(realpath -m "$root")
cache=$(dirname "$root")/cache

stamp=$(cat "$here/packages.list" "$here/make-root.sh" "$here/sources.sh" | sha256sum | cut -d' ' -f1)
if [ -d "$root" ] && [ "$(cat "$root.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

if [ "$(id -u)" != 0 ]; then
	echo "Making the build root needs root: run this with sudo." >&2
	exit 1
fi

missing=
command -v mmdebstrap >/dev/null || missing="$missing mmdebstrap"
[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
if [ -n "$missing" ]; then
	echo "== Installing on this machine:$missing"
	apt-get update -q
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

# One maker at a time; a second one waits and then finds the work done.
exec 9>"$root.lock"
flock 9
if [ -d "$root" ] && [ "$(cat "$root.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

echo "== Making the Debian 13 build root in $root (1 to 3 minutes the first time)"
mkdir -p "$cache"
"$here/sources.sh" >"$root.list"
rm -rf --one-file-system "$root.tmp"
include=$(grep -v '^#' "$here/packages.list" | tr -s ' \n' ,)

export root cache
setpriv --pdeathsig KILL -- unshare --mount --propagation private --pid --fork --kill-child=KILL \
	--mount-proc --ipc --uts sh -euc '
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
' sh mmdebstrap --mode=root --variant=minbase \
	--skip=download/empty --skip=essential/unlink --skip=cleanup/apt/lists \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
	--aptopt='Acquire::Retries "3"' \
	--dpkgopt=force-unsafe-io \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-include=/usr/share/doc/*/copyright' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
	--setup-hook="mkdir -p \"\$1\"/var/cache/apt/archives; \
		cp -al '$cache'/*.deb \"\$1\"/var/cache/apt/archives/ 2>/dev/null || :" \
	--customize-hook="cp -aln \"\$1\"/var/cache/apt/archives/*.deb '$cache'/; \
		rm -f \"\$1\"/var/cache/apt/archives/*.deb; \
		find '$cache' -name '*.deb' -links 1 -mtime +60 -delete" \
	--include="${include%,}" trixie "$root.tmp" "$root.list" 9>&- &
child=$!
trap 'kill -KILL $child 2>/dev/null || :' INT TERM HUP EXIT
wait $child
trap - EXIT

rm -rf --one-file-system "$root.old"
rm -f "$root.stamp"
[ ! -d "$root" ] || mv "$root" "$root.old"
mv "$root.tmp" "$root"
echo "$stamp" >"$root.stamp"
rm -rf --one-file-system "$root.old"
echo "== Build root ready"
