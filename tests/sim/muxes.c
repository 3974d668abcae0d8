/* SPDX-License-Identifier: MIT */
/*
 * Scripts of the mux: two virtual IPIs over one doorbell, sent by some CPUs
 * while others mask them, free them, or go. The books know for each sender and
 * target how many sends were begun, how many were accepted, and how many a
 * handler can have seen when it began: what was accepted is seen in the end.
 * A handler that has nothing new to see was caused by a send that was under way
 * when the one before it began, or had just come; so there are few of them.
 */
#include "sim.h"
#include <irqkit/ipi_mux.h>
#include "scripts.h"

#define MUXES_NUMBERS 2U
#define MUXES_SENDERS (SIM_NOBODY + 1)
#define MUXES_TARGET  2U /* whom most sends go to */
#define MUXES_STEPS   5U

/* What one actor sent to one CPU: the n-th send is the number n. */
struct muxes_book {
	unsigned int begun, returned, accepted, seen;
};

struct muxes_virtual {
	unsigned int irq;  /* 0: it is destroyed */
	bool attached;	   /* its handler may be called */
	unsigned int life; /* counts requests; 0: what is sent is nobody's */
	bool percpu;
	bool held[SIM_CPUS];	      /* disabled there */
	bool lost[SIM_CPUS];	      /* what was sent there may be lost */
	unsigned int inside;	      /* handlers that run now */
	unsigned int stale[SIM_CPUS]; /* handlers that may have no news */
	struct muxes_book books[MUXES_SENDERS][SIM_CPUS];
};

static struct muxes_virtual muxes_virtuals[MUXES_NUMBERS];
static struct irqkit_ipi_mux *muxes_mux, *muxes_lower;
static void *muxes_cookies[MUXES_NUMBERS][SIM_CPUS];
static unsigned int muxes_lives;

/* What the scenario has in it. */
static bool muxes_plugs, muxes_destroys, muxes_refuses, muxes_chains;
static bool muxes_again; /* the first one was freed and requested */

static struct muxes_virtual *const muxes_first = &muxes_virtuals[0];
static struct muxes_virtual *const muxes_second = &muxes_virtuals[1];

static void **muxes_cookies_of(const struct muxes_virtual *this)
{
	return muxes_cookies[this - muxes_virtuals];
}

static void muxes_expect(int error, const char *call)
{
	if (error != 0)
		sim_fail(SIM_CONTRACT, "%s: %d", call, error);
}

/* ---- the books */

static unsigned int muxes_number(const struct muxes_virtual *this)
{
	return (unsigned int)(this - muxes_virtuals);
}

static unsigned int muxes_under_way(const struct muxes_virtual *this,
				    unsigned int cpu)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < MUXES_SENDERS; i++)
		nr += this->books[i][cpu].begun - this->books[i][cpu].returned;
	return nr;
}

/* Nobody is called for what was sent until now and has returned. */
static void muxes_forget(struct muxes_virtual *this, unsigned int cpu)
{
	for (unsigned int i = 0; i < MUXES_SENDERS; i++) {
		struct muxes_book *book = &this->books[i][cpu];

		if (book->returned == book->begun)
			book->seen = book->begun;
	}
	this->stale[cpu] = muxes_under_way(this, cpu);
}

/* A handler begins: false if nothing can have caused it. */
static bool muxes_see(struct muxes_virtual *this, unsigned int cpu)
{
	bool news = false;

	for (unsigned int i = 0; i < MUXES_SENDERS; i++) {
		struct muxes_book *book = &this->books[i][cpu];

		news |= book->begun > book->seen;
		book->seen = book->begun;
	}
	if (news)
		this->stale[cpu] = muxes_under_way(this, cpu) + 1;
	return news || this->stale[cpu]-- != 0;
}

/* What was accepted there until now may be lost. */
static void muxes_let_go(struct muxes_virtual *this, unsigned int cpu)
{
	for (unsigned int i = 0; i < MUXES_SENDERS; i++)
		this->books[i][cpu].accepted = 0;
}

static void muxes_check(const struct muxes_virtual *this, unsigned int cpu)
{
	if (this->lost[cpu] || this->held[cpu])
		return;
	for (unsigned int i = 0; i < MUXES_SENDERS; i++) {
		const struct muxes_book *book = &this->books[i][cpu];

		if (book->accepted > book->seen)
			sim_fail(SIM_LOST,
				 "send %u of IPI %u by actor %u to cpu %u was "
				 "accepted and not handled",
				 book->accepted, muxes_number(this), i, cpu);
	}
}

/* ---- handlers and sends */

static void muxes_send(struct muxes_virtual *this, unsigned int cpu);

static irqreturn_t muxes_handle(struct muxes_virtual *this)
{
	unsigned int cpu = sim_cpu();

	sim_note("handler of IPI %u at cpu %u", muxes_number(this), cpu);
	if (!this->attached)
		sim_fail(SIM_FREED, "IPI %u is handled, after it was freed",
			 muxes_number(this));
	if (this->held[cpu])
		sim_fail(SIM_FREED, "IPI %u is handled at cpu %u, disabled",
			 muxes_number(this), cpu);
	if (!muxes_see(this, cpu))
		sim_fail(SIM_TWICE, "IPI %u is handled at cpu %u, not sent",
			 muxes_number(this), cpu);
	sim_saw(SIM_SAW_HANDLED);
	this->inside++;
	sim_point();
	if (muxes_chains && this == muxes_first)
		muxes_send(muxes_second, cpu);
	this->inside--;
	return IRQ_HANDLED;
}

static irqreturn_t muxes_handler(unsigned int irq, void *dev_id)
{
	struct muxes_virtual *this = dev_id;

	if (irq != this->irq)
		sim_fail(SIM_CONTRACT, "irq %u is handled as irq %u", irq,
			 this->irq);
	return muxes_handle(this);
}

/* Where CPUs can disable it. */
static irqreturn_t muxes_percpu_handler(unsigned int irq, void *dev_id)
{
	struct muxes_virtual *this = irq == muxes_first->irq ? muxes_first
							     : muxes_second;

	if (dev_id != &muxes_cookies_of(this)[sim_cpu()])
		sim_fail(SIM_CONTRACT, "the cookie of another CPU");
	return muxes_handler(irq, this);
}

static bool muxes_may_fail(int error)
{
	return (error == -ENXIO && muxes_plugs) ||
	       (error == -EINVAL && muxes_destroys) ||
	       (error == -ETIMEDOUT && muxes_refuses);
}

static void muxes_sent(struct muxes_virtual *this, unsigned int cpu, int error,
		       unsigned int life)
{
	struct muxes_book *book = &this->books[sim_actor()][cpu];

	sim_note("sent to cpu %u: %d", cpu, (unsigned int)error);
	book->returned++;
	if (error != 0 && !muxes_may_fail(error))
		sim_fail(SIM_CONTRACT, "a send to cpu %u: %d", cpu, error);
	if (error == 0 && life != 0 && life == this->life)
		book->accepted = book->returned;
}

static void muxes_send(struct muxes_virtual *this, unsigned int cpu)
{
	unsigned int life = this->life;

	sim_note("sends IPI %u to cpu %u", muxes_number(this), cpu);
	this->books[sim_actor()][cpu].begun++;
	muxes_sent(this, cpu, ipi_send_single(this->irq, cpu), life);
}

static void muxes_send_mask(struct muxes_virtual *this)
{
	unsigned int life = this->life;
	struct cpumask mask;
	int error;

	cpumask_clear(&mask);
	for (unsigned int cpu = 1; cpu <= MUXES_TARGET; cpu++) {
		cpumask_set_cpu(cpu, &mask);
		this->books[sim_actor()][cpu].begun++;
	}
	error = ipi_send_mask(this->irq, &mask);
	for (unsigned int cpu = 1; cpu <= MUXES_TARGET; cpu++)
		muxes_sent(this, cpu, error, life);
}

/* ---- set-up */

static struct irqkit_ipi_mux *muxes_create(struct irq_domain *parent)
{
	const struct irqkit_ipi_mux_info info = {
		.name = "mux",
		.parent = parent,
		.nr = MUXES_NUMBERS,
	};
	struct irqkit_ipi_mux *mux = NULL;

	muxes_expect(irqkit_ipi_mux_create(&info, &mux), "create");
	return mux;
}

static void muxes_attach(struct muxes_virtual *this)
{
	this->attached = true;
	if (this->percpu)
		muxes_expect(request_percpu_irq(this->irq, muxes_percpu_handler,
						"virtual",
						muxes_cookies_of(this)),
			     "request_percpu_irq()");
	else
		muxes_expect(request_irq(this->irq, muxes_handler, 0, "virtual",
					 this),
			     "request_irq()");
	this->life = ++muxes_lives;
}

/* Where the scenario has it disabled it can be freed. */
static void muxes_detach(struct muxes_virtual *this)
{
	this->life = 0;
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
		muxes_let_go(this, cpu);
	if (this->percpu)
		muxes_expect(free_percpu_irq(this->irq, muxes_cookies_of(this)),
			     "free_percpu_irq()");
	else
		muxes_expect(free_irq(this->irq, this), "free_irq()");
	if (this->inside != 0)
		sim_fail(SIM_FREED, "IPI %u is freed in its handler",
			 muxes_number(this));
	this->attached = false;
	sim_note("IPI %u is freed", muxes_number(this), 0);
}

static void muxes_enable(struct muxes_virtual *this)
{
	this->held[sim_cpu()] = false;
	muxes_expect(enable_percpu_irq(this->irq), "enable");
	sim_note("enabled", 0, 0);
}

static void muxes_disable(struct muxes_virtual *this)
{
	muxes_expect(disable_percpu_irq(this->irq), "disable");
	this->held[sim_cpu()] = true;
	sim_note("disabled", 0, 0);
}

static void muxes_reserve(struct muxes_virtual *this)
{
	int irq = irq_reserve_ipi(irqkit_ipi_mux_domain(muxes_mux),
				  cpu_possible_mask);

	if (irq <= 0)
		sim_fail(SIM_CONTRACT, "irq_reserve_ipi(): %d", irq);
	this->irq = (unsigned int)irq;
	muxes_attach(this);
}

static void muxes_release(struct muxes_virtual *this)
{
	if (this->attached)
		muxes_detach(this);
	muxes_expect(irq_destroy_ipi(this->irq, cpu_possible_mask),
		     "irq_destroy_ipi()");
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
		muxes_forget(this, cpu);
	sim_note("IPI %u is destroyed", muxes_number(this), 0);
}

static void muxes_set_up_on(struct irq_domain *parent)
{
	muxes_mux = muxes_create(parent);
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++)
		muxes_reserve(&muxes_virtuals[i]);
}

static void muxes_set_up(void)
{
	muxes_set_up_on(sim_doorbell_domain(false));
}

static void muxes_set_up_plugs(void)
{
	muxes_plugs = true;
	muxes_set_up();
}

static void muxes_set_up_destroys(void)
{
	muxes_destroys = true;
	muxes_set_up();
}

static void muxes_set_up_chain(void)
{
	muxes_chains = true;
	muxes_set_up();
}

static void muxes_set_up_nested(void)
{
	muxes_lower = muxes_create(sim_doorbell_domain(false));
	muxes_set_up_on(irqkit_ipi_mux_domain(muxes_lower));
}

static void muxes_set_up_refused(void)
{
	muxes_refuses = true;
	muxes_set_up();
	sim_doorbell_refuse(1);
}

/* Those can be disabled, and are enabled at the target. */
static void muxes_set_up_percpu_of(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct muxes_virtual *this = &muxes_virtuals[i];

		this->percpu = true;
		for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
			void **cookie = &muxes_cookies[i][cpu];

			*cookie = cookie;
			this->lost[cpu] = cpu != MUXES_TARGET;
		}
	}
	muxes_set_up();
	sim_become(MUXES_TARGET);
	for (unsigned int i = 0; i < nr; i++)
		muxes_enable(&muxes_virtuals[i]);
	sim_become(0);
}

/* The first one. */
static void muxes_set_up_percpu(void)
{
	muxes_set_up_percpu_of(1);
}

static void muxes_set_up_percpu_both(void)
{
	muxes_set_up_percpu_of(2);
}

static void muxes_set_up_refused_plugs(void)
{
	muxes_plugs = true;
	muxes_set_up_refused();
}

static void muxes_set_up_percpu_plugs(void)
{
	muxes_plugs = true;
	muxes_set_up_percpu();
}

static void muxes_set_up_percpu_refused(void)
{
	muxes_refuses = true;
	muxes_set_up_percpu();
	sim_doorbell_refuse(1);
}

/* ---- scripts */

static void muxes_send_first(void)
{
	muxes_send(muxes_first, MUXES_TARGET);
	muxes_send(muxes_first, MUXES_TARGET);
}

static void muxes_send_second(void)
{
	muxes_send(muxes_second, MUXES_TARGET);
	muxes_send(muxes_second, MUXES_TARGET);
}

static void muxes_send_once(void)
{
	muxes_send(muxes_first, MUXES_TARGET);
}

static void muxes_send_both(void)
{
	muxes_send(muxes_first, MUXES_TARGET);
	muxes_send(muxes_second, MUXES_TARGET);
}

static void muxes_send_many(void)
{
	for (unsigned int i = 0; i < 3; i++)
		muxes_send_both();
}

static void muxes_send_first_to_both(void)
{
	muxes_send_mask(muxes_first);
}

static void muxes_send_to_self(void)
{
	muxes_send(muxes_second, sim_cpu());
	muxes_send(muxes_first, sim_cpu());
}

static void muxes_mask_unmask(void)
{
	muxes_disable(muxes_first);
	muxes_enable(muxes_first);
}

static void muxes_mask_unmask_twice(void)
{
	muxes_mask_unmask();
	muxes_mask_unmask();
}

static void muxes_mask(void)
{
	muxes_disable(muxes_first);
	sim_touch();
}

/* The CPU handles all it has accepted, but for what it holds back. */
static void muxes_down(void)
{
	muxes_expect(sim_cpu_down(MUXES_TARGET), "down");
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++) {
		struct muxes_virtual *this = &muxes_virtuals[i];

		if (this->held[MUXES_TARGET])
			this->lost[MUXES_TARGET] = true;
		muxes_check(this, MUXES_TARGET);
		muxes_forget(this, MUXES_TARGET);
	}
}

static void muxes_up(void)
{
	muxes_expect(sim_cpu_up(MUXES_TARGET), "up");
}

static void muxes_down_up(void)
{
	muxes_down();
	muxes_up();
}

static void muxes_down_up_twice(void)
{
	muxes_down_up();
	muxes_down_up();
}

static bool muxes_is_held(unsigned int cpu)
{
	return muxes_first->held[cpu];
}

static void muxes_mask_one_then_other(void)
{
	muxes_mask();
	muxes_disable(muxes_second);
	muxes_enable(muxes_second);
}

/* Freed once the target has disabled it; what waits there goes with it. */
static void muxes_free_held(void)
{
	sim_wait(muxes_is_held, MUXES_TARGET, "an IPI to be disabled");
	muxes_forget(muxes_first, MUXES_TARGET);
	muxes_detach(muxes_first);
}

static void muxes_send_down(void)
{
	muxes_send(muxes_first, MUXES_TARGET);
	muxes_down();
}

static void muxes_send_second_down(void)
{
	muxes_send(muxes_second, MUXES_TARGET);
	muxes_down();
}

static void muxes_free_first(void)
{
	muxes_detach(muxes_first);
}

static bool muxes_is_again(unsigned int argument)
{
	(void)argument;
	return muxes_again;
}

static void muxes_free_request(void)
{
	muxes_free_held();
	muxes_attach(muxes_first);
	muxes_again = true;
	sim_touch();
}

static void muxes_mask_then_unmask(void)
{
	muxes_mask();
	sim_wait(muxes_is_again, 0, "an IPI to be requested again");
	muxes_enable(muxes_first);
}

static void muxes_destroy_first(void)
{
	muxes_release(muxes_first);
}

/* The whole mux, and another one that gets its numbers. */
static void muxes_replace(void)
{
	muxes_release(muxes_first);
	muxes_release(muxes_second);
	muxes_expect(irqkit_ipi_mux_destroy(muxes_mux), "destroy");
	muxes_mux = muxes_create(sim_doorbell_domain(false));
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++)
		muxes_reserve(&muxes_virtuals[i]);
	muxes_send_both();
}

/* ---- what the seed says */

struct muxes_step {
	unsigned int kind, number, cpu;
};

static struct muxes_step muxes_steps[SIM_CPUS][MUXES_STEPS];

static void muxes_set_up_mixture(void)
{
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		for (unsigned int i = 0; i < MUXES_STEPS; i++)
			muxes_steps[cpu][i] = (struct muxes_step){
				.kind = sim_random(8),
				.number = sim_random(MUXES_NUMBERS),
				.cpu = sim_random(SIM_CPUS),
			};
	}
	muxes_chains = sim_random(2) != 0;
	if (sim_random(2) != 0)
		muxes_set_up_percpu_refused();
	else
		muxes_set_up_percpu();
	muxes_plugs = true;
}

/* CPU 0 takes others down and up; each one masks for itself. */
static void muxes_do(const struct muxes_step *step)
{
	if (step->kind == 0 && sim_cpu() == 0 && cpu_online(MUXES_TARGET))
		muxes_down();
	else if (step->kind < 3 && sim_cpu() == 0 && !cpu_online(MUXES_TARGET))
		muxes_up();
	else if (step->kind == 0 && sim_cpu() == MUXES_TARGET)
		muxes_mask_unmask();
	else if (step->kind == 1)
		muxes_send_mask(&muxes_virtuals[step->number]);
	else if (step->kind < 5)
		muxes_send(&muxes_virtuals[step->number], MUXES_TARGET);
	else
		muxes_send(muxes_second, step->cpu);
}

static void muxes_mixture(void)
{
	unsigned int cpu = sim_cpu();

	for (unsigned int i = 0; i < MUXES_STEPS; i++)
		muxes_do(&muxes_steps[cpu][i]);
}

/* ---- the end */

/* What a carrier that was refused left behind comes with the next one. */
static void muxes_send_last(void)
{
	sim_doorbell_refuse(0);
	for (unsigned int cpu = 0; cpu < sim_plan.scenario->nr_cpus; cpu++) {
		if (cpu_online(cpu))
			muxes_expect(ipi_send_single(muxes_second->irq, cpu),
				     "the last send");
		muxes_second->books[SIM_NOBODY][cpu].begun++;
	}
	sim_settle();
}

static void muxes_give_back(void)
{
	sim_become(MUXES_TARGET);
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++) {
		struct muxes_virtual *this = &muxes_virtuals[i];

		if (this->percpu && this->attached && !this->held[MUXES_TARGET])
			muxes_disable(this);
	}
	sim_become(0);
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++)
		muxes_release(&muxes_virtuals[i]);
	muxes_expect(irqkit_ipi_mux_destroy(muxes_mux), "destroy");
	if (muxes_lower != NULL)
		muxes_expect(irqkit_ipi_mux_destroy(muxes_lower), "destroy");
}

/* What is held back is let go, where the CPU is there. */
static void muxes_let_all_go(void)
{
	if (!cpu_online(MUXES_TARGET))
		return;
	sim_become(MUXES_TARGET);
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++) {
		struct muxes_virtual *this = &muxes_virtuals[i];

		if (this->attached && this->held[MUXES_TARGET])
			muxes_enable(this);
	}
	sim_become(0);
	sim_settle();
}

static void muxes_check_each(void)
{
	for (unsigned int i = 0; i < MUXES_NUMBERS; i++) {
		for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
			muxes_check(&muxes_virtuals[i], cpu);
	}
}

static void muxes_check_all(void)
{
	if (muxes_refuses)
		muxes_send_last();
	muxes_check_each();
	muxes_let_all_go();
	muxes_check_each();
	if (!muxes_destroys && irqkit_ipi_mux_unexpected(muxes_mux) != 0)
		sim_fail(SIM_CONTRACT, "%lu IPIs that nobody had",
			 irqkit_ipi_mux_unexpected(muxes_mux));
}

static void muxes_judge(void)
{
	muxes_check_all();
	muxes_give_back();
}

/* The first one is gone by then. */
static void muxes_judge_destroyed(void)
{
	muxes_check_all();
	muxes_reserve(muxes_first);
	muxes_give_back();
}

static const struct sim_scenario muxes_scenarios[] = {
	{
		.name = "mux-send",
		.what = "two virtual IPIs are sent to one CPU",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up,
		.cpu = {muxes_send_first, muxes_send_second},
		.judge = muxes_judge,
	},
	{
		.name = "mux-send-mask",
		.what = "one is sent to two CPUs, and both to one",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up,
		.cpu = {muxes_send_first_to_both, muxes_send_both},
		.judge = muxes_judge,
	},
	{
		.name = "mux-self",
		.what = "a CPU, and a handler there, sends to itself",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_chain,
		.cpu = {muxes_send_both, NULL, muxes_send_to_self},
		.judge = muxes_judge,
	},
	{
		.name = "mux-nested",
		.what = "a mux over a mux",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_nested,
		.cpu = {muxes_send_first, muxes_send_second},
		.judge = muxes_judge,
	},
	{
		.name = "mux-mask",
		.what = "the target masks one while both are sent",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu,
		.cpu = {muxes_send_both, muxes_send_second, muxes_mask_unmask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-hold",
		.what = "the target masks one, and the other one goes on",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu,
		.cpu = {muxes_send_both, muxes_send_second, muxes_mask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-mask-twice",
		.what = "the same, again and again",
		.nr_cpus = 3,
		.set_up = muxes_set_up_percpu,
		.cpu = {muxes_send_many, muxes_send_many,
			muxes_mask_unmask_twice},
		.judge = muxes_judge,
	},
	{
		.name = "mux-offline",
		.what = "the target goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_plugs,
		.cpu = {muxes_down, muxes_send_both},
		.judge = muxes_judge,
	},
	{
		.name = "mux-hotplug",
		.what = "the target goes and comes",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_plugs,
		.cpu = {muxes_down_up, muxes_send_once},
		.judge = muxes_judge,
	},
	{
		.name = "mux-hotplug-twice",
		.what = "the same, again and again",
		.nr_cpus = 4,
		.set_up = muxes_set_up_plugs,
		.cpu = {muxes_down_up_twice, muxes_send_many, NULL,
			muxes_send_many},
		.judge = muxes_judge,
	},
	{
		.name = "mux-held-offline",
		.what = "the target goes and holds one back",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu_plugs,
		.cpu = {muxes_down, muxes_send_both, muxes_mask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-held-hotplug",
		.what = "the same, and comes back",
		.nr_cpus = 3,
		.set_up = muxes_set_up_percpu_plugs,
		.cpu = {muxes_down_up, muxes_send_both, muxes_mask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-free-held",
		.what = "one is freed and requested while it is held back",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu,
		.cpu = {muxes_free_request, muxes_send_both,
			muxes_mask_then_unmask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-free-hold",
		.what = "one that is held back is freed, the other one goes on",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu,
		.cpu = {muxes_free_held, muxes_send_both, muxes_mask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-free-mask",
		.what = "the same, and the target masks the other one",
		.nr_cpus = 3,
		.set_up = muxes_set_up_percpu_both,
		.cpu = {muxes_free_held, muxes_send_both,
			muxes_mask_one_then_other},
		.judge = muxes_judge,
	},
	{
		.name = "mux-free-offline",
		.what = "one is freed as the target goes and holds it back",
		.nr_cpus = 4,
		.set_up = muxes_set_up_percpu_plugs,
		.cpu = {muxes_down, muxes_free_held, muxes_mask,
			muxes_send_many},
		.judge = muxes_judge,
	},
	{
		.name = "mux-free-goes",
		.what = "one is freed as the target goes and handles it",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_plugs,
		.cpu = {muxes_send_down, muxes_free_first},
		.judge = muxes_judge,
	},
	{
		.name = "mux-destroy",
		.what = "one is destroyed while both are sent",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_destroys,
		.cpu = {muxes_destroy_first, muxes_send_both},
		.judge = muxes_judge_destroyed,
	},
	{
		.name = "mux-replace",
		.what = "the mux is destroyed while it is used, and made again",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_destroys,
		.cpu = {muxes_replace, muxes_send_both},
		.judge = muxes_judge,
	},
	{
		.name = "mux-refused",
		.what = "the controller refuses a carrier that two rely on",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_refused,
		.cpu = {muxes_send_first, muxes_send_second},
		.judge = muxes_judge,
	},
	{
		.name = "mux-refused-mask",
		.what = "the same, and one of them is held back",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_percpu_refused,
		.cpu = {muxes_send_both, muxes_send_second, muxes_mask_unmask},
		.judge = muxes_judge,
	},
	{
		.name = "mux-refused-offline",
		.what = "a carrier is refused as the target goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = muxes_set_up_refused_plugs,
		.cpu = {muxes_send_second_down, muxes_send_once},
		.judge = muxes_judge,
	},
	{
		.name = "mux-mixture",
		.what = "what the seed says",
		.nr_cpus = 4,
		.set_up = muxes_set_up_mixture,
		.cpu = {muxes_mixture, muxes_mixture, muxes_mixture,
			muxes_mixture},
		.judge = muxes_judge,
	},
};

const struct sim_table sim_mux_table = SIM_TABLE(muxes_scenarios);
