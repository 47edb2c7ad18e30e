/* SPDX-License-Identifier: MIT
 *
 * What the files of csrc share with each other. libuv's own internal header is
 * included so that the compiler checks the few internals that are relied on:
 * the poll brackets, watchers (uv__io_t) and the write queue's flush.
 */

#ifndef UVN_INTERNAL_H_
#define UVN_INTERNAL_H_

#include "uvn.h"

#include "unix/internal.h"

#define UVN_CONTAINER_OF(ptr, type, member)                                   \
  ((type*) ((char*) (ptr) - offsetof(type, member)))

#define UVN_LOOP(handle) ((uvn_loop_t*) ((handle)->loop))

/* libuv's stream.c; in none of its headers. */
void uv__stream_flush_write_queue(uv_stream_t* stream, int error);

/* uvn_timers.c */
int uvn__timers_init(uvn_loop_t* loop);
void uvn__timers_arm(uvn_loop_t* loop);
void uvn__timers_free(uvn_loop_t* loop);

/* uvn_poll.c */
extern _Thread_local uvn_loop_t* uvn__current;  /* The loop that is running. */
void uvn__claim_fd(uvn_loop_t* loop, uv__io_t* watcher);
void uvn__disown_fd(uvn_loop_t* loop, uv__io_t* watcher);
void uvn__make_way(uvn_loop_t* loop, int fd);
int uvn__fd_is_anothers(uvn_loop_t* loop, uv__io_t* watcher);
void uvn__report_dead(uvn_loop_t* loop);
void uvn__forget_dead(uvn_loop_t* loop, uv_handle_t* handle);

/* uvn_metrics.c */
void uvn__metrics_begin(uvn_loop_t* loop);
void uvn__metrics_lag(uvn_loop_t* loop);
void uvn__metrics_idle(uvn_loop_t* loop);
void uvn__metrics_close(uvn_loop_t* loop);

/* uvn_stream.c */
uvn_roles_t* uvn__roles(uvn_stream_t* stream);
/* The memory that a stream reads into which has none of its own. */
void uvn__alloc_scratch(uv_handle_t* handle, size_t suggested, uv_buf_t* buf);

/* uvn_accept.c */
uvn_listener_t* uvn__listener_of(const uvn_stream_t* stream);
void uvn__listener_close(uvn_stream_t* server);

/* uvn_pipe.c */
void uvn__pipe_unlink(uvn_stream_t* stream);

/* uvn_udp.c */
void uvn__arena_free(uvn_loop_t* loop);

/* uvn_echo.c */
int uvn__serve(uvn_loop_t* loop, uvn_stream_t* listener, int fd, int tcp,
               uvn_connection_cb cb);
int uvn__serve_accept(uvn_stream_t* server, uvn_stream_t* client);

/* uvn_splice.c */
void uvn__splice_abandon(uvn_stream_t* stream);

/* uvn_ip_set.c. One that is all zeros is empty. */
typedef struct {
  uvn_ip_t* slots;      /* :: is a free one. NULL if all are. */
  size_t mask;          /* Their number, a power of two, less one. */
  unsigned shift;       /* Makes a slot's number of a hash. */
  unsigned size;
  int has_zero;         /* :: itself is among them. */
  uint64_t factors[4];  /* Of the hash. Random. */
} uvn_ip_set_t;

int uvn__ip_set_has(const uvn_ip_set_t* set, uvn_ip_t ip);
/* Has the memory that uvn__ip_set_has() will ask for come nearer. */
void uvn__ip_set_prefetch(const uvn_ip_set_t* set, uvn_ip_t ip);
/* Makes room for one more: 0 or UV_ENOMEM. */
int uvn__ip_set_reserve(uvn_ip_set_t* set);
void uvn__ip_set_add(uvn_ip_set_t* set, uvn_ip_t ip);     /* Is not there. */
void uvn__ip_set_remove(uvn_ip_set_t* set, uvn_ip_t ip);  /* Is there. */
void uvn__ip_set_clear(uvn_ip_set_t* set);

#endif  /* UVN_INTERNAL_H_ */
