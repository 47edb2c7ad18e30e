/* SPDX-License-Identifier: MIT
 *
 * TLS for the load generator, with the OpenSSL that Python's own ssl module
 * has loaded.
 */

#ifndef UVNET_BENCH_LOAD_TLS_H_
#define UVNET_BENCH_LOAD_TLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* OpenSSL's own types, of which only pointers are needed. */
typedef struct ssl_st tls_session_t;
typedef struct tls_s tls_t;

typedef enum {
  TLS_DONE,
  TLS_WANT_READ,
  TLS_WANT_WRITE,
  TLS_FAILED
} tls_status_t;

/* Finds OpenSSL and makes the one context that all connections share. `module`
 * is the file of Python's _ssl, or NULL if it is part of the interpreter.
 * Returns NULL and writes the reason to `why` if it cannot be had.
 */
tls_t* tls_open(const char* module, char* why, size_t why_size);
void tls_close(tls_t* tls);

/* A client's session on a connected, non-blocking socket; NULL: no memory. */
tls_session_t* tls_session_new(tls_t* tls, int fd);
void tls_session_free(tls_t* tls, tls_session_t* session);

tls_status_t tls_handshake(tls_t* tls, tls_session_t* session);

/* As send(2) and recv(2): the number of bytes, 0 at the end of the input, or
 * -1 and errno, which is EPROTO for a fault of TLS that tls_reason() names.
 */
ssize_t tls_send(tls_t* tls, tls_session_t* session, const void* data,
                 size_t size);
ssize_t tls_recv(tls_t* tls, tls_session_t* session, void* data, size_t size);

/* Whether there may be bytes to receive that the socket no longer holds. */
bool tls_pending(tls_t* tls, tls_session_t* session);

/* Says that no more will be sent. */
void tls_shutdown(tls_t* tls, tls_session_t* session);

/* What the last fault of TLS was. */
const char* tls_reason(const tls_t* tls);

#endif /* UVNET_BENCH_LOAD_TLS_H_ */
