/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU features a guest can be given, which it gets unasked, and which need another one. The bits are numbered as in the ABI's
 * feature sets (word * 32 + bit). Pure data and code, no locking. Everything that is not named here is hidden: virtualization extensions,
 * monitoring, tracing, shadow stacks, AMX, user interrupts, FRED, five-level paging, supervisor states of XSAVE.
 */
#include <hv/cpu_policy.h>

#include <xen/arch-x86/cpufeatureset.h>

#include <hv/lib.h>

/* A bit in its word: a feature written in the wrong word does not compile. */
#define F(word, name) (1u << (XEN_X86_FEATURE_##name - (word) * 32))

#define MAX_1D                                                                                 \
	(F(0, FPU) | F(0, VME) | F(0, DE) | F(0, PSE) | F(0, TSC) | F(0, MSR) | F(0, PAE) |    \
		F(0, MCE) | F(0, CX8) | F(0, APIC) | F(0, SEP) | F(0, MTRR) | F(0, PGE) |      \
		F(0, MCA) | F(0, CMOV) | F(0, PAT) | F(0, PSE36) | F(0, CLFLUSH) | F(0, MMX) | \
		F(0, FXSR) | F(0, SSE) | F(0, SSE2) | F(0, SS) | F(0, HTT))
#define MAX_1C                                                                              \
	(F(1, SSE3) | F(1, PCLMULQDQ) | F(1, SSSE3) | F(1, FMA) | F(1, CX16) | F(1, PCID) | \
		F(1, SSE4_1) | F(1, SSE4_2) | F(1, X2APIC) | F(1, MOVBE) | F(1, POPCNT) |   \
		F(1, TSC_DEADLINE) | F(1, AESNI) | F(1, XSAVE) | F(1, AVX) | F(1, F16C) |   \
		F(1, RDRAND) | F(1, HYPERVISOR))
#define MAX_E1D                                                                                 \
	(F(2, SYSCALL) | F(2, NX) | F(2, MMXEXT) | F(2, FFXSR) | F(2, PAGE1GB) | F(2, RDTSCP) | \
		F(2, LM) | F(2, 3DNOWEXT) | F(2, 3DNOW))
#define MAX_E1C                                                                          \
	(F(3, LAHF_LM) | F(3, CMP_LEGACY) | F(3, CR8_LEGACY) | F(3, ABM) | F(3, SSE4A) | \
		F(3, MISALIGNSSE) | F(3, 3DNOWPREFETCH) | F(3, XOP) | F(3, FMA4) | F(3, TBM))
#define MAX_DA1 (F(4, XSAVEOPT) | F(4, XSAVEC) | F(4, XGETBV1))
#define MAX_7B0                                                                                \
	(F(5, FSGSBASE) | F(5, TSC_ADJUST) | F(5, BMI1) | F(5, HLE) | F(5, AVX2) |             \
		F(5, FDP_EXCP_ONLY) | F(5, SMEP) | F(5, BMI2) | F(5, ERMS) | F(5, INVPCID) |   \
		F(5, RTM) | F(5, NO_FPU_SEL) | F(5, AVX512F) | F(5, AVX512DQ) | F(5, RDSEED) | \
		F(5, ADX) | F(5, SMAP) | F(5, AVX512_IFMA) | F(5, CLFLUSHOPT) | F(5, CLWB) |   \
		F(5, AVX512CD) | F(5, SHA) | F(5, AVX512BW) | F(5, AVX512VL))
#define MAX_7C0                                                                                \
	(F(6, PREFETCHWT1) | F(6, AVX512_VBMI) | F(6, UMIP) | F(6, PKU) | F(6, AVX512_VBMI2) | \
		F(6, GFNI) | F(6, VAES) | F(6, VPCLMULQDQ) | F(6, AVX512_VNNI) |               \
		F(6, AVX512_BITALG) | F(6, AVX512_VPOPCNTDQ) | F(6, RDPID) | F(6, MOVDIRI) |   \
		F(6, MOVDIR64B))
#define MAX_E7D F(7, ITSC)
#define MAX_E8B                                                                                   \
	(F(8, CLZERO) | F(8, RSTR_FP_ERR_PTRS) | F(8, IBPB) | F(8, IBRS) | F(8, AMD_STIBP) |      \
		F(8, IBRS_ALWAYS) | F(8, STIBP_ALWAYS) | F(8, IBRS_FAST) | F(8, IBRS_SAME_MODE) | \
		F(8, NO_LMSL) | F(8, AMD_SSBD) | F(8, SSB_NO) | F(8, BTC_NO) | F(8, IBPB_RET))
#define MAX_7D0                                                                                    \
	(F(9, FSRM) | F(9, AVX512_VP2INTERSECT) | F(9, MD_CLEAR) | F(9, SERIALIZE) |               \
		F(9, TSXLDTRK) | F(9, AVX512_FP16) | F(9, IBRSB) | F(9, STIBP) | F(9, ARCH_CAPS) | \
		F(9, SSBD))
#define MAX_7A1                                                                           \
	(F(10, SHA512) | F(10, SM3) | F(10, SM4) | F(10, AVX_VNNI) | F(10, AVX512_BF16) | \
		F(10, CMPCCXADD) | F(10, FZRM) | F(10, FSRS) | F(10, FSRCS) | F(10, AVX_IFMA))
#define MAX_E21A                                                                                   \
	(F(11, NO_NEST_BP) | F(11, FS_GS_NS) | F(11, LFENCE_DISPATCH) | F(11, VERW_CLEAR) |        \
		F(11, NSCB) | F(11, AUTO_IBRS) | F(11, AMD_FSRS) | F(11, AMD_FSRC) | F(11, EPSF) | \
		F(11, FSRSC) | F(11, AMD_PREFETCHI) | F(11, SRSO_NO))
#define MAX_7D2 F(13, MCDT_NO)
#define MAX_7D1 \
	(F(15, AVX_VNNI_INT8) | F(15, AVX_NE_CONVERT) | F(15, AVX_VNNI_INT16) | F(15, PREFETCHI))
#define MAX_ARCH_CAPS                                                                              \
	(F(16, RDCL_NO) | F(16, RSBA) | F(16, INTEL_SSB_NO) | F(16, MDS_NO) |                      \
		F(16, IF_PSCHANGE_MC_NO) | F(16, TAA_NO) | F(16, SBDR_SSDP_NO) | F(16, FBSDP_NO) | \
		F(16, PSDP_NO) | F(16, FB_CLEAR) | F(16, RRSBA) | F(16, BHI_NO) |                  \
		F(16, PBRSB_NO) | F(16, GDS_NO) | F(16, RFDS_NO) | F(16, RFDS_CLEAR))
#define MAX_E21C  (F(18, TSA_SQ_NO) | F(18, TSA_L1_NO))

/*
 * Not unasked: HLE (slow or broken where it exists), the invariant TSC (a promise that migration breaks), AVX-512 intersect and the
 * direct stores (new encodings without users), and the hints that ask software to look for another CPU's weakness.
 */
#define RISKY_7B0 F(5, HLE)
#define RISKY_7C0 (F(6, MOVDIRI) | F(6, MOVDIR64B))
#define RISKY_E7D F(7, ITSC)
#define RISKY_7D0 (F(9, AVX512_VP2INTERSECT) | F(9, TSXLDTRK))
#define RISKY_7A1 F(10, CMPCCXADD)

const uint32_t cpu_features_max[FEATURESET_NR_WORDS] = {
	[0] = MAX_1D,
	[1] = MAX_1C,
	[2] = MAX_E1D,
	[3] = MAX_E1C,
	[4] = MAX_DA1,
	[5] = MAX_7B0,
	[6] = MAX_7C0,
	[7] = MAX_E7D,
	[8] = MAX_E8B,
	[9] = MAX_7D0,
	[10] = MAX_7A1,
	[11] = MAX_E21A,
	[13] = MAX_7D2,
	[15] = MAX_7D1,
	[16] = MAX_ARCH_CAPS,
	[18] = MAX_E21C,
};

const uint32_t cpu_features_default[FEATURESET_NR_WORDS] = {
	[0] = MAX_1D,
	[1] = MAX_1C,
	[2] = MAX_E1D,
	[3] = MAX_E1C,
	[4] = MAX_DA1,
	[5] = MAX_7B0 & ~RISKY_7B0,
	[6] = MAX_7C0 & ~RISKY_7C0,
	[7] = MAX_E7D & ~RISKY_E7D,
	[8] = MAX_E8B,
	[9] = MAX_7D0 & ~RISKY_7D0,
	[10] = MAX_7A1 & ~RISKY_7A1,
	[11] = MAX_E21A,
	[13] = MAX_7D2,
	[15] = MAX_7D1,
	[16] = MAX_ARCH_CAPS,
	[18] = MAX_E21C,
};

const uint32_t cpu_features_emulated[FEATURESET_NR_WORDS] = {
	[0] = F(0, APIC) | F(0, MTRR) | F(0, PAT) | F(0, HTT),
	[1] = F(1, X2APIC) | F(1, TSC_DEADLINE) | F(1, HYPERVISOR),
	[3] = F(3, CMP_LEGACY),
};

#define NEED(what, of) { XEN_X86_FEATURE_##what, XEN_X86_FEATURE_##of }
/* In an order where every requirement is settled before what needs it, so that one pass is enough. */
static const struct {
	uint16_t what, of;
} cpu_feature_needs[] = {
	NEED(FXSR, FPU),
	NEED(MMX, FPU),
	NEED(XSAVE, FXSR),
	NEED(FFXSR, FXSR),
	NEED(SSE, FXSR),
	NEED(SSE2, SSE),
	NEED(SSE3, SSE2),
	NEED(PAE, PSE),
	NEED(NX, PAE),
	NEED(LM, PAE),
	NEED(LM, SSE2),
	NEED(PSE36, PSE),
	NEED(MMXEXT, MMX),
	NEED(3DNOW, MMX),
	NEED(3DNOWEXT, 3DNOW),
	NEED(X2APIC, APIC),
	NEED(TSC_DEADLINE, APIC),
	NEED(TSC_DEADLINE, TSC),
	NEED(ITSC, TSC),
	NEED(TSC_ADJUST, TSC),
	NEED(RDTSCP, TSC),
	NEED(RDPID, RDTSCP),
	NEED(CX16, LM),
	NEED(LAHF_LM, LM),
	NEED(PAGE1GB, LM),
	NEED(PCID, LM),
	NEED(INVPCID, PCID),
	NEED(PKU, LM),
	NEED(CMPCCXADD, LM),
	NEED(PCLMULQDQ, SSE2),
	NEED(AESNI, SSE2),
	NEED(SHA, SSE2),
	NEED(GFNI, SSE2),
	NEED(SSE4A, SSE3),
	NEED(SSSE3, SSE3),
	NEED(MISALIGNSSE, SSE),
	NEED(SSE4_1, SSSE3),
	NEED(SSE4_2, SSE4_1),
	NEED(POPCNT, SSE),
	NEED(XSAVEOPT, XSAVE),
	NEED(XSAVEC, XSAVE),
	NEED(XGETBV1, XSAVE),
	NEED(PKU, XSAVE),
	NEED(AVX, XSAVE),
	NEED(AVX, SSE4_2),
	NEED(FMA, AVX),
	NEED(FMA4, AVX),
	NEED(XOP, AVX),
	NEED(F16C, AVX),
	NEED(AVX2, AVX),
	NEED(VAES, AVX),
	NEED(VAES, AESNI),
	NEED(VPCLMULQDQ, AVX),
	NEED(VPCLMULQDQ, PCLMULQDQ),
	NEED(AVX_VNNI, AVX2),
	NEED(AVX_IFMA, AVX2),
	NEED(AVX_VNNI_INT8, AVX2),
	NEED(AVX_NE_CONVERT, AVX2),
	NEED(AVX_VNNI_INT16, AVX2),
	NEED(SHA512, AVX2),
	NEED(SM3, AVX),
	NEED(SM4, AVX2),
	NEED(AVX512F, AVX2),
	NEED(AVX512F, FMA),
	NEED(AVX512F, F16C),
	NEED(AVX512DQ, AVX512F),
	NEED(AVX512_IFMA, AVX512F),
	NEED(AVX512CD, AVX512F),
	NEED(AVX512BW, AVX512F),
	NEED(AVX512VL, AVX512F),
	NEED(AVX512_VNNI, AVX512F),
	NEED(AVX512_VPOPCNTDQ, AVX512F),
	NEED(AVX512_VP2INTERSECT, AVX512VL),
	NEED(AVX512_VBMI, AVX512BW),
	NEED(AVX512_VBMI2, AVX512BW),
	NEED(AVX512_BITALG, AVX512BW),
	NEED(AVX512_BF16, AVX512BW),
	NEED(AVX512_FP16, AVX512BW),
	NEED(AVX512_FP16, AVX512VL),
	NEED(TSXLDTRK, RTM),
	/* MSR_SPEC_CTRL: its two old bits come together here, the others with them. */
	NEED(IBRS, AMD_STIBP),
	NEED(AMD_STIBP, IBRS),
	NEED(AMD_SSBD, IBRS),
	NEED(IBRS_ALWAYS, IBRS),
	NEED(STIBP_ALWAYS, AMD_STIBP),
	NEED(IBRS_FAST, IBRS),
	NEED(IBRS_SAME_MODE, IBRS),
	NEED(IBPB_RET, IBPB),
	NEED(STIBP, IBRSB),
	NEED(SSBD, IBRSB),
};

static bool fs_test(const uint32_t *fs, unsigned int bit)
{
	return (fs[bit / 32] >> (bit % 32)) & 1;
}

void cpu_features_drop_orphans(uint32_t fs[FEATURESET_NR_WORDS])
{
	for (size_t i = 0; i < ARRAY_SIZE(cpu_feature_needs); i++) {
		unsigned int what = cpu_feature_needs[i].what;

		if (!fs_test(fs, cpu_feature_needs[i].of)) {
			fs[what / 32] &= ~(1u << (what % 32));
		}
	}
	if (!fs_test(fs, XEN_X86_FEATURE_ARCH_CAPS)) {
		fs[16] = fs[17] = 0;
	}
}
