/* SPDX-License-Identifier: MIT
 *
 * What ended a run that could not be carried through, in words.
 */

#ifdef __linux__

#include "_load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>


/* Ends the run: the first fault counts. Always returns -1. */
int fail(load_t* load, const connection_t* c, fault_t fault, int err,
         const char* format, ...) {
  size_t used;
  va_list args;

  if (load->fault != FAULT_NONE)
    return -1;

  load->fault = fault;
  load->fault_errno = err;
  used = 0;
  if (c != NULL) {
    load->fault_connection = (unsigned int) (c - load->connections);
    used = (size_t) snprintf(load->fault_text, sizeof(load->fault_text),
                             "connection %u: ", load->fault_connection);
  }
  va_start(args, format);
  vsnprintf(load->fault_text + used, sizeof(load->fault_text) - used, format,
            args);
  va_end(args);
  if (err != 0) {
    used = strlen(load->fault_text);
    snprintf(load->fault_text + used, sizeof(load->fault_text) - used, ": %s",
             err == EPROTO && load->tls != NULL ? tls_reason(load->tls)
                                                : strerror(err));
  }
  return -1;
}


int fail_deadline(load_t* load) {
  const connection_t* c;
  uint64_t asked;
  unsigned int i;

  if (load->connecting)
    return fail(load, NULL, FAULT_DEADLINE, 0,
                "deadline of %g s passed with %u of %u connections made",
                load->deadline_seconds, load->open, load->count);

  /* Name one that waits: where it stands tells a stall from a lost byte. */
  for (i = 0; i < load->count; i++)
    if (load->connections[i].in_flight > 0)
      break;
  c = &load->connections[i < load->count ? i : 0];
  asked = (uint64_t) c->in_flight * load->request_size;
  return fail(load, c, FAULT_DEADLINE, 0,
              "deadline of %g s passed with %llu replies outstanding after "
              "%llu messages; here %llu of %llu bytes were sent and %zu of %zu "
              "received%s",
              load->deadline_seconds, (unsigned long long) load->in_flight,
              (unsigned long long) load->completed,
              (unsigned long long) (asked - c->unsent),
              (unsigned long long) asked, load->reply_size - c->left,
              load->reply_size, c->state < OPEN ? " (not connected)" : "");
}

#endif /* __linux__ */
