/* SPDX-License-Identifier: MIT
 *
 * The arguments of a run, as Python gives them.
 */

#ifndef UVNET_BENCH_LOAD_ARGUMENTS_H_
#define UVNET_BENCH_LOAD_ARGUMENTS_H_

#include <Python.h>

#include "_load.h"

/* Fills in the parameters of the run. Returns -1 with a Python exception. */
int load_parse(PyObject* args, PyObject* kwargs, load_t* load);

#endif /* UVNET_BENCH_LOAD_ARGUMENTS_H_ */
