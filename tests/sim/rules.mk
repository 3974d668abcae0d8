# SPDX-License-Identifier: MIT
#
# The machine in a process, see tests/sim/README.md: the library's sources and
# the backend for vectors, compiled for a race detector whose calls are ours.
#
#   make sim [SEED=n] [SCENARIO=name] [RUNS=n]   run, or replay one seed
#   make mutants [JOBS=n]                        bugs that have to be found
#   make soak MINUTES=n [JOBS=n]                 go on

sim-config := -DIRQKIT_NR_CPUS=4 -DIRQKIT_NR_IRQS=64 -DIRQKIT_PORT_RELAX=1
sim-flags := $(warnings) -std=gnu11 -g -O2 -fno-omit-frame-pointer -fno-pie
# What is a point of the schedule, and what is the machine.
sim-lib-sources = $(core-sources) arch/x86/interrupt_x86.c \
	arch/x86/movable.c arch/x86/vector.c tests/sim/entry.c
sim-app-sources := $(addprefix tests/sim/,apic.c calls.c device.c doorbell.c \
	explore.c faults.c fiber.c ipis.c line.c machine.c main.c memory.c \
	mixture.c muxes.c report.c runs.c scenarios.c schedule.c soak.c tsan.c world.c)

# $(call sim,NAME,COMPILER,FLAGS,FLAGS OF THE LIBRARY): build/NAME/sim.
define sim
$1-lib-objects := $(patsubst %,build/$1/%.o,$(sim-lib-sources))
$1-app-objects := $(patsubst %,build/$1/%.o,$(sim-app-sources))
all-objects += $$($1-lib-objects) $$($1-app-objects)

build/$1/flags: FORCE | $(setup-goal)
	$$(call stamp,$2,$(sim-flags) $(sim-config) $3 $4)

$$($1-lib-objects): build/$1/%.o: % build/$1/flags
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$2 $(sim-flags) $(sim-config) $3 $4 -ffreestanding \
		-fsanitize=thread -I. -Iinclude -Itests/sim -MMD -MP \
		-c -o $$@ $$<

$$($1-app-objects): build/$1/%.o: % build/$1/flags
	$$(call say,CC,$1/$$<)
	@mkdir -p $$(@D)
	$(Q)$2 $(sim-flags) $(sim-config) $3 -I. -Iinclude -Itests/sim \
		-MMD -MP -c -o $$@ $$<

build/$1/sim: $$($1-lib-objects) $$($1-app-objects)
	$$(call say,LD,$$@)
	$(Q)$2 -no-pie -o $$@ $$^
endef

# GCC warns that its own library does not understand fences.
$(eval $(call sim,sim,$(HOSTCC),-DIRQKIT_DEBUG=0,-Wno-tsan))
# The library's own checks take locks, and so hide some races.
$(eval $(call sim,sim-clang,$(HOSTCLANG),-DIRQKIT_DEBUG=1,\
	-D__SANITIZE_THREAD__=1))

# ---- a share of it for `make test'

sim-seconds := 300
tap-sim := $(patsubst %,build/tests/sim/%.t,random explore clang-random \
	clang-explore)
tap-host += $(tap-sim)

build/tests/sim/random.t: build/sim/sim scripts/wrap
	@scripts/wrap $@ scripts/run-host $(sim-seconds) $< test runs=5000
build/tests/sim/explore.t: build/sim/sim scripts/wrap
	@scripts/wrap $@ scripts/run-host $(sim-seconds) $< test-explore \
		bound=1 runs=70000
build/tests/sim/clang-random.t: build/sim-clang/sim scripts/wrap
	@scripts/wrap $@ scripts/run-host $(sim-seconds) $< test \
		seed=1000001 runs=5000
build/tests/sim/clang-explore.t: build/sim-clang/sim scripts/wrap
	@scripts/wrap $@ scripts/run-host $(sim-seconds) $< test-explore \
		bound=2 runs=20000

# ---- goals

.PHONY: sim mutants soak

MINUTES ?= 10
sim-words = $(if $(SEED),seed=$(SEED)) \
	$(if $(SCENARIO),scenario=$(SCENARIO)) $(if $(RUNS),runs=$(RUNS))

sim: build/sim/sim
	@$< run $(sim-words)

soak: build/sim/sim
	@$< soak seconds=$$(($(MINUTES) * 60)) jobs=$(JOBS) $(sim-words)

mutants: build/sim/sim
	@tests/sim/run-mutants build/mutants $(JOBS) build/sim $(HOSTCC) \
		$(sim-flags) $(sim-config) -DIRQKIT_DEBUG=0 -w
