/* SPDX-License-Identifier: MIT */
/*
 * The field's short names for what the headers offer. Everything global is
 * linked under a name that begins with irqkit_, so that the archive never
 * collides with a kernel's own symbols. With IRQKIT_NO_SHORT_NAMES defined,
 * names_end.h takes the short names away again at the end of each header.
 *
 * No include guard: each public header includes this before its declarations
 * and names_end.h after them.
 */
#define IRQ_DOMAIN_FLAG_IPI_PER_CPU irqkit_IRQ_DOMAIN_FLAG_IPI_PER_CPU
#define IRQ_DOMAIN_FLAG_IPI_SINGLE  irqkit_IRQ_DOMAIN_FLAG_IPI_SINGLE
#define IRQ_HANDLED		    irqkit_IRQ_HANDLED
#define IRQ_MOVE_PCNTXT		    irqkit_IRQ_MOVE_PCNTXT
#define IRQ_NONE		    irqkit_IRQ_NONE
#define IRQ_NOREQUEST		    irqkit_IRQ_NOREQUEST
#define IRQ_NO_BALANCING	    irqkit_IRQ_NO_BALANCING
#define IRQ_PER_CPU		    irqkit_IRQ_PER_CPU
#define __ipi_send_mask		    irqkit___ipi_send_mask
#define __ipi_send_single	    irqkit___ipi_send_single
#define chained_irq_enter	    irqkit_chained_irq_enter
#define chained_irq_exit	    irqkit_chained_irq_exit
#define cpu_active		    irqkit_cpu_is_active
#define cpu_active_mask		    irqkit_cpu_active_mask
#define cpu_foreign_mask	    irqkit_cpu_foreign_mask
#define cpu_online		    irqkit_cpu_is_online
#define cpu_online_mask		    irqkit_cpu_online_mask
#define cpu_possible		    irqkit_cpu_is_possible
#define cpu_possible_mask	    irqkit_cpu_possible_mask
#define cpu_present		    irqkit_cpu_is_present
#define cpu_present_mask	    irqkit_cpu_present_mask
#define cpumask			    irqkit_cpumask
#define cpumask_and		    irqkit_cpumask_and
#define cpumask_andnot		    irqkit_cpumask_andnot
#define cpumask_clear		    irqkit_cpumask_clear
#define cpumask_clear_cpu	    irqkit_cpumask_clear_cpu
#define cpumask_copy		    irqkit_cpumask_copy
#define cpumask_empty		    irqkit_cpumask_empty
#define cpumask_equal		    irqkit_cpumask_equal
#define cpumask_first		    irqkit_cpumask_first
#define cpumask_intersects	    irqkit_cpumask_intersects
#define cpumask_last		    irqkit_cpumask_last
#define cpumask_next		    irqkit_cpumask_next
#define cpumask_or		    irqkit_cpumask_or
#define cpumask_set_cpu		    irqkit_cpumask_set_cpu
#define cpumask_subset		    irqkit_cpumask_subset
#define cpumask_test_cpu	    irqkit_cpumask_test_cpu
#define cpumask_weight		    irqkit_cpumask_weight
#define disable_percpu_irq	    irqkit_disable_percpu_irq
#define enable_percpu_irq	    irqkit_enable_percpu_irq
#define for_each_cpu		    irqkit_for_each_cpu
#define free_irq		    irqkit_free_irq
#define free_percpu_irq		    irqkit_free_percpu_irq
#define generic_handle_irq_desc	    irqkit_generic_handle_irq_desc
#define handle_bad_irq		    irqkit_handle_bad_irq
#define handle_percpu_irq	    irqkit_handle_percpu_irq
#define hwcpu			    irqkit_hwcpu
#define ipi_get_hwirq		    irqkit_ipi_get_hwirq
#define ipi_send_mask		    irqkit_ipi_send_mask
#define ipi_send_single		    irqkit_ipi_send_single
#define irq_alloc_descs		    irqkit_irq_alloc_descs
#define irq_chip		    irqkit_irq_chip
#define irq_clear_status_flags	    irqkit_irq_clear_status_flags
#define irq_common_data		    irqkit_irq_common_data
#define irq_data		    irqkit_irq_data
#define irq_desc		    irqkit_irq_desc
#define irq_desc_get_irq_data	    irqkit_irq_desc_get_irq_data
#define irq_destroy_ipi		    irqkit_irq_destroy_ipi
#define irq_domain		    irqkit_irq_domain
#define irq_domain_alloc_irqs	    irqkit_irq_domain_alloc_irqs
#define irq_domain_create	    irqkit_irq_domain_create
#define irq_domain_flags	    irqkit_irq_domain_flags
#define irq_domain_free_irqs	    irqkit_irq_domain_free_irqs
#define irq_domain_info		    irqkit_irq_domain_info
#define irq_domain_is_ipi	    irqkit_irq_domain_is_ipi
#define irq_domain_is_ipi_per_cpu   irqkit_irq_domain_is_ipi_per_cpu
#define irq_domain_is_ipi_single    irqkit_irq_domain_is_ipi_single
#define irq_domain_ops		    irqkit_irq_domain_ops
#define irq_domain_remove	    irqkit_irq_domain_remove
#define irq_domain_set_info	    irqkit_irq_domain_set_info
#define irq_find_desc		    irqkit_irq_find_desc
#define irq_find_mapping	    irqkit_irq_find_mapping
#define irq_flow_handler_t	    irqkit_irq_flow_handler_t
#define irq_free_descs		    irqkit_irq_free_descs
#define irq_get_irq_data	    irqkit_irq_get_irq_data
#define irq_handler_t		    irqkit_irq_handler_t
#define irq_hw_number_t		    irqkit_irq_hw_number_t
#define irq_percpu		    irqkit_irq_percpu
#define irq_reserve_ipi		    irqkit_irq_reserve_ipi
#define irq_set_handler		    irqkit_irq_set_handler
#define irq_set_status_flags	    irqkit_irq_set_status_flags
#define irq_status		    irqkit_irq_status
#define irq_to_desc		    irqkit_irq_to_desc
#define irqaction		    irqkit_irqaction
#define irqd_can_balance	    irqkit_irqd_can_balance
#define irqd_is_per_cpu		    irqkit_irqd_is_per_cpu
#define irqreturn		    irqkit_irqreturn
#define irqreturn_t		    irqkit_irqreturn_t
#define kstat_irqs		    irqkit_kstat_irqs
#define kstat_irqs_cpu		    irqkit_kstat_irqs_cpu
#define no_irq_chip		    irqkit_no_irq_chip
#define nr_cpu_ids		    irqkit_nr_cpu_ids
#define request_irq		    irqkit_request_irq
#define request_percpu_irq	    irqkit_request_percpu_irq
#define synchronize_irq		    irqkit_synchronize_irq
