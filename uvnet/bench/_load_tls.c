/* SPDX-License-Identifier: MIT
 *
 * TLS for the load generator, with the OpenSSL that Python's own ssl module
 * has loaded: its few functions are declared here and looked up at run time, so
 * that nothing of OpenSSL is needed to build, and no second one is loaded.
 *
 * All of it is called from the one thread that carries a run. OpenSSL's queue
 * of errors belongs to that thread, and is kept empty between the calls.
 */

#ifdef __linux__

#define _GNU_SOURCE

#include "_load_tls.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL's numbers, the same since 1.1.0. */
#define SSL_VERIFY_NONE 0
#define SSL_CTRL_MODE 33
#define SSL_CTRL_SET_READ_AHEAD 41
#define SSL_MODE_ENABLE_PARTIAL_WRITE 1
#define SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER 2
#define SSL_ERROR_WANT_READ 2
#define SSL_ERROR_WANT_WRITE 3
#define SSL_ERROR_SYSCALL 5
#define SSL_ERROR_ZERO_RETURN 6

/* So much is read from the socket at once: several records, if they are there.
 */
#define READ_BUFFER 65536

#define FUNCTIONS(X)                                             \
  X(TLS_client_method, const void*, (void) )                     \
  X(SSL_CTX_new, void*, (const void*) )                          \
  X(SSL_CTX_free, void, (void*) )                                \
  X(SSL_CTX_ctrl, long, (void*, int, long, void*) )              \
  X(SSL_CTX_set_verify, void, (void*, int, void*) )              \
  X(SSL_CTX_set_default_read_buffer_len, void, (void*, size_t) ) \
  X(SSL_new, tls_session_t*, (void*) )                           \
  X(SSL_free, void, (tls_session_t*) )                           \
  X(SSL_set_fd, int, (tls_session_t*, int) )                     \
  X(SSL_set_connect_state, void, (tls_session_t*) )              \
  X(SSL_do_handshake, int, (tls_session_t*) )                    \
  X(SSL_read, int, (tls_session_t*, void*, int) )                \
  X(SSL_write, int, (tls_session_t*, const void*, int) )         \
  X(SSL_has_pending, int, (const tls_session_t*) )               \
  X(SSL_get_error, int, (const tls_session_t*, int) )            \
  X(SSL_shutdown, int, (tls_session_t*) )                        \
  X(ERR_get_error, unsigned long, (void) )                       \
  X(ERR_error_string_n, void, (unsigned long, char*, size_t) )   \
  X(ERR_clear_error, void, (void) )

struct tls_s {
  void* library;
  void* context;
  char reason[200];
#define MEMBER(name, result, arguments) result(*name) arguments;
  FUNCTIONS(MEMBER)
#undef MEMBER
};


static bool find_functions(tls_t* tls) {
#define FIND(name, result, arguments)                \
  *(void**) &tls->name = dlsym(tls->library, #name); \
  if (tls->name == NULL)                             \
    return false;
  FUNCTIONS(FIND)
#undef FIND
  return true;
}


tls_t* tls_open(const char* module, char* why, size_t why_size) {
  tls_t* tls;

  tls = calloc(1, sizeof(*tls));
  if (tls == NULL) {
    snprintf(why, why_size, "tls: no memory");
    return NULL;
  }
  /* A lookup in a library looks in those that it was linked with, too. */
  tls->library = dlopen(module, RTLD_NOW | (module == NULL ? 0 : RTLD_NOLOAD));
  if (tls->library == NULL || !find_functions(tls)) {
    snprintf(why, why_size,
             "tls: OpenSSL's functions cannot be found through %s (they are "
             "not when it is linked into Python statically)",
             module == NULL ? "the interpreter" : module);
    goto failed;
  }
  tls->ERR_clear_error();
  tls->context = tls->SSL_CTX_new(tls->TLS_client_method());
  if (tls->context == NULL) {
    tls->ERR_clear_error();
    snprintf(why, why_size, "tls: OpenSSL could not make a context");
    goto failed;
  }
  tls->SSL_CTX_set_verify(tls->context, SSL_VERIFY_NONE, NULL);
  tls->SSL_CTX_ctrl(
      tls->context, SSL_CTRL_MODE,
      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
      NULL);
  /* A record is read in one call, and not its header first. */
  tls->SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_READ_AHEAD, 1, NULL);
  tls->SSL_CTX_set_default_read_buffer_len(tls->context, READ_BUFFER);
  return tls;

failed:
  tls_close(tls);
  return NULL;
}


void tls_close(tls_t* tls) {
  if (tls == NULL)
    return;
  if (tls->context != NULL)
    tls->SSL_CTX_free(tls->context);
  if (tls->library != NULL)
    dlclose(tls->library);
  free(tls);
}


tls_session_t* tls_session_new(tls_t* tls, int fd) {
  tls_session_t* session;

  session = tls->SSL_new(tls->context);
  if (session != NULL && tls->SSL_set_fd(session, fd) == 1) {
    tls->SSL_set_connect_state(session);
    return session;
  }
  tls_session_free(tls, session);
  tls->ERR_clear_error();
  return NULL;
}


void tls_session_free(tls_t* tls, tls_session_t* session) {
  tls->SSL_free(session);
}


const char* tls_reason(const tls_t* tls) {
  return tls->reason;
}


/* What a call that returned `result` wants, or why it failed: errno is set, to
 * 0 for the end of the input.
 */
static tls_status_t explain(tls_t* tls, tls_session_t* session, int result) {
  unsigned long code;
  int err;

  err = errno;
  switch (tls->SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
      errno = EAGAIN;
      return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
      errno = 0;
      return TLS_FAILED;
    case SSL_ERROR_SYSCALL:
      /* Without an error it is the end of a connection that says no more. */
      tls->ERR_clear_error();
      errno = err == 0 ? ECONNRESET : err;
      return TLS_FAILED;
    default:
      code = tls->ERR_get_error();
      tls->ERR_error_string_n(code, tls->reason, sizeof(tls->reason));
      tls->ERR_clear_error();
      errno = EPROTO;
      return TLS_FAILED;
  }
}


tls_status_t tls_handshake(tls_t* tls, tls_session_t* session) {
  int result;

  errno = 0;
  result = tls->SSL_do_handshake(session);
  return result == 1 ? TLS_DONE : explain(tls, session, result);
}


ssize_t tls_send(tls_t* tls, tls_session_t* session, const void* data,
                 size_t size) {
  int result;

  errno = 0;
  result = tls->SSL_write(session, data, size > INT_MAX ? INT_MAX : (int) size);
  if (result > 0)
    return result;
  explain(tls, session, result);
  return -1;
}


ssize_t tls_recv(tls_t* tls, tls_session_t* session, void* data, size_t size) {
  int result;

  errno = 0;
  result = tls->SSL_read(session, data, size > INT_MAX ? INT_MAX : (int) size);
  if (result > 0)
    return result;
  explain(tls, session, result);
  return errno == 0 ? 0 : -1;
}


bool tls_pending(tls_t* tls, tls_session_t* session) {
  return tls->SSL_has_pending(session);
}


void tls_shutdown(tls_t* tls, tls_session_t* session) {
  tls->SSL_shutdown(session);
  tls->ERR_clear_error();
}

#endif /* __linux__ */
