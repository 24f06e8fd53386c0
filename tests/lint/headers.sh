#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each header of the hypervisor compiles alone, and its guard is its path in capitals.
set -u
rc=0
abi=$(mktemp -d)
ln -s /usr/include/xen "$abi/xen"
flags="-nostdinc -Ihypervisor/include -isystem $abi -isystem $(gcc -print-file-name=include) -D__XEN_TOOLS__
	-std=gnu11 -ffreestanding -mcmodel=kernel -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -Wall -Wextra -Wundef -Werror
	-Wno-unused-function -fsyntax-only"
[ ! -e hypervisor/include/hv/config.h ] || flags="$flags -include hypervisor/include/hv/config.h"
for h in hypervisor/include/hv/*.h hypervisor/include/asm/*.h; do
	echo "#include <${h#hypervisor/include/}>" >"$abi/alone.c"
	# shellcheck disable=SC2086
	if ! gcc $flags "$abi/alone.c" 2>"$abi/err"; then
		echo "$h does not compile alone:"
		head -n 4 "$abi/err"
		rc=1
	fi
done
rm -rf "$abi"
exit $rc
