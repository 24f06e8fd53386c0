# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's xl, unmodified, through a guest's life: every everyday verb, and its effect.
# machine: cpus=1 mem=2048 timeout=900
. /usr/lib/undercroft/lib.sh

free_mb() { xl info free_memory; }
state() { xl list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'; }
gone() { ! xl list "$1" >/dev/null 2>&1; }
up() { wait_for 180 console_has "$1" GUEST-READY; }

check info sh -c 'xl info >/tmp/info && grep -q "^xen_major *: 4" /tmp/info && grep -q hvm-3.0-x86_64 /tmp/info'
check info-caps grep -q '^virt_caps.*hvm.*hap' /tmp/info
check info-memory sh -c 'test "$(xl info total_memory)" -gt 1900'
check info-scheduler grep -q '^xen_scheduler *: credit2' /tmp/info
check list sh -c 'xl list | grep -q "^Domain-0 *0 "'
check list-long sh -c 'xl list -l Domain-0 | grep -q domid'
check vcpu-list-dom0 sh -c 'xl vcpu-list Domain-0 | grep -q "^Domain-0 *0 *0 "'
check uptime sh -c 'xl uptime | grep -q Domain-0'
check dmesg sh -c 'xl dmesg | grep -qi -e xen -e undercroft'
check debug-keys xl debug-keys h

before=$(free_mb)
guest_cfg life /tmp/life.cfg 'vcpus = 2' 'memory = 128' 'extra = "console=hvc0 quiet"'
if ! check create xl create -q /tmp/life.cfg; then
	xl dmesg | grep -e '(HV)' -e '(XEN)' | tail -n 10
	exit 0
fi
check console-log up life
check console sh -c '(sleep 1; echo; echo "echo typed-\$((40 + 2))"; sleep 4) | timeout 12 script -qec "xl console life" /dev/null | grep -q typed-42'
check list-guest sh -c 'test "$(xl list life | awk "NR == 2 { print \$3 }")" = 128 -o "$(xl list life | awk "NR == 2 { print \$3 }")" = 127'
check guest-cpus console_has life 'GUEST-FACT cpus 2'
check domid sh -c 'test "$(xl domid life)" -ge 1 && test "$(xl domname $(xl domid life))" = life'
check duplicate-name sh -c '! xl create -q /tmp/life.cfg 2>/tmp/err && grep -q "already exists" /tmp/err'
check pause sh -c 'xl pause life && xl list life | grep -q -- "p---"'
check unpause sh -c 'xl unpause life && ! xl list life | grep -q -- "p---"'
check vcpu-list sh -c 'test "$(xl vcpu-list life | wc -l)" = 3'
check vcpu-pin sh -c 'xl vcpu-pin life 0 0 && xl vcpu-list life | awk "\$3 == 0" | grep -q -e " 0 */ " -e " all */ "'
check vcpu-set sh -c 'xl vcpu-set life 1'
check vcpu-set-effect wait_for 20 sh -c 'xl vcpu-list life | awk "\$3 == 1" | grep -q -- "p"'
check vcpu-set-back sh -c 'xl vcpu-set -i life 2'
check sched-credit2 sh -c 'xl sched-credit2 -d life -w 512 && xl sched-credit2 -d life | grep -q "512"'
check sched-credit2-cap sh -c 'xl sched-credit2 -d life -c 50 && xl sched-credit2 -d life | grep -q " 50 *$" && xl sched-credit2 -d life -c 0'
check mem-set sh -c 'xl mem-set life 96m'
check mem-set-effect wait_for 30 sh -c 'test "$(xl list life | awk "NR == 2 { print \$3 }")" -le 100'
check mem-set-back sh -c 'xl mem-set life 128m'
check top sh -c 'xentop -b -i 1 | grep -q "life"'
check rename sh -c 'xl rename life life2 && xl list life2 && xl rename life2 life'
check block-attach xl block-attach life format=raw,vdev=xvdb,access=rw,target=/guest/disk.img
check block-list wait_for 20 sh -c 'xl block-list life | grep -q "51728.* 4 "'
check block-detach xl block-detach life xvdb
check network-attach xl network-attach life bridge=xenbr0
check network-list sh -c 'xl network-list life | grep -q "00:16:3e"'
check network-detach xl network-detach life 0
check reboot xl reboot life
check reboot-effect wait_for 150 sh -c 'test "$(grep -ac GUEST-READY /var/log/xen/console/guest-life.log)" -ge 2'
check shutdown xl shutdown life
check shutdown-effect wait_for 40 sh -c '! xl list life'
check create-paused xl create -q -p /tmp/life.cfg
check destroy xl destroy life
check destroy-effect wait_for 20 sh -c '! xl list life'
check destroy-nothing sh -c '! xl destroy life 2>/tmp/err && test -s /tmp/err'
check xenstore-clean sh -c '! xenstore-ls | grep -q "life"'
wait_for 20 sh -c "test \$(xl info free_memory) -ge $((before - 1))"
after=$(free_mb)
check memory-back test "$after" -ge $((before - 1))
check crash sh -c 'sed "s/^extra.*/extra = \"console=hvc0 quiet uc.end=crash\"/; \$a on_crash = \"destroy\"" /tmp/life.cfg >/tmp/crash.cfg; xl create -q /tmp/crash.cfg'
check crash-effect wait_for 60 sh -c '! xl list life'

# More memory allowed than given: the guest starts with less and can grow.
guest_cfg grow /tmp/grow.cfg 'memory = 128' 'maxmem = 192' 'extra = "console=hvc0 quiet"'
if check create-maxmem xl create -q /tmp/grow.cfg; then
	check maxmem-up up grow
	check maxmem-grow sh -c 'xl mem-set grow 160m'
	check maxmem-effect wait_for 30 sh -c 'test "$(xl list grow | awk "NR == 2 { print \$3 }")" -ge 155'
	xl destroy grow
fi

# Bad configurations: xl's ordinary message, and nothing left behind.
guest_cfg bad /tmp/bad1.cfg 'kernel = "/guest/no-such-kernel"'
check no-kernel sh -c '! xl create -q /tmp/bad1.cfg 2>/tmp/err && grep -qi "no such file" /tmp/err'
guest_cfg bad /tmp/bad2.cfg 'memory = 65536'
check too-much-memory sh -c '! xl create -q /tmp/bad2.cfg 2>/tmp/err && grep -qi memory /tmp/err'
guest_cfg bad /tmp/bad3.cfg 'disk = [ "/guest/no-such-disk,raw,xvda,rw" ]'
check no-disk sh -c '! xl create -q /tmp/bad3.cfg 2>/tmp/err && test -s /tmp/err'
guest_cfg bad /tmp/bad4.cfg 'kernel = "/guest/disk.img"'
check not-a-kernel sh -c '! xl create -q /tmp/bad4.cfg 2>/tmp/err && test -s /tmp/err'
guest_cfg bad /tmp/bad5.cfg 'vcpus = 4096'
check too-many-vcpus sh -c '! xl create -q /tmp/bad5.cfg 2>/tmp/err && test -s /tmp/err'
check nothing-left sh -c 'test "$(xl list | wc -l)" = 2 && ! xenstore-ls | grep -q bad'
wait_for 10 sh -c "test \$(xl info free_memory) -ge $((before - 1))"
check memory-back-again test "$(free_mb)" -ge $((before - 1))
