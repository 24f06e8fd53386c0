/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hvm/svm/vmcb_check.c: a control block that passes has none of the states that the processor's
 * manual forbids (APM 2, 15.5.1), whatever its fields hold.
 */
#include "proof.h"

#include "../../hypervisor/hvm/svm/vmcb_check.c"

int main(void)
{
	static struct vmcb c;

	__CPROVER_havoc_object(&c);
	if (vmcb_check(&c, 48) == NULL) {
		prove(c.efer & EFER_SVME);
		prove(!(c.cr0 >> 32));
		prove((c.cr0 & X86_CR0_CD) || !(c.cr0 & X86_CR0_NW));
		prove(!(c.dr6 >> 32) && !(c.dr7 >> 32));
		prove(c.asid != 0);
		prove(!((c.efer & EFER_LME) && (c.cr0 & X86_CR0_PG) && !(c.cr4 & X86_CR4_PAE)));
		prove(!((c.efer & EFER_LME) && (c.cr0 & X86_CR0_PG) && !(c.cr0 & X86_CR0_PE)));
	}
	return 0;
}
