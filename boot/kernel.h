/* SPDX-License-Identifier: MIT */
/*
 * The reference kernel, as the programs that run on it see it (the
 * demonstration, the tests, the benchmark). Each of them supplies
 * kernel_main(); boot/<arch>/ starts the machine and calls it on CPU 0.
 */
#ifndef BOOT_KERNEL_H
#define BOOT_KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <irqkit/irqkit.h>

/* What was found, for the programs and their reports. */
struct machine {
	const char *arch;     /* "x86_64" or "arm64" */
	char controller[96];  /* one line, in words */
	unsigned int nr_cpus; /* CPUs that firmware lists and irqkit takes */
	unsigned int refused; /* CPUs that firmware lists beyond that */
	bool is_x2apic;	      /* x86 only */
	struct irq_domain *ipi_single;
	struct irq_domain *ipi_per_cpu;
	/*
	 * Interrupts that software can raise and that can be moved; alloc takes
	 * NULL for any free one.
	 */
	struct irq_domain *devices;
	/* What CPUs have room for of those; NULL: there is no limit. */
	struct irq_matrix *vectors;
	bool boot_cpu_can_stop;		   /* whether cpu_down(0) works */
	int (*send_nmi)(unsigned int cpu); /* NULL: the machine has none */
};
extern struct machine machine;

/*
 * The program. Runs on CPU 0 with interrupts on; all CPUs of the machine are
 * online and idle, or fewer if the command line says maxcpus=N. Its result
 * ends the run: 0 is success.
 */
int kernel_main(void);

/* The command line, and the number after "name=" in it. */
const char *command_line(void);
unsigned int command_line_number(const char *name, unsigned int otherwise);
bool command_line_has(const char *word);

/* Console: whole calls are not mixed with those of other CPUs. */
void print(const char *format, ...) IRQKIT_PRINTF(1, 2);
int format_text(char *buffer, size_t size, const char *format, ...)
	IRQKIT_PRINTF(3, 4);
int format_text_va(char *buffer, size_t size, const char *format,
		   va_list arguments);

/*
 * Stop the other CPUs, say why, and end the run as a failure, from any context.
 * Of CPUs that fail at once, one does so.
 */
IRQKIT_NORETURN void panic(const char *format, ...) IRQKIT_PRINTF(1, 2);

/*
 * What the program makes of an NMI that does not stop the CPU; true if it knew
 * of it. An NMI that nobody knows of is an exception. NULL at first.
 */
extern bool (*nmi_handler)(void);

/*
 * Run @function on an idle CPU (not the caller); it returns when the CPU took
 * the work. wait_for_cpu() waits until it is done. Both panic with the CPU's
 * number when that takes longer than their deadline.
 */
void start_on_cpu(unsigned int cpu, void (*function)(void *), void *argument);
void wait_for_cpu(unsigned int cpu);

/* Run on a CPU, the caller's own too, and wait. */
void run_on_cpu(unsigned int cpu, void (*function)(void *), void *argument);

/*
 * Be as any other CPU, so that CPU 0 too can be given work, and be taken down
 * and back. The program goes on elsewhere, and ends the run by arch_exit().
 */
IRQKIT_NORETURN void become_idle(void);

/*
 * Take a CPU down, and bring it back; one at a time, in thread context with
 * interrupts on, on any CPU but @cpu. The receipt is added to and may be NULL.
 * Return 0 or the error of the step that failed; -EINVAL for a CPU that the
 * machine does not have; -ETIMEDOUT if it does not stop or start. cpu_down()
 * also -EBUSY for the last active CPU, else -EINVAL for the caller's own;
 * -ENOSYS for CPU 0 where it cannot be stopped; -ENXIO for one that is not
 * active. cpu_up() also -EBUSY for one that is online.
 */
int cpu_down(unsigned int cpu, struct irqkit_receipt *receipt);
int cpu_up(unsigned int cpu);

/*
 * What cpu_down() does after irqkit_cpu_offline(): a work that ends its CPU,
 * and returns only if that cannot go; and the wait for it.
 */
void cpu_die(void *receipt);
int cpu_finish_down(unsigned int cpu);

/*
 * What boot/<arch>/ supplies.
 */

/* Nanoseconds on the machine's own clock; the same on all CPUs. */
uint64_t arch_nanoseconds(void);

/*
 * The finest counter the CPU has, for the benchmark: under -icount one tick is
 * one instruction. Serialised enough that work is not moved across it.
 */
uint64_t arch_ticks(void);

void arch_irq_enable(void);
void arch_irq_disable(void);

/*
 * Asked for so often that boot/<arch>/ supplies the port's functions itself,
 * with those of irqkit_port_irqs_disabled() and irqkit_port_cpu().
 */
static inline unsigned long arch_irq_save(void)
{
	return irqkit_port_irq_save();
}

static inline void arch_irq_restore(unsigned long state)
{
	irqkit_port_irq_restore(state);
}

void arch_relax(void);

/* Wait for an interrupt: entered with interrupts off, returns with them off,
 * having taken what came. No wake-up is lost in between. */
void arch_idle(void);

/* Wait for ever, with interrupts off; an NMI that comes changes nothing. */
IRQKIT_NORETURN void arch_halt(void);

void arch_console_write(const char *text, size_t size);

/* End the machine; 0 is success. */
IRQKIT_NORETURN void arch_exit(int status);

/*
 * The logical index of this CPU, from its first C code on. boot/<arch>/
 * supplies the port's function itself, as each interrupt asks several times.
 */
static inline unsigned int arch_this_cpu(void)
{
	return irqkit_port_cpu();
}

/*
 * Early, on the boot CPU: find the tables, fill in machine.arch, nr_cpus and
 * refused, make memory known through boot_memory(). No irqkit call but the
 * firmware readers.
 */
void arch_discover(void);

/* The hardware's name of a CPU below machine.nr_cpus, after arch_discover(). */
struct hwcpu arch_hwcpu(unsigned int cpu);

/* After irqkit_init(): init the backend, fill in the domains, controller. */
void arch_init_interrupts(void);

/* IPI commands that the backend wrote to the controller since the start. */
uint64_t arch_ipi_commands(void);

/*
 * Start a prepared CPU. The new CPU ends up in secondary_main(cpu) with its
 * own stack, tables and interrupts off. Returns at once; 0 or an error.
 */
int arch_start_cpu(unsigned int cpu);

/* On the CPU itself, interrupts off, after irqkit_cpu_dying(). */
IRQKIT_NORETURN void arch_cpu_stop(void);

/* On another CPU: wait until it has really stopped; 0 or -ETIMEDOUT. */
int arch_cpu_wait_stopped(unsigned int cpu);

/*
 * What the common part supplies to boot/<arch>/.
 */

/* Called by the start-up code on CPU 0, on its stack, tables ready. */
IRQKIT_NORETURN void boot_main(void);

/* Called on each other CPU. */
IRQKIT_NORETURN void secondary_main(unsigned int cpu);

/* Free memory for the allocator, mapped and writable: one call, early. */
void boot_memory(void *start, size_t size);

/* Bytes that irqkit and boot/<arch>/ hold now. */
size_t memory_used(void);

/* Memory for boot/<arch>/ itself (stacks, tables), zeroed; panics if none. */
void *boot_alloc(size_t size, size_t align);

/* The command line, before boot_main() or in arch_discover(). */
void boot_command_line(const char *text);

/*
 * Stop the other CPUs before a failure is reported, from any context; and the
 * caller too, for good, if another one was first. Interrupts are off then.
 */
void stop_others(void);

/*
 * An exception that nobody expected: @registers is text that the arch made.
 * Prints CPU, cause and registers, and ends the run as a failure.
 */
IRQKIT_NORETURN void boot_exception(const char *cause, const char *registers);

#endif
