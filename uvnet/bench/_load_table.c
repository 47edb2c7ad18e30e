/* SPDX-License-Identifier: MIT
 *
 * Tables of the bytes that are sent and of those that must come back.
 */

#ifdef __linux__

#include "_load.h"

#include <errno.h>
#include <stdlib.h>


int table_make(load_t* load, table_t* table, size_t period, size_t run) {
  table->period = period;
  table->run = run;
  table->bytes = malloc(period + run);
  if (table->bytes == NULL)
    return fail(load, NULL, FAULT_SYSTEM, ENOMEM, "malloc");
  return 0;
}


void table_repeat(table_t* table) {
  size_t i;

  for (i = table->period; i < table->period + table->run; i++)
    table->bytes[i] = table->bytes[i - table->period];
}

#endif /* __linux__ */
