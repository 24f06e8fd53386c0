# SPDX-License-Identifier: GPL-2.0-or-later
# Rules of the test programs: guest kernels, host unit tests, fuzz entries, proofs, bench. Included
# by the top Makefile; alone (make -f tests/rules.mk O=... guest-tests) it works inside the root too.

O ?= build
Q ?= @
say ?= @printf '  %-7s %s\n'

include tests/guest/Makefile
include tests/host/Makefile
include tests/fuzz/Makefile
include tests/proof/Makefile

t-warnings := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wimplicit-fallthrough -Wno-format-zero-length -Werror

# ---- tests/guest: one kernel per folder --------------------------------------------------------
g-out := $(O)/tests/guest
g-bins := $(patsubst %,$(g-out)/%.elf,$(guest-tests) $(if $(wildcard tests/bench/main.c),bench))
g-lib := $(guest-lib:%=$(g-out)/lib/%)
g-abi := $(O)/tests/abi
g-cflags := -std=gnu11 -O2 -g $(t-warnings) -Itests/guest/lib -isystem $(g-abi) \
	-ffreestanding -fno-builtin -Wno-array-bounds -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie -mcmodel=small \
	-fno-stack-protector -fno-strict-aliasing -fcf-protection=none -fno-asynchronous-unwind-tables \
	-nostdinc -isystem $(shell gcc -print-file-name=include)
g-ldflags := -nostdlib -static -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments \
	--build-id=none
g-base-reloc := 0x60000000

.PHONY: guest-tests
guest-tests: $(g-bins)

$(g-abi)/xen:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/xen $@

$(g-out)/lib/%.o: tests/guest/lib/%.c tests/rules.mk | $(g-abi)/xen
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)gcc $(g-cflags) -MMD -MP -c -o $@ $<

$(g-out)/lib/%.o: tests/guest/lib/%.S tests/rules.mk
	$(say) AS $<
	@mkdir -p $(@D)
	$(Q)gcc -m64 -Itests/guest/lib -MMD -MP -c -o $@ $<

$(g-out)/lib/start-reloc.o: tests/guest/lib/start.S tests/rules.mk
	@mkdir -p $(@D)
	$(Q)gcc -m64 -DRELOC -Itests/guest/lib -MMD -MP -c -o $@ $<

$(g-out)/%/main.o: tests/guest/%/main.c tests/rules.mk | $(g-abi)/xen
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)gcc $(g-cflags) -DTEST_NAME='"$*"' -MMD -MP -c -o $@ $<

$(g-out)/bench/main.o: tests/bench/main.c tests/rules.mk | $(g-abi)/xen
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)gcc $(g-cflags) -DTEST_NAME='"bench"' -MMD -MP -c -o $@ $<

$(g-out)/guest.lds: tests/guest/lib/guest.lds.S tests/rules.mk
	@mkdir -p $(@D)
	$(Q)gcc -E -P -o $@ $<

$(g-out)/guest-reloc.lds: tests/guest/lib/guest.lds.S tests/rules.mk
	@mkdir -p $(@D)
	$(Q)gcc -E -P -DLINK_BASE=$(g-base-reloc) -o $@ $<

g-link = ld $(g-ldflags) -T $(1) -o $@.debug $(2) && objcopy --strip-all $@.debug $@
$(g-out)/boot-reloc.elf: $(g-out)/boot-reloc/main.o $(g-out)/lib/start-reloc.o $(g-lib) $(g-out)/guest-reloc.lds
	$(Q)$(call g-link,$(g-out)/guest-reloc.lds,$(g-out)/lib/start-reloc.o $(filter-out %/start.o,$(g-lib)) $<)

$(g-out)/%.elf: $(g-out)/%/main.o $(g-lib) $(g-out)/guest.lds
	$(Q)$(call g-link,$(g-out)/guest.lds,$(g-lib) $<)

.SECONDARY:
-include $(wildcard $(g-out)/*/*.d)

# ---- tests/host: real hypervisor files under sanitizers ----------------------------------------
h-out := $(O)/tests/host
host-bins := $(host-tests:%=$(h-out)/%)
san := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
h-cpp := -DHV_HOST_TEST -D__XEN_TOOLS__ -DUNDERCROFT -DCONFIG_DEBUG -Itests/host/include \
	-Ihypervisor/include -isystem $(g-abi)
h-warn := -Wall -Wextra -Wno-unused-parameter -Werror
# As in the hypervisor: no headers of the C library.
h-hv-cflags := -std=gnu11 -O1 -g $(h-warn) $(h-cpp) -nostdinc -isystem $(shell gcc -print-file-name=include) \
	-include hypervisor/include/hv/config.h -ffreestanding
h-cflags := -std=gnu11 -O1 -g $(h-warn) $(h-cpp) -include tests/host/first.h -include hypervisor/include/hv/config.h -Itests/host

.PHONY: host-tests
host-tests: $(host-bins)

$(h-out)/hv/%.o: hypervisor/%.c tests/rules.mk | $(g-abi)/xen
	$(say) CC "$< (host)"
	@mkdir -p $(@D)
	$(Q)gcc $(h-hv-cflags) $(san) -MMD -MP -c -o $@ $<
	$(Q)objcopy --redefine-syms=tests/host/rename.syms $@

$(h-out)/%.o: tests/host/%.c tests/rules.mk | $(g-abi)/xen
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)gcc $(h-cflags) $(san) -MMD -MP -c -o $@ $<

# Names that the C library has too are changed in the objects (rename.syms).
h-common := $(addprefix $(h-out)/hv/lib/,sort.o string.o vsnprintf.o)
define host-program
$(h-out)/$(1): $(h-out)/$(1).o $(h-out)/fakes.o $$(sort $$(host-src-$(1):%=$(h-out)/hv/%) $(h-common))
	$$(Q)gcc $(san) -o $$@ $$^ -lcmocka
endef
$(foreach t,$(host-tests),$(eval $(call host-program,$(t))))
-include $(wildcard $(h-out)/*.d $(h-out)/hv/*/*.d $(h-out)/hv/*/*/*.d)

# ---- tests/fuzz: libFuzzer over the same files -------------------------------------------------
f-out := $(O)/tests/fuzz
fuzz-bins := $(fuzz-tests:%=$(f-out)/%)
f-san := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
f-common := $(addprefix $(f-out)/hv/lib/,sort.o string.o vsnprintf.o)
f-hv-cflags := -std=gnu11 -O1 -g $(h-warn) $(h-cpp) -nostdinc -isystem $(shell clang -print-resource-dir)/include \
	-include hypervisor/include/hv/config.h -ffreestanding -Wno-unused-function -Wno-unknown-warning-option

.PHONY: fuzz-tests
fuzz-tests: $(fuzz-bins)

$(f-out)/hv/%.o: hypervisor/%.c tests/rules.mk | $(g-abi)/xen
	$(say) CC "$< (fuzz)"
	@mkdir -p $(@D)
	$(Q)clang $(f-hv-cflags) $(f-san) -MMD -MP -c -o $@ $<
	$(Q)objcopy --redefine-syms=tests/host/rename.syms $@

$(f-out)/%.o: tests/fuzz/%.c tests/rules.mk | $(g-abi)/xen
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)clang $(h-cflags) $(f-san) -Wno-unknown-warning-option -MMD -MP -c -o $@ $<

$(f-out)/fakes.o: tests/host/fakes.c tests/rules.mk
	@mkdir -p $(@D)
	$(Q)clang $(h-cflags) $(f-san) -MMD -MP -c -o $@ $<

define fuzz-program
$(f-out)/$(1): $(f-out)/$(1).o $(f-out)/fakes.o $$(sort $$(fuzz-src-$(1):%=$(f-out)/hv/%) $(f-common))
	$$(Q)clang -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $$@ $$^
endef
$(foreach t,$(fuzz-tests),$(eval $(call fuzz-program,$(t))))
-include $(wildcard $(f-out)/*.d $(f-out)/hv/*/*.d $(f-out)/hv/*/*/*.d)
