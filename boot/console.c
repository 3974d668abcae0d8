/* SPDX-License-Identifier: MIT */
/*
 * Text to people. A lock keeps the lines of CPUs apart; a panic takes it by
 * force after a while, so that a CPU that died with it does not hide the
 * reason.
 */
#include "kernel.h"
#include "smp.h"

#define CONSOLE_TEXT	   1024
#define CONSOLE_FORCE_SPIN 10000000U

static struct boot_lock console_lock;
static unsigned int console_panicking;

int format_text_va(char *buffer, size_t size, const char *format,
		   va_list arguments)
{
	return irqkit_vsnprintf(buffer, size, format, arguments);
}

int format_text(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_text_va(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

static size_t console_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}

void print(const char *format, ...)
{
	char text[CONSOLE_TEXT];
	va_list arguments;
	unsigned long state;

	va_start(arguments, format);
	format_text_va(text, sizeof(text), format, arguments);
	va_end(arguments);
	state = boot_lock(&console_lock);
	arch_console_write(text, console_length(text));
	boot_unlock(&console_lock, state);
}

static void console_force(void)
{
	for (unsigned int i = 0; i < CONSOLE_FORCE_SPIN; i++) {
		if (__atomic_exchange_n(&console_lock.taken, 1,
					__ATOMIC_ACQUIRE) == 0)
			return;
		arch_relax();
	}
}

/* The first CPU to fail reports; those that fail meanwhile stop here. */
static void console_claim_panic(void)
{
	arch_irq_disable();
	if (__atomic_exchange_n(&console_panicking, 1, __ATOMIC_ACQ_REL) != 0) {
		for (;;)
			arch_relax();
	}
	console_force();
}

void panic(const char *format, ...)
{
	char text[CONSOLE_TEXT];
	char line[CONSOLE_TEXT + 64];
	va_list arguments;

	va_start(arguments, format);
	format_text_va(text, sizeof(text), format, arguments);
	va_end(arguments);
	console_claim_panic();
	format_text(line, sizeof(line), "\npanic on cpu %u: %s\n",
		    arch_this_cpu(), text);
	arch_console_write(line, console_length(line));
	arch_exit(1);
}

void boot_exception(const char *cause, const char *registers)
{
	char line[256];

	console_claim_panic();
	format_text(line, sizeof(line), "\nexception on cpu %u: %s\n",
		    arch_this_cpu(), cause);
	arch_console_write(line, console_length(line));
	arch_console_write(registers, console_length(registers));
	arch_exit(1);
}
