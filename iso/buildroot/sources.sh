#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints a sources.list for Debian 13 (trixie, trixie-updates, trixie-security).
#
# The archive's address is the one this machine already uses: taken from its apt
# sources (one-line and deb822 form), or from MIRROR= and MIRROR_SECURITY= of the
# environment (Makefile.conf). Nothing else of the host's configuration is used.
set -eu

SUITE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
COMPONENTS="main non-free-firmware"

# Every (uri, suite) pair that the host's apt knows, one per line.
host_sources()
{
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$f" ] || continue
		sed -n 's/^[[:space:]]*deb[[:space:]]\{1,\}\(\[[^]]*\]\)\{0,1\}[[:space:]]*//p' "$f" |
			awk '{ print $1, $2 }'
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -r "$f" ] || continue
		awk '
			function flush(  i, j, nu, ns, u, s) {
				if (types ~ /(^| )deb( |$)/ && enabled != "no") {
					nu = split(uris, u, " "); ns = split(suites, s, " ")
					for (i = 1; i <= nu; i++)
						for (j = 1; j <= ns; j++)
							print u[i], s[j]
				}
				types = uris = suites = enabled = key = ""
			}
			/^#/ { next }
			/^[[:space:]]*$/ { flush(); next }
			/^[^[:space:]]/ {
				key = tolower($0); sub(/:.*/, "", key)
				val = $0; sub(/^[^:]*:[[:space:]]*/, "", val)
			}
			/^[[:space:]]/ { val = $0 }
			key == "types" { types = types " " val }
			key == "uris" { uris = uris " " val }
			key == "suites" { suites = suites " " val }
			key == "enabled" { enabled = tolower(val) }
			END { flush() }
		' "$f"
	done
}

# A list of mirrors (mirror+file:) stands for its first entry: the file is not there in the root.
resolve()
{
	case "$1" in
	mirror+file:*)
		awk '!/^#/ && NF { print $1; exit }' "${1#mirror+file:}"
		;;
	*)
		echo "$1"
		;;
	esac
}

# first PATTERN: the first URI of the host whose suite matches the awk pattern.
first()
{
	host_sources | awk -v want="$1" '$2 ~ want { print $1; exit }'
}

archive="${MIRROR:-}"
security="${MIRROR_SECURITY:-}"
names='(bullseye|bookworm|trixie|forky|sid|stable|oldstable|testing|unstable)'
if [ -z "$archive" ]; then
	archive=$(host_sources | awk -v n="^$names(-updates)?\$" '
		$2 ~ n && $1 ~ /debian\/?$/ { print $1; exit }')
	[ -n "$archive" ] || archive=$(host_sources | awk -v n="^$names(-updates)?\$" '
		$2 ~ n && $1 ~ /^mirror/ { print $1; exit }')
fi
if [ -z "$security" ]; then
	security=$(first "^$names(-security|/updates)\$")
fi
archive=$(resolve "${archive%/}")
if [ -z "$archive" ]; then
	echo "The apt sources of this machine name no Debian archive." >&2
	echo "Set MIRROR=http://... in Makefile.conf to the Debian archive you use." >&2
	exit 1
fi
[ -n "$security" ] || security="$archive-security"
security=$(resolve "${security%/}")
if [ ! -r $KEYRING ]; then
	echo "The package debian-archive-keyring is not installed." >&2
	exit 1
fi

echo "deb [signed-by=$KEYRING] $archive $SUITE $COMPONENTS"
echo "deb [signed-by=$KEYRING] $archive $SUITE-updates $COMPONENTS"
echo "deb [signed-by=$KEYRING] $security $SUITE-security $COMPONENTS"
