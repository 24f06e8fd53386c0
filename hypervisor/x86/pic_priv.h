/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PIC_PRIV_H
#define PIC_PRIV_H

void pic_disable(void);

#endif
