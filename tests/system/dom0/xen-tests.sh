# SPDX-License-Identifier: GPL-2.0-or-later
# Xen's own test programs of Debian's xen-utils, and its tools as probes of the ABI.
# machine: cpus=1 mem=2048 timeout=240
. /usr/lib/undercroft/lib.sh

bin=/usr/lib/xen-4.20/bin
for t in test-resource test-paging-mempool test-cpu-policy test-tsx test-xenstore; do
	if [ -x $bin/$t ]; then
		check $t timeout 60 $bin/$t
	else
		skip $t "not in this package"
	fi
done
for t in xen-cpuid xen-diag xen-hvmcrash; do
	p=$(command -v $t || echo $bin/$t)
	[ -x "$p" ] || continue
	case $t in
	xen-cpuid) check xen-cpuid timeout 30 "$p" -p ;;
	esac
done
check xenpm timeout 20 sh -c 'xenpm get-cpu-topology || xenpm get-cpuidle-states'
check xl-cpupool sh -c 'xl cpupool-list | grep -q Pool-0'
check xenstore-permissions sh -c 'xenstore-write /tool/x 1 && test "$(xenstore-read /tool/x)" = 1 && xenstore-rm /tool/x'
