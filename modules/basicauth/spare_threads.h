/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spare_threads.h - does this child of httpd have threads that nobody needs at the moment?
 */
#ifndef GW_BASICAUTH_SPARE_THREADS_H
#define GW_BASICAUTH_SPARE_THREADS_H

/* 1: a quarter of the child's threads wait for work. 0 too where that cannot be known. Looks at the scoreboard alone;
 * threads: any. */
int gw_has_spare_threads(void);

#endif
