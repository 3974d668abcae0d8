/* SPDX-License-Identifier: MIT */
/*
 * Text to people. A lock keeps the lines of CPUs apart; once a CPU stops the
 * others it is taken by force after a while, so that one that was stopped with
 * it does not hide the reason.
 */
#include "kernel.h"
#include "smp.h"

#define CONSOLE_TEXT	   1024
#define CONSOLE_FORCE_SPIN 10000000U

static struct boot_lock console_lock;
static unsigned int console_panicking; /* cpu + 1 of the one that reports */

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

static void console_force(void)
{
	for (unsigned int i = 0; i < CONSOLE_FORCE_SPIN; i++) {
		if (__atomic_exchange_n(&console_lock.taken, 1,
					__ATOMIC_ACQUIRE) == 0)
			return;
		arch_relax();
	}
}

static unsigned long console_enter(void)
{
	unsigned long state;

	if (!irqkit_smp_stopping())
		return boot_lock(&console_lock);
	state = arch_irq_save();
	console_force();
	return state;
}

void print(const char *format, ...)
{
	char text[CONSOLE_TEXT];
	va_list arguments;
	unsigned long state;

	va_start(arguments, format);
	format_text_va(text, sizeof(text), format, arguments);
	va_end(arguments);
	state = console_enter();
	arch_console_write(text, console_length(text));
	boot_unlock(&console_lock, state);
}

/*
 * The first CPU to fail reports; those that fail meanwhile stop here. It may
 * fail once more while it stops the others: then it goes on without.
 */
static void console_claim_panic(void)
{
	unsigned int self = arch_this_cpu() + 1;
	unsigned int nobody = 0;

	stop_others();
	if (!__atomic_compare_exchange_n(&console_panicking, &nobody, self,
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE) &&
	    nobody != self)
		arch_halt();
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
