/* SPDX-License-Identifier: MIT */
/* The conformance suite on the simulated controllers, which keep to it. */
#include "conformance_host.h"
#include "host.h"

static void test_kind(enum conformance_host_kind kind)
{
	struct conformance_host *host = conformance_host_create(kind);
	unsigned int broken = conformance_suite_run(&host->controller);

	tap_subject("%s: nothing is left at the controller",
		    host->controller.name);
	tap_equal(broken, 0, "sentences that are broken");
	tap_equal(host->controller.domain->mapped, 0,
		  "interrupts in the domain");
	if (host->line != NULL)
		tap_equal((long long)host->line->unexpected, 0,
			  "lines that nobody has");
	if (host->message != NULL)
		tap_equal((long long)host->message->spurious, 0,
			  "vectors that nobody has");
	tap_close();
	conformance_host_destroy(host);
}

int main(void)
{
	host_begin();
	conformance_host_start();
	for (unsigned int i = 0; i < CONFORMANCE_HOST_KINDS; i++)
		test_kind((enum conformance_host_kind)i);
	return host_end();
}
