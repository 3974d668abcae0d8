/* SPDX-License-Identifier: MIT */
/*
 * The CPUs that do the housekeeping and those that interrupts get by default,
 * as the command line says. State is written in boot, on the only CPU that
 * runs, and needs no lock.
 */
#include "internals.h"
#include <irqkit/cpulist.h>
#include <irqkit/isolation.h>

#define ISOLATION_EXCERPT 48U

/* A piece of the command line. */
struct isolation_text {
	const char *at;
	size_t length;
};

/* A place after the types, for flags that are known and ignored. */
#define ISOLATION_IGNORED HK_TYPE_MAX

struct isolation_options {
	bool has_isolcpus;
	bool has_irqaffinity;
	bool flags[HK_TYPE_MAX + 1];
	struct cpumask isolated;
	struct cpumask affinity;
};

static const struct isolation_flag {
	const char *name;
	unsigned int type;
} isolation_flags[] = {
	{"domain", HK_TYPE_DOMAIN},
	{"managed_irq", HK_TYPE_MANAGED_IRQ},
	{"nohz", ISOLATION_IGNORED},
};

static bool isolation_done;
static bool isolation_enabled[HK_TYPE_MAX];
static struct cpumask isolation_housekeeping;
static bool isolation_has_affinity;
static struct cpumask isolation_affinity;

const struct cpumask *housekeeping_cpumask(enum hk_type type)
{
	return housekeeping_enabled(type) ? &isolation_housekeeping
					  : cpu_possible_mask;
}

bool housekeeping_enabled(enum hk_type type)
{
	return (unsigned int)type < HK_TYPE_MAX && isolation_enabled[type];
}

bool housekeeping_test_cpu(unsigned int cpu, enum hk_type type)
{
	return cpu_possible(cpu) &&
	       cpumask_test_cpu(cpu, housekeeping_cpumask(type));
}

void irqkit_isolation_targets(struct cpumask *targets,
			      const struct cpumask *mask,
			      const struct cpumask *active)
{
	struct cpumask chosen;

	cpumask_and(&chosen, mask, housekeeping_cpumask(HK_TYPE_MANAGED_IRQ));
	if (cpumask_intersects(&chosen, active))
		cpumask_copy(targets, &chosen);
	else
		cpumask_copy(targets, mask);
}

int irqkit_managed_targets(struct cpumask *targets, const struct cpumask *mask)
{
	if (targets == NULL || mask == NULL)
		return -EINVAL;
	irqkit_isolation_targets(targets, mask, cpu_active_mask);
	return 0;
}

bool irqkit_should_isolate(const struct cpumask *effective, unsigned int cpu)
{
	return effective != NULL &&
	       housekeeping_test_cpu(cpu, HK_TYPE_MANAGED_IRQ) &&
	       !cpumask_subset(effective,
			       housekeeping_cpumask(HK_TYPE_MANAGED_IRQ));
}

const struct cpumask *irq_default_affinity_mask(void)
{
	return isolation_has_affinity ? &isolation_affinity : cpu_possible_mask;
}

/* Readers take no lock, so nothing may change once there are others. */
static bool isolation_is_boot(void)
{
	return cpumask_weight(cpu_online_mask) <= 1;
}

static void isolation_use_affinity(const struct cpumask *mask)
{
	cpumask_and(&isolation_affinity, mask, cpu_possible_mask);
	cpumask_set_cpu(0, &isolation_affinity);
	isolation_has_affinity = true;
}

int irq_set_default_affinity(const struct cpumask *mask)
{
	if (mask == NULL || !cpumask_intersects(mask, cpu_possible_mask))
		return -EINVAL;
	if (!isolation_is_boot())
		return -EBUSY;
	isolation_use_affinity(mask);
	return 0;
}

/* @what has one %s, for the begin of @text. */
static int isolation_refuse(const char *option, const char *what,
			    const struct isolation_text *text)
{
	char excerpt[ISOLATION_EXCERPT];
	size_t length = 0;

	for (; length < text->length && length < sizeof(excerpt) - 1; length++)
		excerpt[length] = text->at[length];
	excerpt[length] = '\0';
	irqkit_log(IRQKIT_LOG_ERROR, "irqkit: %s=: %s: '%s'", option, what,
		   excerpt);
	return -EINVAL;
}

static bool isolation_is(const struct isolation_text *text, const char *word)
{
	size_t i = 0;

	while (i < text->length && word[i] != '\0' && text->at[i] == word[i])
		i++;
	return i == text->length && word[i] == '\0';
}

static void isolation_advance(struct isolation_text *text, size_t length)
{
	text->at += length;
	text->length -= length;
}

static void isolation_unquote(struct isolation_text *text)
{
	if (text->length < 2 || text->at[0] != '"' ||
	    text->at[text->length - 1] != '"')
		return;
	isolation_advance(text, 1);
	text->length--;
}

/* Whether @word is name=value; then it becomes the value. */
static bool isolation_take_name(struct isolation_text *word, const char *name)
{
	struct isolation_text head = {word->at, 0};

	while (head.length < word->length && head.at[head.length] != '=')
		head.length++;
	if (head.length == word->length || !isolation_is(&head, name))
		return false;
	isolation_advance(word, head.length + 1);
	isolation_unquote(word);
	return true;
}

static bool isolation_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Moves @line behind the word; false if there is none. */
static bool isolation_take_word(const char **line, struct isolation_text *word)
{
	const char *at = *line;
	bool quoted = false;

	while (isolation_is_space(*at))
		at++;
	word->at = at;
	for (; *at != '\0' && (quoted || !isolation_is_space(*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
	}
	word->length = (size_t)(at - word->at);
	*line = at;
	if (word->length == 0)
		return false;
	isolation_unquote(word);
	return true;
}

static int isolation_read_list(const char *option,
			       const struct isolation_text *list,
			       struct cpumask *mask)
{
	if (irqkit_cpulist_parse(list->at, list->length, mask) != 0)
		return isolation_refuse(option, "not a list of CPUs", list);
	if (!cpumask_subset(mask, cpu_possible_mask))
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: %s=: there are only %u CPUs", option,
			   nr_cpu_ids);
	cpumask_and(mask, mask, cpu_possible_mask);
	return 0;
}

/* Moves @value behind its first item. */
static void isolation_take_item(struct isolation_text *value,
				struct isolation_text *item)
{
	item->at = value->at;
	item->length = 0;
	while (item->length < value->length && item->at[item->length] != ',')
		item->length++;
	isolation_advance(value, item->length);
	if (value->length > 0)
		isolation_advance(value, 1);
}

/* What begins with a small letter, but for the list "all". */
static bool isolation_is_flag(const struct isolation_text *item)
{
	struct isolation_text word = *item;

	if (word.length == 0 || *word.at < 'a' || *word.at > 'z')
		return false;
	if (word.length > 3 && word.at[3] == ':')
		word.length = 3;
	return !isolation_is(&word, "all");
}

static int isolation_add_flag(struct isolation_options *options,
			      const struct isolation_text *flag)
{
	const size_t nr = sizeof(isolation_flags) / sizeof(isolation_flags[0]);

	for (size_t i = 0; i < nr; i++) {
		if (isolation_is(flag, isolation_flags[i].name)) {
			options->flags[isolation_flags[i].type] = true;
			return 0;
		}
	}
	return isolation_refuse("isolcpus", "an unknown flag", flag);
}

static int isolation_read_isolcpus(struct isolation_options *options,
				   const struct isolation_text *value)
{
	struct isolation_text list = *value;
	struct isolation_text rest = *value;
	struct isolation_text item;
	int error;

	if (options->has_isolcpus)
		return isolation_refuse("isolcpus", "given twice", value);
	options->has_isolcpus = true;
	isolation_take_item(&rest, &item);
	options->flags[HK_TYPE_DOMAIN] = !isolation_is_flag(&item);
	while (isolation_is_flag(&item)) {
		error = isolation_add_flag(options, &item);
		if (error != 0)
			return error;
		list = rest;
		isolation_take_item(&rest, &item);
	}
	return isolation_read_list("isolcpus", &list, &options->isolated);
}

static int isolation_read_irqaffinity(struct isolation_options *options,
				      const struct isolation_text *value)
{
	if (options->has_irqaffinity)
		return isolation_refuse("irqaffinity", "given twice", value);
	options->has_irqaffinity = true;
	return isolation_read_list("irqaffinity", value, &options->affinity);
}

static int isolation_read(struct isolation_options *options, const char *line)
{
	struct isolation_text word;
	int error = 0;

	while (error == 0 && isolation_take_word(&line, &word) &&
	       !isolation_is(&word, "--")) {
		if (isolation_take_name(&word, "isolcpus"))
			error = isolation_read_isolcpus(options, &word);
		else if (isolation_take_name(&word, "irqaffinity"))
			error = isolation_read_irqaffinity(options, &word);
	}
	return error;
}

static void isolation_keep_one(struct cpumask *housekeeping)
{
	struct cpumask able;

	cpumask_andnot(&able, cpu_present_mask, cpu_foreign_mask);
	if (cpumask_intersects(housekeeping, &able))
		return;
	cpumask_set_cpu(0, housekeeping);
	irqkit_log(IRQKIT_LOG_WARNING,
		   "irqkit: isolcpus=: a CPU has to be left, CPU 0 is");
}

static void isolation_use(const struct isolation_options *options)
{
	struct cpumask *housekeeping = &isolation_housekeeping;
	bool isolates;

	cpumask_andnot(housekeeping, cpu_possible_mask, &options->isolated);
	isolation_keep_one(housekeeping);
	isolates = !cpumask_equal(housekeeping, cpu_possible_mask);
	for (unsigned int type = 0; type < HK_TYPE_MAX; type++)
		isolation_enabled[type] = isolates && options->flags[type];
	if (options->flags[ISOLATION_IGNORED])
		irqkit_log(IRQKIT_LOG_INFO, "irqkit: isolcpus=: nohz is "
					    "nothing to the interrupt layer");
	if (!cpumask_empty(&options->affinity))
		isolation_use_affinity(&options->affinity);
	isolation_done = true;
}

int irqkit_isolation_setup(const char *command_line)
{
	struct isolation_options options = {.has_isolcpus = false};
	int error;

	if (command_line == NULL || nr_cpu_ids == 0)
		return -EINVAL;
	if (isolation_done || !isolation_is_boot())
		return -EBUSY;
	error = isolation_read(&options, command_line);
	if (error == 0)
		isolation_use(&options);
	return error;
}
