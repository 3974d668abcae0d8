# SPDX-License-Identifier: MIT
# What is below the core: one folder for each architecture.
include arch/common/files.mk
include arch/firmware/files.mk
include arch/x86/files.mk
include arch/arm64/files.mk
