# SPDX-License-Identifier: MIT
#
# irqkit's build: one make process, lists in the files.mk, everything written
# below build/. `make help` says what can be asked for.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ARCH ?= x86_64
SMP ?= 4
ACCEL ?= tcg
PREFIX ?= /usr/local
HOSTCC ?= gcc
HOSTCLANG ?= clang$(llvm-suffix)
# How many tests run at a time.
JOBS ?= 2

arches := x86_64 arm64

# ---- what was asked for

ifeq ($(filter $(ARCH),$(arches)),)
$(error ARCH=$(ARCH): there is no such architecture, only: $(arches))
endif
ifneq ($(filter run,$(MAKECMDGOALS)),)
ifeq ($(filter $(SMP),$(shell seq 1 64)),)
$(error SMP=$(SMP): the number of CPUs is from 1 to 64)
endif
ifeq ($(filter $(ACCEL),tcg kvm),)
$(error ACCEL=$(ACCEL): there is no such accelerator, only: tcg kvm)
endif
endif

# The tools have to be there before the first object; that is the goal's
# business, so that a plain `make lib` asks for nothing.
setup-goal := $(if $(filter test check,$(MAKECMDGOALS)),setup-test) \
	$(if $(filter coverage,$(MAKECMDGOALS)),setup-coverage) \
	$(if $(filter bench,$(MAKECMDGOALS)),setup-bench) \
	$(if $(filter callgrind,$(MAKECMDGOALS)),setup-callgrind) \
	$(if $(filter run,$(MAKECMDGOALS)),setup-run)

# ---- sources

include src/files.mk
include arch/files.mk
include boot/files.mk
include tests/files.mk

lib-sources = $(core-sources) $(common-sources) $(firmware-sources) \
	$(backend-sources-$1)

# ---- tools

Q := $(if $(filter 1,$(V)),,@)
# $(call say,WORD,WHAT): the short line of a step.
say = $(if $(Q),@printf '  %-7s %s\n' '$1' '$2')

host-arch := $(patsubst aarch64,arm64,$(shell uname -m))
gnu-x86_64 := x86_64-linux-gnu
gnu-arm64 := aarch64-linux-gnu
# Not every distribution has a cross compiler by the first name.
first-here = $(firstword $(foreach p,$1,$(if $(shell \
	command -v $pgcc),$p)) $1)
cross-x86_64 := $(call first-here,x86_64-linux-gnu- x86_64-elf-)
cross-arm64 := $(call first-here,aarch64-linux-gnu- aarch64-none-elf-)
image-suffix-x86_64 := elf
image-suffix-arm64 := img
boot-folder-x86_64 := boot/x86
boot-folder-arm64 := boot/arm64
qemu-x86_64 := qemu-system-x86_64
qemu-arm64 := qemu-system-aarch64

# LLVM=1 takes clang, LLVM=-15 takes clang-15.
llvm-suffix := $(filter -%,$(LLVM))

# CROSS_COMPILE names the tools of the one architecture that is asked for.
prefix = $(if $(and $(filter $1,$(ARCH)),$(filter-out \
	undefined,$(origin CROSS_COMPILE))),$(CROSS_COMPILE),$(if $(filter \
	$1,$(host-arch)),,$(cross-$1)))

gnu-cc = $(call prefix,$1)gcc
gnu-ld = $(call prefix,$1)ld
gnu-ar = $(call prefix,$1)ar
gnu-nm = $(call prefix,$1)nm
gnu-objcopy = $(call prefix,$1)objcopy
gnu-objdump = $(call prefix,$1)objdump
llvm-cc = clang$(llvm-suffix) --target=$(gnu-$1)
llvm-ld = ld.lld$(llvm-suffix)
llvm-ar = llvm-ar$(llvm-suffix)
llvm-nm = llvm-nm$(llvm-suffix)
llvm-objcopy = llvm-objcopy$(llvm-suffix)
llvm-objdump = llvm-objdump$(llvm-suffix)
# The second compiler alone, beside the first one's other tools.
clang-cc = $(llvm-cc)
clang-ar = $(call $(default-tools)-ar,$1)
default-tools := $(if $(LLVM),llvm,gnu)

# ---- flags

warnings := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wmissing-declarations -Wold-style-definition -Wshadow -Wundef -Wvla \
	-Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough
# GCC pads loops and jumps with instructions that do nothing but are executed.
flags-gnu := -fno-align-loops -fno-align-jumps -fno-align-labels
flags-llvm := -Wthread-safety
warnings-clang := $(warnings-llvm)

free-flags := -std=gnu11 -ffreestanding -fno-common -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fomit-frame-pointer -mgeneral-regs-only -O2 -g
free-flags-x86_64 := -mno-red-zone
free-flags-arm64 := -mno-outline-atomics
# How a kernel's own code is addressed; a relocatable kernel asks for PIC=1.
place-x86_64 := -fno-pic -mcmodel=kernel
place-arm64 := -fno-pic

# The reference kernel and the tests see public headers and their own folders
# only. The library finds the configuration by its path from the top.
boot-config := boot/irqkit_config.h
app-includes = -Iinclude -Iboot -Itests
lib-includes := -I. -Iinclude
config-flag = $(if $1,-DIRQKIT_CONFIG_FILE='"$1"')

# $(call stamp,COMPILER,FLAGS): rewrites $@ when the compiler or its flags are
# other ones than last time; objects depend on it.
define stamp
@mkdir -p $(@D)
@command -v $(firstword $1) >/dev/null || { \
	echo "no $(firstword $1) here; \`make setup' gets the usual tools" >&2; exit 1; }
@{ $(firstword $1) --version | head -n 1; \
	printf '%s\n' $(call shell-quote,$1 $2); } >$@.new; \
if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
endef
shell-quote = '$(subst ','\'',$1)'

all-objects :=

# ---- a build of the library for one machine, and the guests around it
#
# $(call variant,NAME,ARCH,TOOLS,FLAGS,CONFIG,PLACE): the archive
# build/NAME/libirqkit.a, and its single-file form build/NAME/irqkit.c.
define variant
$1-cc := $(call $3-cc,$2)
$1-arch := $2
$1-lib-flags := $(warnings) $(flags-$3) $(free-flags) $(free-flags-$2) \
	$6 $4 $(call config-flag,$5) $(lib-includes)
$1-lib-objects := $(patsubst %,build/$1/%.o,$(call lib-sources,$2))
all-objects += $$($1-lib-objects) build/$1/irqkit.o

build/$1/flags: FORCE | $(setup-goal)
	$$(call stamp,$$($1-cc),$$($1-lib-flags) $$($1-app-flags))

$$($1-lib-objects): build/$1/%.o: % build/$1/flags | $(setup-goal)
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$$($1-cc) $$($1-lib-flags) -MMD -MP -c -o $$@ $$<

build/$1/libirqkit.a: $$($1-lib-objects) build/$1/flags
	$$(call say,AR,$$@)
	$(Q)rm -f $$@
	$(Q)$(call $3-ar,$2) rcsD $$@ $$($1-lib-objects)

build/$1/irqkit.c: $(call lib-sources,$2) scripts/join FORCE
	$$(call say,JOIN,$$@)
	@mkdir -p $$(@D)
	$(Q)scripts/join $(call lib-sources,$2) >$$@.new; \
	if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi

build/$1/irqkit.o: build/$1/irqkit.c build/$1/flags
	$$(call say,CC,$1/irqkit.c)
	$(Q)$$($1-cc) $$($1-lib-flags) -MMD -MP -c -o $$@ $$<

build/$1/installed_config.h: include/irqkit/config.h build/$1/flags \
		scripts/write-config
	$$(call say,CONFIG,$$@)
	$(Q)echo '#include <irqkit/config.h>' | \
		$$($1-cc) $$($1-lib-flags) -dM -E -x c - | \
		scripts/write-config >$$@
endef

# $(call guest,NAME,ARCH,TOOLS,FLAGS): what a variant needs to become images.
define guest
$1-app-flags := $(warnings) $(flags-$3) $(free-flags) $(free-flags-$2) \
	$(place-$2) $4 $(call config-flag,$(notdir $(boot-config))) \
	$(app-includes) -I$(boot-folder-$2) $(boot-cflags-$2)
$1-app-sources := $(boot-sources) $(boot-sources-$2)
endef

# $(call image,NAME,ARCH,TOOLS,PROGRAM,SOURCES): build/NAME/PROGRAM.elf, and on
# arm64 PROGRAM.img, from the reference kernel, SOURCES and the archive.
define image
$1-program-sources += $5
build/$1/$4.elf: $(patsubst %,build/$1/%.o,$(boot-sources) \
		$(boot-sources-$2) $5) build/$1/libirqkit.a \
		$(boot-folder-$2)/kernel.lds
	$$(call say,LD,$$@)
	$(Q)$(call $3-ld,$2) -nostdlib -static --build-id=none \
		-z noexecstack -z max-page-size=4096 $(boot-ldflags-$2) \
		-T $(boot-folder-$2)/kernel.lds -o $$@ \
		$$(filter %.o,$$^) build/$1/libirqkit.a

build/$1/$4.img: build/$1/$4.elf
	$$(call say,OBJCOPY,$$@)
	$(Q)$(call $3-objcopy,$2) -O binary $$< $$@
endef

# $(call programs,NAME): the objects of all images of a variant.
define programs
$1-app-objects := $(patsubst %,build/$1/%.o,$(sort $($1-app-sources) \
	$($1-program-sources)))
all-objects += $$($1-app-objects)
$$($1-app-objects): build/$1/%.o: % build/$1/flags | $(setup-goal)
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$$($1-cc) $$($1-app-flags) -MMD -MP -c -o $$@ $$<
endef

image-of = build/$1/$2.$(image-suffix-$($1-arch))

# $(call machine,ARCH): all variants of one architecture.
#   ARCH, ARCH-debug              the archive a kernel links (CONFIG=, PIC=1)
#   ARCH-guest, ARCH-guest-debug  the reference kernel's demo and tests
#   ARCH-bench                    the same for counting instructions
#   ARCH-clang                    the archive by the other compiler
place = $(if $(filter 1,$(PIC)),-fpic,$(place-$1))
bench-flags = -DIRQKIT_NR_CPUS=64 -DIRQKIT_SEND_STATS=0
test-programs = $(suite-sources) $(guest-test-sources)
define machine
$(call variant,$1,$1,$(default-tools),,$(CONFIG),$(call place,$1))
$(call variant,$1-debug,$1,$(default-tools),-DIRQKIT_DEBUG=1,$(CONFIG),$(call \
	place,$1))
$(call variant,$1-clang,$1,clang,-DIRQKIT_DEBUG=1,$(CONFIG),$(call place,$1))
$(call guest,$1-guest,$1,$(default-tools),)
$(call variant,$1-guest,$1,$(default-tools),,$(boot-config),$(place-$1))
$(call image,$1-guest,$1,$(default-tools),irqkit-demo,$(demo-sources))
$(call image,$1-guest,$1,$(default-tools),irqkit-tests,$(test-programs))
$(call guest,$1-guest-debug,$1,$(default-tools),-DIRQKIT_DEBUG=1)
$(call variant,$1-guest-debug,$1,$(default-tools),-DIRQKIT_DEBUG=1,$(call \
	first,$(boot-config)),$(place-$1))
$(call image,$1-guest-debug,$1,$(default-tools),irqkit-demo,$(demo-sources))
$(call image,$1-guest-debug,$1,$(default-tools),irqkit-tests,$(call \
	first,$(test-programs)))
$(call guest,$1-bench,$1,$(default-tools),$(bench-flags))
$(call variant,$1-bench,$1,$(default-tools),$(bench-flags),$(call \
	first,$(boot-config)),$(place-$1))
$(call image,$1-bench,$1,$(default-tools),irqkit-bench,$(bench-sources))
endef
first = $1

$(foreach a,$(arches),$(eval $(call machine,$a)))
$(foreach a,$(arches),$(foreach v,guest guest-debug bench, \
	$(eval $(call programs,$a-$v))))

# ---- the tests on the host

sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all
hosted-flags := $(warnings) -std=gnu11 -g -fno-omit-frame-pointer
hosted-lib-sources := $(core-sources) $(common-sources) $(firmware-sources) \
	$(host-backend-sources)
hosted-programs := $(filter tests/host/test_%.c,$(host-test-sources))
hosted-app-sources := $(suite-sources) $(host-support-sources) \
	$(filter-out $(hosted-programs),$(host-test-sources))

# $(call host,NAME,COMPILER,FLAGS): the programs build/NAME/tests/host/test_*.
define host
$1-flags := $3 $(host-cflags)
$1-lib-objects := $(patsubst %,build/$1/%.o,$(hosted-lib-sources))
$1-app-objects := $(patsubst %,build/$1/%.o,$(sort $(hosted-app-sources)))
$1-main-objects := $(patsubst %,build/$1/%.o,$(hosted-programs))
$1-programs := $(patsubst %.c,build/$1/%,$(hosted-programs))
all-objects += $$($1-lib-objects) $$($1-app-objects) $$($1-main-objects)

build/$1/flags: FORCE | $(setup-goal)
	$$(call stamp,$2,$(hosted-flags) $$($1-flags))

$$($1-lib-objects): build/$1/%.o: % build/$1/flags | $(setup-goal)
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$2 $(hosted-flags) -ffreestanding $$($1-flags) $(lib-includes) \
		-MMD -MP -c -o $$@ $$<

$$($1-app-objects) $$($1-main-objects): build/$1/%.o: % build/$1/flags \
		| $(setup-goal)
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$2 $(hosted-flags) $$($1-flags) -Iinclude -Itests \
		-Itests/host -MMD -MP -c -o $$@ $$<

$$($1-programs): build/$1/%: build/$1/%.c.o $$($1-app-objects) \
		$$($1-lib-objects)
	$$(call say,LD,$$@)
	$(Q)$2 $3 -o $$@ $$^ -pthread
endef

$(eval $(call host,host,$(HOSTCC),$(sanitize) -O1 -DIRQKIT_DEBUG=1))
$(eval $(call host,host-clang,$(HOSTCLANG),-O2 -Wthread-safety))
$(eval $(call host,host-coverage,$(HOSTCC),--coverage -O0 -DIRQKIT_DEBUG=1 \
	-DHOST_COVERAGE))

# ---- the tests with threads as CPUs, under the thread sanitizer

# It knows no fences, which fence.h knows, so GCC need not warn of them.
threads-flags := $(hosted-flags) -O1 -fsanitize=thread -Wno-tsan \
	-DIRQKIT_DEBUG=1 $(host-cflags) -include tests/threads/fence.h
threads-lib-objects := $(patsubst %,build/threads/%.o,$(core-sources) \
	$(common-sources))
threads-mains := $(filter tests/threads/test_%.c,$(threads-test-sources))
threads-app-objects := $(patsubst %,build/threads/%.o,$(filter-out \
	$(threads-mains),$(threads-test-sources)) tests/suites/tap.c)
threads-main-objects := $(patsubst %,build/threads/%.o,$(threads-mains))
threads-programs := $(patsubst %.c,build/threads/%,$(threads-mains))
all-objects += $(threads-lib-objects) $(threads-app-objects) \
	$(threads-main-objects)

build/threads/flags: FORCE | $(setup-goal)
	$(call stamp,$(HOSTCC),$(threads-flags))

$(threads-lib-objects) $(threads-app-objects) $(threads-main-objects): \
build/threads/%.o: % build/threads/flags | $(setup-goal)
	$(call say,CC,threads/$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(threads-flags) $(lib-includes) -Itests -MMD -MP -c \
		-o $@ $<

$(threads-programs): build/threads/%: build/threads/%.c.o \
		$(threads-app-objects) $(threads-lib-objects)
	$(call say,LD,$@)
	$(Q)$(HOSTCC) -fsanitize=thread -o $@ $^ -pthread

# ---- the core as callgrind counts it: as a release build, on the host

callgrind-flags := $(warnings) $(flags-gnu) -std=gnu11 -O2 -g $(bench-flags)
callgrind-lib-objects := $(patsubst %,build/callgrind/%.o,$(core-sources))
callgrind-main-object := build/callgrind/tests/bench/callgrind.c.o
all-objects += $(callgrind-lib-objects) $(callgrind-main-object)

build/callgrind/flags: FORCE | $(setup-goal)
	$(call stamp,$(HOSTCC),$(callgrind-flags))

$(callgrind-lib-objects): build/callgrind/%.o: % build/callgrind/flags \
		| $(setup-goal)
	$(call say,CC,callgrind/$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(callgrind-flags) -ffreestanding $(lib-includes) \
		-MMD -MP -c -o $@ $<

$(callgrind-main-object): tests/bench/callgrind.c build/callgrind/flags
	$(call say,CC,callgrind/$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(callgrind-flags) -Iinclude -MMD -MP -c -o $@ $<

build/callgrind/paths: $(callgrind-main-object) $(callgrind-lib-objects)
	$(call say,LD,$@)
	$(Q)$(HOSTCC) -o $@ $^

# ---- what is run: small programs that print TAP, for prove

tap-host := $(patsubst tests/host/%.c,build/tests/host/%.t,$(hosted-programs))
tap-clang := $(patsubst tests/host/%.c,build/tests/host-clang/%.t, \
	$(hosted-programs))
tap-threads := $(patsubst tests/threads/%.c,build/tests/threads/%.t, \
	$(threads-mains))
tap-guest := $(patsubst %,build/tests/guest/%.t, \
	$(shell sed -n 's/^\([a-z][^ \t]*\)[ \t].*/\1/p' tests/guest/runs))
tap-check := $(patsubst %,build/tests/check/%.t, \
	format headers licence symbols-x86_64 symbols-arm64 fences-x86_64 \
	fences-arm64)

# A test on the host has this many seconds, a sanitized one is slow.
host-seconds := 300

build/tests/host/%.t: build/host/tests/host/% scripts/wrap
	@scripts/wrap $@ scripts/run-host $(host-seconds) $<
build/tests/host-clang/%.t: build/host-clang/tests/host/% scripts/wrap
	@scripts/wrap $@ scripts/run-host $(host-seconds) $<
build/tests/threads/%.t: build/threads/tests/threads/% scripts/wrap
	@scripts/wrap $@ scripts/run-host $(host-seconds) $<
build/tests/guest/%.t: tests/guest/runs scripts/wrap-run scripts/wrap
	@scripts/wrap-run tests/guest/runs $* $@
build/tests/check/format.t build/tests/check/headers.t \
build/tests/check/licence.t: build/tests/check/%.t: scripts/wrap
	@scripts/wrap $@ scripts/check-$*
symbols-of = build/$1/libirqkit.a build/$1-debug/libirqkit.a \
	build/$1-clang/libirqkit.a build/$1-guest/libirqkit.a build/$1/irqkit.o
build/tests/check/symbols-x86_64.t: $(call symbols-of,x86_64)
build/tests/check/symbols-arm64.t: $(call symbols-of,arm64)
build/tests/check/symbols-%.t: scripts/wrap
	@scripts/wrap $@ scripts/check-symbols $(call $(default-tools)-nm,$*) \
		$(call symbols-of,$*)

fences-of = build/$1/libirqkit.a build/$1-clang/libirqkit.a \
	build/$1-guest/libirqkit.a build/$1-bench/libirqkit.a
build/tests/check/fences-x86_64.t: $(call fences-of,x86_64)
build/tests/check/fences-arm64.t: $(call fences-of,arm64)
build/tests/check/fences-%.t: scripts/wrap
	@scripts/wrap $@ scripts/check-fences $(call \
		$(default-tools)-objdump,$*) $(call fences-of,$*)

test-images := $(foreach a,$(arches),$(call image-of,$a-guest,irqkit-demo) \
	$(call image-of,$a-guest,irqkit-tests) \
	$(call image-of,$a-guest-debug,irqkit-demo) \
	$(call image-of,$a-guest-debug,irqkit-tests))

# TESTS='guest/x86% host/%' runs a part.
TESTS ?= %
chosen = $(filter $(patsubst %,build/tests/%.t,$(TESTS)),$1)
prove := prove --exec '' --jobs $(JOBS) --timer

include tests/sim/rules.mk tests/weak/rules.mk

# ---- goals

.PHONY: all help lib run test check bench callgrind coverage install single \
	clean distclean setup setup-run setup-test setup-bench setup-callgrind \
	setup-coverage FORCE

have-cc = $(shell command -v $(firstword $(call $(default-tools)-cc,$1)))
all: $(foreach a,$(arches),$(if $(call have-cc,$a), \
	build/$a/libirqkit.a,no-$a))

.PHONY: $(addprefix no-,$(arches))
$(addprefix no-,$(arches)): no-%:
	@echo "not built for $*: no $(firstword $(call $(default-tools)-cc,$*))"

chosen-lib := $(ARCH)$(if $(filter 1,$(DEBUG)),-debug)
chosen-guest := $(ARCH)-guest$(if $(filter 1,$(DEBUG)),-debug)

lib: build/$(chosen-lib)/libirqkit.a

single: build/$(chosen-lib)/irqkit.o

run: $(call image-of,$(chosen-guest),irqkit-demo)
	@scripts/run-guest --arch $(ARCH) --smp $(SMP) --accel $(ACCEL) \
		--image $< --qemu $(call shell-quote,$(QEMU)) \
		--append $(call shell-quote,$(APPEND)) \
		--qemu-args $(call shell-quote,$(QEMU_ARGS))

test: $(tap-check) $(tap-host) $(tap-clang) $(tap-threads) $(tap-guest) \
		$(test-images)
	@$(prove) $(call chosen,$(tap-check) $(tap-host) $(tap-clang) \
		$(tap-threads) $(tap-guest))

check: $(tap-check)
	@$(prove) $(tap-check)

bench: $(foreach a,$(arches),$(call image-of,$a-bench,irqkit-bench))
	@scripts/bench build/bench $(foreach a,$(arches),$a \
		$(call image-of,$a-bench,irqkit-bench) \
		$(call shell-quote,$(firstword $($a-bench-cc))))

callgrind: build/callgrind/paths
	@scripts/callgrind build/callgrind $<

coverage: $(host-coverage-programs)
	@scripts/coverage build/host-coverage build/coverage \
		$(host-coverage-programs)

headers := $(wildcard include/irqkit/*.h)
install: build/$(chosen-lib)/libirqkit.a build/$(chosen-lib)/installed_config.h
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -d '$(DESTDIR)$(PREFIX)/lib' \
		'$(DESTDIR)$(PREFIX)/include/irqkit'
	$(Q)install -m 644 build/$(chosen-lib)/libirqkit.a \
		'$(DESTDIR)$(PREFIX)/lib'
	$(Q)install -m 644 $(headers) build/$(chosen-lib)/installed_config.h \
		'$(DESTDIR)$(PREFIX)/include/irqkit'

setup: setup-test
setup-test:
	@scripts/setup test
setup-run:
	@scripts/setup run $(ARCH)
setup-bench:
	@scripts/setup run $(arches)
setup-callgrind:
	@scripts/setup callgrind
setup-coverage:
	@scripts/setup coverage

# The unpacked QEMU stays: it was downloaded, not built.
clean:
	@if [ -d build ]; then \
		find build -mindepth 1 -maxdepth 1 ! -name qemu-newer \
			-exec rm -rf {} +; fi
distclean:
	@rm -rf build

help:
	@scripts/help

FORCE:

-include $(patsubst %.o,%.d,$(all-objects))
