/* SPDX-License-Identifier: MIT */
/*
 * The errors that irqkit returns, as negative values. The numbers are fixed,
 * so that archive and kernel agree. The short names are offered only where
 * the includer has none of its own; a kernel with other numbers compares with
 * the IRQKIT_ names.
 */
#ifndef IRQKIT_ERRNO_H
#define IRQKIT_ERRNO_H

#define IRQKIT_EPERM	   1   /* the library keeps that itself */
#define IRQKIT_ENOENT	   2   /* nothing of that name or number */
#define IRQKIT_ENXIO	   6   /* the CPU is not online */
#define IRQKIT_ENOMEM	   12  /* the port has no memory left */
#define IRQKIT_EBUSY	   16  /* still in use */
#define IRQKIT_EEXIST	   17  /* the number is taken */
#define IRQKIT_ENODEV	   19  /* the hardware is not there */
#define IRQKIT_EINVAL	   22  /* an argument is wrong */
#define IRQKIT_ENOSPC	   28  /* no interrupt number, vector or INTID left */
#define IRQKIT_EDEADLK	   35  /* would wait for the caller itself */
#define IRQKIT_ENOSYS	   38  /* the controller cannot do it */
#define IRQKIT_ETIMEDOUT   110 /* the hardware did not answer in time */
#define IRQKIT_EINPROGRESS 115 /* begun, and not ended in time */

#ifndef IRQKIT_NO_SHORT_NAMES
#ifndef EPERM
#define EPERM IRQKIT_EPERM
#endif
#ifndef ENOENT
#define ENOENT IRQKIT_ENOENT
#endif
#ifndef ENXIO
#define ENXIO IRQKIT_ENXIO
#endif
#ifndef ENOMEM
#define ENOMEM IRQKIT_ENOMEM
#endif
#ifndef EBUSY
#define EBUSY IRQKIT_EBUSY
#endif
#ifndef EEXIST
#define EEXIST IRQKIT_EEXIST
#endif
#ifndef ENODEV
#define ENODEV IRQKIT_ENODEV
#endif
#ifndef EINVAL
#define EINVAL IRQKIT_EINVAL
#endif
#ifndef ENOSPC
#define ENOSPC IRQKIT_ENOSPC
#endif
#ifndef EDEADLK
#define EDEADLK IRQKIT_EDEADLK
#endif
#ifndef ENOSYS
#define ENOSYS IRQKIT_ENOSYS
#endif
#ifndef ETIMEDOUT
#define ETIMEDOUT IRQKIT_ETIMEDOUT
#endif
#ifndef EINPROGRESS
#define EINPROGRESS IRQKIT_EINPROGRESS
#endif
#endif

#endif
