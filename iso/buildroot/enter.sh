#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# enter.sh ROOT WORKDIR CMD...: runs CMD as root inside ROOT, with WORKDIR as /src.
#
# The command lives in its own mount, process, IPC and host-name namespaces: every mount and
# process ends with it, whichever way this script ends. pivot_root, not chroot, because the
# kernel refuses user namespaces to a chrooted process. The shell stays outside as the parent,
# because unshare ignores INT and TERM while it waits; the command is ended hard, so recipes
# write to a temporary name and rename. Variables named in KEEP_ENV (blank-separated) pass through;
# the folder that BIND_OUT names appears as /out.
set -eu

export R="$(realpath "$1")" W="$(realpath "$2")"
shift 2
if [ "$(id -u)" != 0 ]; then
	echo "Entering the build root needs root: run this with sudo." >&2
	exit 1
fi
for v in ${KEEP_ENV:-}; do
	eval "[ -z \"\${$v+x}\" ] || set -- \"$v=\$$v\" \"\$@\""
done
exec 3<&0
setpriv --pdeathsig KILL -- unshare --mount --propagation private --pid --fork --kill-child=KILL \
	--ipc --uts sh -euc '
	mount --bind "$R" "$R"
	mount -t proc proc "$R/proc"
	mount --rbind /sys "$R/sys"
	mount --rbind /dev "$R/dev"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
	mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
	mount -t tmpfs -o mode=755 tmpfs "$R/run"
	mkdir -p "$R/src"
	mount --bind "$W" "$R/src"
	if [ -n "${BIND_OUT:-}" ]; then
		mkdir -p "$R/out" "$BIND_OUT"
		mount --bind "$BIND_OUT" "$R/out"
	fi
	for f in resolv.conf hosts; do
		[ -e "/etc/$f" ] || continue
		: >>"$R/etc/$f"
		mount --bind "/etc/$f" "$R/etc/$f"
	done
	cd "$R"
	pivot_root . .
	umount -l .
	exec env -i --default-signal=INT,QUIT HOME=/root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin UNDERCROFT_ROOT=1 \
		sh -c "cd /src && exec env \"\$@\"" sh "$@"
' sh "$@" <&3 3<&- &
u=$!
trap 'kill -KILL $u 2>/dev/null || :' INT TERM HUP EXIT
rc=0
wait $u || rc=$?
exit $rc
