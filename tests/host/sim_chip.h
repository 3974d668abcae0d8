/* SPDX-License-Identifier: MIT */
/*
 * Simulated controllers of interrupts, with the devices at them. Each call of
 * an operation is written down in one common record, can be made to fail, and
 * can run a function of the test in its middle. What breaks the contract of
 * struct irq_chip or struct irq_domain_ops is a host_violation().
 */
#ifndef TESTS_HOST_SIM_CHIP_H
#define TESTS_HOST_SIM_CHIP_H

#include <irqkit/irqkit.h>
#include <irqkit/irqdomain.h>
#include <irqkit/matrix.h>

#define SIM_NO_CPU (~0U)

/* sim_record.c */

enum sim_op {
	SIM_STARTUP,
	SIM_SHUTDOWN,
	SIM_MASK,
	SIM_UNMASK,
	SIM_ACK,
	SIM_EOI,
	SIM_SET_TYPE,	  /* argument: the trigger */
	SIM_SET_WAKE,	  /* argument: on */
	SIM_SET_AFFINITY, /* mask */
	SIM_FORCE_MOVE,
	SIM_RETRIGGER,
	SIM_GET_STATE, /* argument: which */
	SIM_SET_STATE, /* argument: which * 2 + value */
	SIM_COMPOSE,
	SIM_WRITE,	/* argument: the data of the message */
	SIM_WRITE_HALF, /* hook_after only: the address is written alone */
	SIM_MAP,
	SIM_UNMAP,
	SIM_ALLOC, /* argument: how many */
	SIM_FREE,  /* argument: how many */
	SIM_ACTIVATE,
	SIM_DEACTIVATE,
	SIM_HANDLER, /* a struct sim_device handled it */
	SIM_OPS
};

#define SIM_BIT(op) (1UL << (op))

struct sim_entry {
	enum sim_op op;
	const char *level; /* name of the controller */
	unsigned int irq;
	irq_hw_number_t hwirq;
	unsigned int cpu; /* where it ran */
	bool locked;	  /* the descriptor lock was held there */
	unsigned long argument;
	struct cpumask mask;
};

/* Forget calls, failures and hooks. */
void sim_reset(void);

/* Forget calls only. */
void sim_forget(void);

/* Calls of an operation since; all of them; the n-th; the last of a kind. */
unsigned int sim_count(enum sim_op op);
unsigned int sim_entries(void);
const struct sim_entry *sim_entry(unsigned int n);
const struct sim_entry *sim_last(enum sim_op op);

/*
 * An expectation of the open subject: what was called since, in words with
 * single spaces, such as "mask ack handler unmask"; then forget it. With
 * sim_expect_levels() each word is "level.operation".
 */
bool sim_expect(const char *words);
bool sim_expect_levels(const char *words);

/* The @nth call of an operation from now returns @error; 0: none does. */
void sim_fail(enum sim_op op, unsigned int nth, int error);

/*
 * Call @function within an operation, before it does anything and after it
 * did all; NULL: not any more. It is not called within itself. The irq_data
 * is that of the level.
 */
typedef void (*sim_function_t)(struct irq_data *data);
void sim_hook(enum sim_op op, sim_function_t function);
void sim_hook_after(enum sim_op op, sim_function_t function);

/* Set while irq_force_affinity() is called: CPUs need be online only. */
extern bool sim_forced;

/* For the controllers: a call begins (the error to return, or 0) and ends. */
int sim_enter(enum sim_op op, struct irq_data *data, unsigned long argument,
	      const struct cpumask *mask);
void sim_leave(enum sim_op op, struct irq_data *data);
void sim_violation(const char *what, const struct irq_data *data);

/* Checks the mask that irq_set_affinity of a chip got. */
void sim_check_mask(const struct irq_data *data, const struct cpumask *mask);

/* sim_device.c: a handler that keeps books and serves its device. */

struct sim_line;

struct sim_device {
	struct sim_line *line; /* lowered by the handler; or NULL */
	irq_hw_number_t hwirq;
	bool keeps;	    /* the handler does not lower it */
	irqreturn_t answer; /* 0 is taken as IRQ_HANDLED */
	bool refuses;	    /* it answers IRQ_NONE */
	/* Called in the handler, with the count of calls, from 1. */
	void (*during)(struct sim_device *device, unsigned int call);
	unsigned int calls;
	unsigned int on[IRQKIT_NR_CPUS]; /* calls by CPU */
	unsigned int cpu;		 /* of the last call */
	unsigned int inside;		 /* CPUs in it now; above 1 is wrong */
};

/* To be requested with the struct sim_device as its dev_id. */
irqreturn_t sim_device_handler(unsigned int irq, void *dev_id);

/*
 * sim_line.c: a controller of lines. A pending line that is not masked
 * interrupts the CPU that it is aimed at. An edge stays latched while masked;
 * a level interrupts again as long as its device raises it.
 */

enum sim_style {
	SIM_STYLE_ACK,	/* the latch is cleared by ack */
	SIM_STYLE_EOI,	/* cleared when taken; active until the EOI */
	SIM_STYLE_LPI,	/* the same, but never active: comes again any time */
	SIM_STYLE_NONE, /* cleared when taken; wants nothing */
};

/* Operations by style, for sim_line_info::operations. */
#define SIM_BASIC_OPS                                                      \
	(SIM_BIT(SIM_MASK) | SIM_BIT(SIM_UNMASK) | SIM_BIT(SIM_SET_TYPE) | \
	 SIM_BIT(SIM_SET_WAKE) | SIM_BIT(SIM_SET_AFFINITY) |               \
	 SIM_BIT(SIM_RETRIGGER) | SIM_BIT(SIM_GET_STATE) |                 \
	 SIM_BIT(SIM_SET_STATE))
#define SIM_ACK_OPS (SIM_BASIC_OPS | SIM_BIT(SIM_ACK))
#define SIM_EOI_OPS (SIM_BASIC_OPS | SIM_BIT(SIM_EOI))

struct sim_line_info {
	const char *name;
	enum sim_style style;
	unsigned int nr_lines;
	unsigned long operations;  /* bits of enum sim_op; 0: by style */
	unsigned int chip_flags;   /* enum irq_chip_flags */
	unsigned int status;	   /* enum irq_status of each irq */
	unsigned int refused;	   /* triggers: SIM_BIT(IRQ_TYPE_...) */
	bool no_effective;	   /* tells no effective affinity (HZ8) */
	bool many_targets;	   /* aims at the whole mask; first CPU takes */
	bool activates;		   /* the domain has activate, deactivate */
	irq_flow_handler_t flow;   /* NULL: by style */
	unsigned int domain_flags; /* enum irq_domain_flags */
};

#define SIM_MAX_LINES 256U

struct sim_pin {
	unsigned int type; /* as the controller was told; at first rising */
	bool level;	   /* the device raises it */
	bool stuck;	   /* and cannot lower it */
	bool latched;
	bool masked; /* at first true */
	bool active; /* taken, and not ended */
	bool activated;
	bool wakes;
	bool mapped;
	unsigned int target;	 /* CPU, or SIM_NO_CPU before it was aimed */
	struct cpumask owes_ack; /* CPUs that took it and did not ack */
	struct cpumask owes_eoi; /* or did not end it */
	unsigned long taken;	 /* how often a CPU took it */
};

struct sim_line {
	struct irq_domain *domain;
	struct irq_chip chip;
	struct irq_domain_ops ops;
	struct sim_line_info info;
	struct sim_line *next;
	struct sim_line *parent; /* of a cascaded one, else NULL */
	irq_hw_number_t parent_hwirq;
	bool hold;		  /* CPUs take nothing for now */
	unsigned long unexpected; /* taken, and nobody has it */
	struct sim_pin pins[SIM_MAX_LINES];
};

struct sim_line *sim_line_create(const struct sim_line_info *info);

/* The domain is removed; all its interrupts must be gone. */
void sim_line_destroy(struct sim_line *sim);

/* irq_create_mapping(), which has to succeed. */
unsigned int sim_line_map(struct sim_line *sim, irq_hw_number_t hwirq);

/* The device: it asserts its line, whatever the polarity, or releases it. */
void sim_line_raise(struct sim_line *sim, irq_hw_number_t hwirq);
void sim_line_lower(struct sim_line *sim, irq_hw_number_t hwirq);
void sim_line_pulse(struct sim_line *sim, irq_hw_number_t hwirq);

/* The device raises the line and cannot lower it; or it can again. */
void sim_line_stick(struct sim_line *sim, irq_hw_number_t hwirq, bool stuck);

/* Whether the controller would interrupt a CPU with it, were that ready. */
bool sim_line_is_pending(const struct sim_line *sim, irq_hw_number_t hwirq);

/*
 * A CPU takes it at this moment, wherever it is aimed: what is underway when
 * a line is moved, or comes while another CPU is in a handler. For a CPU that
 * is not in a dispatch. Within an operation of a chip raise the line and
 * host_yield() instead, as the CPU has to wait for the descriptor lock.
 */
void sim_line_deliver(struct sim_line *sim, irq_hw_number_t hwirq,
		      unsigned int cpu);

/* sim_cascade.c: a line controller behind one line of another. */

/* What its interrupts raise is taken by @hwirq of @parent from here on. */
int sim_cascade_connect(struct sim_line *child, struct sim_line *parent,
			irq_hw_number_t hwirq);
int sim_cascade_disconnect(struct sim_line *child);

/* For sim_line.c: the state of a pin has changed. */
void sim_cascade_update(struct sim_line *child);

/* Of sim_line.c: a CPU takes a line, which its domain handles. */
void sim_line_dispatch(struct sim_line *sim, irq_hw_number_t hwirq,
		       unsigned int cpu);

/* sim_percpu.c: each CPU has lines of its own under the same numbers. */

#define SIM_MAX_PERCPU 32U

struct sim_percpu_pin {
	bool latched;
	bool masked; /* at first true */
	unsigned long taken;
};

struct sim_percpu {
	struct irq_domain *domain;
	struct irq_chip chip;
	struct sim_percpu *next;
	irq_flow_handler_t flow;
	unsigned int nr_lines;
	bool hold;				 /* CPUs take nothing for now */
	unsigned int in_service[IRQKIT_NR_CPUS]; /* hwirq + 1, or 0 */
	struct sim_percpu_pin pins[IRQKIT_NR_CPUS][SIM_MAX_PERCPU];
};

/* @flow: NULL for handle_percpu_irq(). */
struct sim_percpu *sim_percpu_create(const char *name, unsigned int nr_lines,
				     irq_flow_handler_t flow);
void sim_percpu_destroy(struct sim_percpu *sim);
unsigned int sim_percpu_map(struct sim_percpu *sim, irq_hw_number_t hwirq);
void sim_percpu_raise(struct sim_percpu *sim, irq_hw_number_t hwirq,
		      unsigned int cpu);

/*
 * sim_message.c: devices that write messages (level "msi"), and vectors of
 * each CPU that the messages raise (level "vector", its parent). A vector is
 * taken at activation, and at another CPU when the interrupt moves; before
 * that it is only promised.
 */

#define SIM_MAX_VECTORS	 64U
#define SIM_FIRST_VECTOR 16U
#define SIM_MAX_MESSAGES 1024U

/* A vector of a CPU, as "none" or where it belongs. */
struct sim_vector {
	unsigned int cpu; /* SIM_NO_CPU: none */
	unsigned int vector;
};

/* One message of a device, and the interrupt behind it. */
struct sim_message_pin {
	struct msi_msg msg; /* as the device has it */
	bool written;
	bool device_masked; /* by the msi level */
	bool pending_bit;   /* fired while masked */
	unsigned int irq;   /* or 0 */
	bool managed;
	struct cpumask managed_mask;
	bool activated;
	struct sim_vector now;
	struct sim_vector old; /* while it moves */
	bool aimed;	       /* a set_affinity came since it was activated */
	unsigned long taken;
};

struct sim_message {
	struct irq_domain *vector_domain;
	struct irq_domain *msi_domain;
	struct irq_chip vector_chip;
	struct irq_chip msi_chip;
	struct irq_matrix *matrix;
	struct sim_message *next;
	unsigned int nr_messages;
	unsigned int status;
	/* To be set by a test. */
	bool hold;
	bool moves_slowly; /* IRQKIT_MOVING until the new vector was taken */
	/* Written down. */
	unsigned long spurious;	 /* a vector that nobody has */
	unsigned long lost;	 /* a message that raises nothing */
	unsigned long merged;	 /* a vector that was latched already */
	unsigned long forwarded; /* from the latches of a CPU that went */
	/* State. */
	unsigned int latched_count[IRQKIT_NR_CPUS];
	unsigned char latched[IRQKIT_NR_CPUS][SIM_MAX_VECTORS];
	unsigned int table[IRQKIT_NR_CPUS][SIM_MAX_VECTORS]; /* pin + 1, or 0 */
	unsigned int in_service[IRQKIT_NR_CPUS];	     /* vector, or 0 */
	unsigned int taken[IRQKIT_NR_CPUS]; /* pin + 1 that had it then */
	struct sim_message_pin pins[SIM_MAX_MESSAGES];
};

/*
 * @nr_vectors: for each CPU to give away; @status: enum irq_status of each irq.
 * It follows CPUs that come and go by a notifier of its own, and lives until
 * the end of the program.
 */
struct sim_message *sim_message_create(unsigned int nr_messages,
				       unsigned int nr_vectors,
				       unsigned int status);

/* irq_domain_alloc_irqs_affinity() of its msi domain; the first irq. */
int sim_message_alloc(struct sim_message *sim, unsigned int nr,
		      const struct irq_affinity_desc *affinity);

/* The message of an irq, for what follows; it has to have one. */
unsigned int sim_message_of(const struct sim_message *sim, unsigned int irq);

/* The device writes its message, as that is now. */
void sim_message_fire(struct sim_message *sim, unsigned int message);

/* Raise a vector of a CPU, as any write to its address does. */
void sim_message_raise(struct sim_message *sim, unsigned int cpu,
		       unsigned int vector);

#endif
