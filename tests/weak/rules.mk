# SPDX-License-Identifier: MIT
#
# What machines that reorder can make of the places without a lock, see
# tests/weak/README.md. A run takes no time.

weak-sources := $(addprefix tests/weak/,armv8.c calls.c classic.c \
	execution.c main.c protocols.c tso.c)
weak-objects := $(patsubst %,build/weak/%.o,$(weak-sources))
all-objects += $(weak-objects)

build/weak/flags: FORCE | $(setup-goal)
	$(call stamp,$(HOSTCC),$(hosted-flags) -O2)

$(weak-objects): build/weak/%.o: % build/weak/flags
	$(call say,CC,weak/$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(hosted-flags) -O2 -MMD -MP -c -o $@ $<

build/weak/weak: $(weak-objects)
	$(call say,LD,$@)
	$(Q)$(HOSTCC) -o $@ $^

tap-host += build/tests/weak/weak.t
build/tests/weak/weak.t: build/weak/weak scripts/wrap
	@scripts/wrap $@ scripts/run-host 60 $<
