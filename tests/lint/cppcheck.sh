#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cppcheck finds nothing in the hypervisor. Suppressions name their reason in cppcheck.allow.
set -u
abi=$(mktemp -d)
trap 'rm -rf "$abi"' EXIT
ln -s /usr/include/xen "$abi/xen"
cppcheck -q --std=c11 --language=c --platform=unix64 -j "$(nproc)" --enable=warning,portability --inline-suppr \
	--suppressions-list=tests/lint/cppcheck.allow -D__XEN_TOOLS__ -D__x86_64__ -D__GNUC__=14 -DCONFIG_DEBUG \
	-Ihypervisor/include --error-exitcode=1 \
	--template='{file}:{line}: {severity}: {message} [{id}]' \
	$(git -c safe.directory='*' ls-files 'hypervisor/*.c') 2>&1
