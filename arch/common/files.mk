# SPDX-License-Identifier: MIT
# Shared by the backends of several architectures.
common-sources := arch/common/send_group.c
