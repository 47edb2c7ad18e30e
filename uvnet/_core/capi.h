/* SPDX-License-Identifier: MIT
 *
 * How the extension modules share one libuv.
 *
 * The owner, uvnet._core.loop, is linked with libuv and csrc and exports the
 * table below in a capsule; the other modules call through it. In the .pxd
 * files a function is declared with the C name UVN(name), which is the function
 * itself in the owner and an entry of the table elsewhere. The list is also the
 * inventory of our native surface.
 */

#ifndef UVNET_CAPI_H_
#define UVNET_CAPI_H_

#include <Python.h>

#include "uvn.h"

#define UVN_CAPI(X)                                                           \
  X(uv_version_string)                                                        \
  X(uv_close)                                                                 \
  X(uv_is_active)                                                             \
  X(uv_is_closing)                                                            \
  X(uv_ref)                                                                   \
  X(uv_unref)                                                                 \
  X(uv_has_ref)                                                               \
  X(uv_fileno)                                                                \
  X(uv_cancel)                                                                \
  X(uv_err_name)                                                              \
  X(uv_strerror)                                                              \
  X(uv_is_readable)                                                           \
  X(uv_is_writable)                                                           \
  X(uv_stream_set_blocking)                                                   \
  X(uv_tcp_bind)                                                              \
  X(uv_tcp_getsockname)                                                       \
  X(uv_tcp_getpeername)                                                       \
  X(uv_tcp_nodelay)                                                           \
  X(uv_tcp_keepalive_ex)                                                      \
  X(uv_pipe_chmod)                                                            \
  X(uv_timer_init)                                                            \
  X(uv_timer_start)                                                           \
  X(uv_timer_stop)                                                            \
  X(uv_timer_again)                                                           \
  X(uv_timer_get_due_in)                                                      \
  X(uv_async_init)                                                            \
  X(uv_async_send)                                                            \
  X(uv_poll_stop)                                                             \
  X(uv_signal_init)                                                           \
  X(uv_signal_start)                                                          \
  X(uv_signal_stop)                                                           \
  X(uv_getaddrinfo)                                                           \
  X(uv_freeaddrinfo)                                                          \
  X(uv_getnameinfo)                                                           \
  X(uvn_echo_ceiling)                                                         \
  X(uvn_bulk_ceiling)                                                         \
  X(uvn_timer_start)                                                          \
  X(uvn_timer_stop)                                                           \
  X(uvn_timer_cancel)                                                         \
  X(uvn_timer_set_ref)                                                        \
  X(uvn_idle_start)                                                           \
  X(uvn_idle_refresh)                                                         \
  X(uvn_idle_stop)                                                            \
  X(uvn_splice_held)                                                          \
  X(uv_walk)                                                                  \
  X(uvn_loop_metrics)                                                         \
  X(uvn_loop_wakeup)                                                          \
  X(uvn_poll_init)                                                            \
  X(uvn_poll_start)                                                           \
  X(uvn_poll_change)                                                          \
  X(uvn_poll_spare)                                                           \
  X(uvn_poll_distrust)                                                        \
  X(uvn_poll_close)                                                           \
  X(uvn_fd_alive)                                                             \
  X(uvn_claim_fd)                                                             \
  X(uvn_tcp_init)                                                             \
  X(uvn_pipe_init)                                                            \
  X(uvn_tcp_open)                                                             \
  X(uvn_pipe_open)                                                            \
  X(uvn_pipe_bind)                                                            \
  X(uvn_pipe_own)                                                             \
  X(uvn_read_start)                                                           \
  X(uvn_read_start_bulk)                                                      \
  X(uvn_read_stop)                                                            \
  X(uvn_write_try)                                                            \
  X(uvn_write_queue)                                                          \
  X(uvn_shutdown)                                                             \
  X(uvn_tcp_connect)                                                          \
  X(uvn_pipe_connect)                                                         \
  X(uvn_listen)                                                               \
  X(uvn_accept)                                                               \
  X(uvn_close)                                                                \
  X(uvn_close_reset)                                                          \
  X(uvn_splice_start)                                                         \
  X(uvn_splice_stop)                                                          \
  X(uvn_udp_init)                                                             \
  X(uvn_udp_open)                                                             \
  X(uvn_udp_socket)                                                           \
  X(uvn_udp_recv_start)                                                       \
  X(uvn_udp_recv_stop)                                                        \
  X(uvn_udp_keep)                                                             \
  X(uvn_udp_send)                                                             \
  X(uvn_udp_wait_writable)                                                    \
  X(uvn_udp_close)                                                            \
  X(uvn_addr_parse)                                                           \
  X(uvn_addr_format)                                                          \
  X(uvn_is_ip)                                                                \
  X(uvn_ip_from_addr)                                                         \
  X(uvn_ip_to_addr)                                                           \
  X(uvn_block_list_new)                                                       \
  X(uvn_block_list_unref)                                                     \
  X(uvn_block_list_add)                                                       \
  X(uvn_block_list_remove)                                                    \
  X(uvn_block_list_clear)                                                     \
  X(uvn_block_list_size)                                                      \
  X(uvn_block_list_next)                                                      \
  X(uvn_block_list_covers)                                                    \
  X(uvn_set_block_list)                                                       \
  X(uvn_pipe_getname)

typedef struct {
  size_t size;  /* Of this struct: a module built against another is refused. */
#define X(name) __typeof__(&name) name;
  UVN_CAPI(X)
#undef X
} uvn_capi_t;

#define UVN_CAPI_NAME "uvnet._core.loop._C_API"

#ifdef UVN_CAPI_OWNER

#define UVN(name) name

static inline PyObject* uvn_capi_export(void) {
  static uvn_capi_t table = {
    .size = sizeof(uvn_capi_t),
#define X(name) .name = &name,
    UVN_CAPI(X)
#undef X
  };

  return PyCapsule_New(&table, UVN_CAPI_NAME, NULL);
}

#else

#define UVN(name) (uvn_capi->name)

static const uvn_capi_t* uvn_capi;

/* Called at the top of every module but the owner. */
static inline int uvn_capi_import(void) {
  /* Not PyCapsule_Import(), which wants the package to be imported already. */
  PyObject* owner = PyImport_ImportModule("uvnet._core.loop");
  PyObject* capsule;

  if (owner == NULL)
    return -1;
  capsule = PyObject_GetAttrString(owner, "_C_API");
  Py_DECREF(owner);
  if (capsule == NULL)
    return -1;
  uvn_capi = PyCapsule_GetPointer(capsule, UVN_CAPI_NAME);
  Py_DECREF(capsule);
  if (uvn_capi == NULL)
    return -1;
  if (uvn_capi->size == sizeof(uvn_capi_t))
    return 0;
  PyErr_Format(PyExc_ImportError,
               "uvnet._core.loop exports a table of %zu bytes, this module was "
               "built for %zu: rebuild all of uvnet together",
               uvn_capi->size, sizeof(uvn_capi_t));
  uvn_capi = NULL;
  return -1;
}

#endif  /* UVN_CAPI_OWNER */

#endif  /* UVNET_CAPI_H_ */
