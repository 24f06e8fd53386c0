# SPDX-License-Identifier: GPL-2.0-or-later
# Shell functions of the small dom0: used by its init and by the tests that run in it.

# arg NAME: the value of NAME= on the kernel command line; status 1 when it is not there.
arg()
{
	local w
	for w in $(cat /proc/cmdline); do
		case "$w" in
		"$1="*)
			echo "${w#*=}"
			return 0
			;;
		"$1")
			return 0
			;;
		esac
	done
	return 1
}

# stage NAME: how far the start is, with the kernel's clock.
stage()
{
	echo "UNDERCROFT-STAGE $1 $(cut -d' ' -f1 /proc/uptime)"
}

# The results of a test, one line each; the runner counts them.
pass() { echo "PASS $1"; }
fail() { echo "FAIL $1${2:+: $2}"; }
skip() { echo "SKIP $1${2:+: $2}"; }

# check NAME COMMAND...: passes when the command's status is 0; shows its output otherwise.
check()
{
	local name=$1 out rc=0
	shift
	out=$("$@" 2>&1) || rc=$?
	if [ $rc = 0 ]; then
		pass "$name"
	else
		printf '%s\n' "$out" | tail -n 20 | sed 's/^/  | /'
		fail "$name" "status $rc of: $*"
	fi
	return $rc
}

# wait_for SECONDS COMMAND...: repeats the command until it succeeds.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

power_off()
{
	echo "UNDERCROFT-END"
	sync
	if [ "${1:-}" = reboot ]; then
		busybox reboot -f
	else
		busybox poweroff -f
	fi
	sleep 60
}

# The disk that holds a test: a tar archive (magic at 257) whose first member is uc-test/.
find_test_disk()
{
	local d
	for d in /sys/block/*; do
		d=/dev/${d##*/}
		case "$d" in
		/dev/loop* | /dev/ram* | /dev/sr* | /dev/fd*)
			continue
			;;
		esac
		[ -b "$d" ] || continue
		if [ "$(head -c 8 "$d" 2>/dev/null | tr -d '\0')" = "uc-test/" ]; then
			echo "$d"
			return 0
		fi
	done
}

# Xen's daemons, in the order of Debian's own init script.
start_xen()
{
	local store

	modprobe -abq xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-netback xen-blkback \
		xen-acpi-processor xen-pciback 2>/dev/null
	mountpoint -q /proc/xen || mount -t xenfs xenfs /proc/xen
	mkdir -p /run/xen /run/xenstored /var/lib/xen /var/lib/xenstored /var/log/xen/console
	store=$(arg uc.store) || store=xenstored
	XENBIN=/usr/lib/xen-4.20/bin
	case "$store" in
	oxenstored)
		"$XENBIN/oxenstored" --pid-file /run/xen/xenstored.pid
		;;
	*)
		"$XENBIN/xenstored" --pid-file /run/xen/xenstored.pid
		;;
	esac || echo "UNDERCROFT-FAIL $store did not start"
	wait_for 20 xenstore-read -s / || echo "UNDERCROFT-FAIL no answer from $store"
	"$XENBIN/xen-init-dom0" >/dev/null || echo "UNDERCROFT-FAIL xen-init-dom0"
	stage xenstore
	"$XENBIN/xenconsoled" --pid-file=/run/xen/xenconsoled.pid --log=all --log-dir=/var/log/xen/console ||
		echo "UNDERCROFT-FAIL xenconsoled did not start"
	# Disks of type qdisk (qcow2) are served by one QEMU for all guests.
	if [ -x /usr/libexec/xen-qemu-system-i386 ] && ! arg uc.noqemu >/dev/null; then
		setsid /usr/libexec/xen-qemu-system-i386 -xen-domid 0 -xen-attach -name dom0 -nographic -M xenpv \
			-daemonize -monitor /dev/null -serial /dev/null -parallel /dev/null -nodefaults \
			-no-user-config -pidfile /run/xen/qemu-dom0.pid </dev/null >/var/log/xen/qemu-dom0.log 2>&1 &
	fi
	# The guests' LAN.
	ip link add xenbr0 type bridge && ip addr add 10.77.0.1/24 dev xenbr0 && ip link set xenbr0 up
	stage xen
}

# guest_cfg NAME FILE [LINE...]: writes an xl configuration of a small PVH guest; further lines
# override or add.
guest_cfg()
{
	local name=$1 file=$2
	shift 2
	{
		echo "name = \"$name\""
		echo 'type = "pvh"'
		echo 'kernel = "/guest/vmlinux"'
		echo 'ramdisk = "/guest/initrd.img"'
		echo 'memory = 128'
		echo 'vcpus = 1'
		printf '%s\n' "$@"
	} >"$file"
}

# console_has GUEST TEXT: has the guest's console log got the text?
console_has()
{
	grep -aqF "$2" "/var/log/xen/console/guest-$1.log"
}
