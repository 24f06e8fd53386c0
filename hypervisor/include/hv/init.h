/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* __init and friends live in hv/compiler.h; here: what the linker script knows about the image. */
#ifndef HV_INIT_H
#define HV_INIT_H

#include <hv/compiler.h>

extern char __image_start[], __image_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __ro_after_init_start[], __ro_after_init_end[];
extern char __data_start[], __data_end[];
extern char __init_start[], __init_end[];
extern char __init_text_start[], __init_text_end[];
extern char __percpu_start[], __percpu_end[];
extern char __bss_start[], __bss_end[];

#endif
