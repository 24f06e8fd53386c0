#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every C file is as clang-format writes it (make format), every source file begins with its
# licence, and none has blanks at a line's end.
set -u
rc=0
files=$(git -c safe.directory='*' ls-files '*.c' '*.h')
# shellcheck disable=SC2086
bad=$(for f in $files; do clang-format --dry-run --Werror "$f" >/dev/null 2>&1 || echo "$f"; done)
if [ -n "$bad" ]; then
	echo "not as clang-format writes it (run make format):"
	printf '  %s\n' $bad
	rc=1
fi
sources=$(git -c safe.directory='*' ls-files '*.c' '*.h' '*.S' '*.py' '*.sh' '*Makefile' '*.mk')
for f in $sources; do
	if ! head -n 2 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later'; then
		echo "$f: no SPDX-License-Identifier in its first two lines"
		rc=1
	fi
done
# shellcheck disable=SC2086
if grep -nE '[[:blank:]]+$' $sources; then
	echo "blanks at the end of these lines"
	rc=1
fi
exit $rc
