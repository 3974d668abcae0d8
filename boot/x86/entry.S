/* SPDX-License-Identifier: MIT */
/*
 * The way into long mode, for the boot CPU (PVH) and for each other CPU
 * (start-up IPI). Both meet in enter_long_mode and load the same control
 * registers, so that all CPUs run alike. At the end GS names the CPU's own
 * struct x86_cpu: arch_this_cpu() works in the first line of C.
 */
#include "layout.h"

#define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)

/* Xen's public elfnote.h: type 18 is the physical address of a 32-bit entry. */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 8, 18
	.asciz	"Xen"
	.quad	PHYSICAL(pvh_entry)

	.section .text.entry, "ax"

/*
 * From the loader: 32-bit protected mode, flat segments, no paging, the
 * physical address of the start info in EBX.
 */
	.code32
	.globl	pvh_entry
pvh_entry:
	cli
	cld
	movl	%ebx, %ebp
	movl	$PHYSICAL(boot_start), %edi
	lgdt	PHYSICAL(boot_gdt_pointer)
	ljmp	$SELECTOR_CODE32, $PHYSICAL(enter_long_mode)

/* EDI: where to go on, physical. EBP is handed on. No stack (SDM 9.8.5). */
enter_long_mode:
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	PHYSICAL(x86_cr4), %eax
	movl	%eax, %cr4
	movl	$PHYSICAL(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	PHYSICAL(x86_efer), %eax
	xorl	%edx, %edx
	wrmsr
	movl	PHYSICAL(x86_cr0), %eax
	movl	%eax, %cr0
	ljmp	$SELECTOR_CODE, $PHYSICAL(1f)

	.code64
1:	movl	%edi, %edi
	movl	%ebp, %ebp
	addq	$KERNEL_BASE, %rdi
	jmp	*%rdi

/* The boot CPU, at the address it was linked for. RBP: start info. */
boot_start:
	movq	$kernel_bss, %rdi
	movq	$kernel_bss_end, %rcx
	subq	%rdi, %rcx
	shrq	$3, %rcx
	xorl	%eax, %eax
	rep stosq

	movq	$x86_boot_stacks + STACKS_SIZE, %rsp
	movq	$x86_boot_cpu, %rax
	call	set_gs_base
	movq	%rbp, %rdi
	xorl	%ebp, %ebp
	call	x86_main
	jmp	stop

/*
 * Another CPU, which finds out by its APIC id who it is: nothing is handed
 * over, so any number of CPUs may come this way at a time.
 */
secondary_start:
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	2f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	%ebx, %ebx
	jnz	3f
2:	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movl	%ebx, %edx

3:	xorl	%ecx, %ecx
4:	cmpl	x86_nr_cpus(%rip), %ecx
	jae	stop
	cmpl	%edx, x86_apic_ids(, %rcx, 4)
	je	5f
	incl	%ecx
	jmp	4b

	/* Pairs with the fence in arch_start_cpu(), secondary.c. */
5:	movq	x86_cpus(, %rcx, 8), %rdi
	testq	%rdi, %rdi
	jz	stop
	movq	x86_cr3(%rip), %rax
	movq	%rax, %cr3
	movq	X86_CPU_STACK_TOP(%rdi), %rsp
	movq	%rdi, %rax
	call	set_gs_base
	xorl	%ebp, %ebp
	call	x86_secondary

stop:
	cli
	hlt
	jmp	stop

/* RAX: the base. Changes RCX and RDX. */
set_gs_base:
	movl	$MSR_GS_BASE, %ecx
	movq	%rax, %rdx
	shrq	$32, %rdx
	wrmsr
	ret

/*
 * Copied to TRAMPOLINE. Real mode, CS:IP is TRAMPOLINE >> 4 : 0. It only
 * finds its way to the code above.
 */
	.section .rodata.trampoline, "a"
	.code16
	.globl	x86_trampoline
x86_trampoline:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	trampoline_gdt_pointer - x86_trampoline
	movl	$(CR0_PE | CR0_ET), %eax
	movl	%eax, %cr0
	ljmpl	$SELECTOR_CODE32, $PHYSICAL(trampoline_protected)
	.balign	8
trampoline_gdt_pointer:
	.word	boot_gdt_end - boot_gdt - 1
	.long	PHYSICAL(boot_gdt)
	.globl	x86_trampoline_end
x86_trampoline_end:

	.section .text.entry, "ax"
	.code32
trampoline_protected:
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	$PHYSICAL(secondary_start), %edi
	jmp	enter_long_mode
	.code64

	.section .data.entry, "aw"
	.balign	16
boot_gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* SELECTOR_CODE: 64 bits */
	.quad	0x00cf92000000ffff	/* SELECTOR_DATA */
	.quad	0x00cf9a000000ffff	/* SELECTOR_CODE32 */
boot_gdt_end:
	.balign	8
boot_gdt_pointer:
	.word	boot_gdt_end - boot_gdt - 1
	.long	PHYSICAL(boot_gdt)

/* What enter_long_mode loads. CPU 0 adds what it finds to be supported. */
	.balign	8
	.globl	x86_cr0, x86_cr4, x86_efer
x86_cr0:
	.long	CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_EM | CR0_PE
x86_cr4:
	.long	CR4_PAE
x86_efer:
	.long	EFER_LME

/*
 * The first page tables: 4 GiB at 0 and at DIRECT_BASE, 1 GiB at KERNEL_BASE.
 * A CPU leaves them for those of paging.c, which have nothing at 0.
 */
	.balign	4096
boot_pml4:
	.quad	PHYSICAL(boot_pdpt_low) + (PTE_PRESENT | PTE_WRITE)
	.fill	255, 8, 0
	.quad	PHYSICAL(boot_pdpt_low) + (PTE_PRESENT | PTE_WRITE)
	.fill	254, 8, 0
	.quad	PHYSICAL(boot_pdpt_high) + (PTE_PRESENT | PTE_WRITE)
boot_pdpt_low:
	.quad	PHYSICAL(boot_pd + 0x0000) + (PTE_PRESENT | PTE_WRITE)
	.quad	PHYSICAL(boot_pd + 0x1000) + (PTE_PRESENT | PTE_WRITE)
	.quad	PHYSICAL(boot_pd + 0x2000) + (PTE_PRESENT | PTE_WRITE)
	.quad	PHYSICAL(boot_pd + 0x3000) + (PTE_PRESENT | PTE_WRITE)
	.fill	508, 8, 0
boot_pdpt_high:
	.fill	510, 8, 0
	.quad	PHYSICAL(boot_pd) + (PTE_PRESENT | PTE_WRITE)
	.quad	0
boot_pd:
	.set	address, 0
	.rept	4 * 512
	.quad	address + (PTE_PRESENT | PTE_WRITE | PTE_LARGE)
	.set	address, address + 0x200000
	.endr

	.section .note.GNU-stack, "", @progbits
