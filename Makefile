# SPDX-License-Identifier: GPL-2.0-or-later
# The only Makefile to call. Outside the Debian 13 build root it makes the root when needed and
# runs the same goals inside it; inside it builds. Each folder's Makefile only lists files.
#
#   make [all|hypervisor|iso]        build                 make run [HV=xen]     boot the ISO in QEMU
#   make check|check-host|check-boot|check-long|bench      tests, see docs/TESTING.md
#   make lint|format|check-headers|fuzz                    source checks
#   make clean|distclean             forget what was built / the build root too
#
# V=1 shows commands, O=dir builds elsewhere, Makefile.conf holds local settings (an example is in
# Makefile.conf.example).

-include Makefile.conf

O ?= build
ROOT ?= build/root
HV ?= ours
V ?= 0
debug ?= y
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

goals := all hypervisor dom0 images images-locked iso run shell check check-host check-boot check-long bench lint \
	format check-headers fuzz proof

ifneq ($(UNDERCROFT_ROOT),1)
# ---- on the host: enter the build root ---------------------------------------------------------

export MIRROR MIRROR_SECURITY
asked := $(or $(MAKECMDGOALS),all)
inside := $(filter-out clean distclean root help,$(asked))
# An output folder outside the tree appears inside the root as /out.
abs_o := $(abspath $(O))
ifneq ($(filter $(CURDIR)/%,$(abs_o)),)
  inner_o := $(patsubst $(CURDIR)/%,%,$(abs_o))
else
  inner_o := /out
  export BIND_OUT := $(abs_o)
endif
passed = $(filter-out O=% ROOT=%,$(MAKEOVERRIDES))
jobs = $(or $(filter -j%,$(MAKEFLAGS)),-j$(shell nproc))

# No shell between make and the script, and TERM to it when make dies in whatever way.
reaped := exec setpriv --pdeathsig TERM env

.PHONY: root enter clean distclean help $(inside)
.NOTPARALLEL:

root:
	@$(reaped) iso/buildroot/make-root.sh $(ROOT)

enter: root
	@mkdir -p $(O)
	@$(reaped) KEEP_ENV="CI SOURCE_DATE_EPOCH" iso/buildroot/enter.sh $(ROOT) . make $(jobs) \
		$(filter -k k,$(firstword -$(MAKEFLAGS))) O=$(inner_o) ROOT=$(ROOT) HV=$(HV) V=$(V) debug=$(debug) \
		$(passed) $(inside)

$(inside): enter
	@:

clean:
	@echo "  CLEAN   $(O)"
	@find $(O) -mindepth 1 -maxdepth 1 ! -name 'root*' ! -name cache -exec rm -rf --one-file-system {} + 2>/dev/null || :

distclean:
	rm -rf --one-file-system $(O) $(ROOT)* build

help:
	@sed -n 's/^#   /  /p' Makefile

else
# ---- inside the build root ---------------------------------------------------------------------

ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @printf '  %-7s %s\n'
endif

export O HV V
export PYTHONDONTWRITEBYTECODE := 1
export SOURCE_DATE_EPOCH ?= $(shell git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || echo 1750000000)

.PHONY: $(goals)
all: hypervisor iso

include hypervisor/Makefile
include dom0/Makefile
include iso/Makefile
include tests/Makefile

endif
