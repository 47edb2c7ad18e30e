/* SPDX-License-Identifier: MIT
 *
 * uvn: what uvnet adds to libuv, in C and without Python.
 *
 * A handle is a long-lived libuv object, a request is one operation. Functions
 * return 0 (or a count) on success and a negative libuv error code otherwise;
 * when a function that takes a callback returns an error, the callback is never
 * called. Everything here runs on the loop's thread.
 */

#ifndef UVN_H_
#define UVN_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

typedef struct uvn_loop_s uvn_loop_t;
typedef struct uvn_stream_s uvn_stream_t;
typedef struct uvn_target_s uvn_target_t;
typedef struct uvn_roles_s uvn_roles_t;
typedef struct uvn_listener_s uvn_listener_t;
typedef struct uvn_write_s uvn_write_t;
typedef struct uvn_splice_s uvn_splice_t;
typedef struct uvn_timer_s uvn_timer_t;
typedef struct uvn_idle_s uvn_idle_t;
typedef struct uvn_idle_list_s uvn_idle_list_t;
typedef struct uvn_block_list_s uvn_block_list_t;
typedef struct uvn_udp_s uvn_udp_t;
typedef struct uvn_arena_s uvn_arena_t;
typedef struct uvn_kept_s uvn_kept_t;

/* What one read takes at most: libuv's own suggestion, and Node's chunk. */
#define UVN_READ_SIZE 65536
/* The same in bulk, with fewer calls for what comes in larger pieces. */
#define UVN_BULK_SIZE 262144

/* ---------------------------------------------------------------- timers -- */

typedef void (*uvn_timer_cb)(uvn_timer_t* timer);
typedef void (*uvn_idle_cb)(uvn_idle_t* idle);

/* One entry of the loop's timer heap. Deadlines are uv_hrtime() nanoseconds. */
struct uvn_timer_s {
  uint64_t when;
  uint64_t seq;       /* Order of insertion: equal deadlines are FIFO. */
  uvn_timer_cb cb;
  void* data;         /* The owner's. */
  uint32_t index;     /* Place in the heap plus one; 0 while not scheduled. */
  uint8_t unreferenced;
  uint8_t cancelled;  /* Maybe still in the heap, but dead. */
};

/* An idle timeout: one entry in the list of all entries of equal duration. */
struct uvn_idle_s {
  uvn_idle_t* next;
  uvn_idle_t* prev;
  uvn_idle_list_t* list;  /* NULL while not armed. */
  uint64_t start;         /* uv_now() of the last start or refresh. */
  uint32_t duration;      /* 0 once stopped. */
  uvn_idle_cb cb;
  void* data;             /* The owner's. */
};

typedef struct {
  uvn_timer_t** heap;
  uint32_t size;
  uint32_t capacity;
  uint32_t cancelled;   /* Dead entries in the heap. */
  uint32_t referenced;  /* Live entries that keep the loop alive. */
  uint64_t seq;
  uint64_t firing;      /* While callbacks run: what is due, in ns. */
  uvn_timer_t* purged;  /* Dead entries out of the heap, not told yet. */
  uint8_t dirty;        /* The uv timer may not match the heap's top. */
  uv_timer_t uv;
  uvn_idle_list_t** buckets;
} uvn_timers_t;

/* Schedules `timer` at `when` (ns). UV_ENOMEM, UV_EBUSY if it is scheduled. One
 * that a timer's callback starts does not fire before the next turn. */
int uvn_timer_start(uvn_loop_t* loop, uvn_timer_t* timer, uint64_t when,
                    uvn_timer_cb cb);
/* Takes `timer` out of the heap at once: its memory may go. O(log n). */
void uvn_timer_stop(uvn_loop_t* loop, uvn_timer_t* timer);
/* Marks `timer` dead in O(1). Its memory must last until `cb` is called, which
 * happens when the entry leaves the heap, with uvn_loop_close() at the latest;
 * `cancelled` is then set. */
void uvn_timer_cancel(uvn_loop_t* loop, uvn_timer_t* timer);
/* Whether a scheduled timer keeps the loop alive; it does by default. */
void uvn_timer_set_ref(uvn_loop_t* loop, uvn_timer_t* timer, int referenced);

#define UVN_IDLE_MAX UINT32_MAX  /* Milliseconds: 49 days. */

/* Arms `idle` for `duration` milliseconds of silence, 1 to UVN_IDLE_MAX (what
 * is beyond counts as the limit); arming again moves it to the list of the new
 * duration. Idle timeouts never keep the loop alive. */
int uvn_idle_start(uvn_loop_t* loop, uvn_idle_t* idle, uint64_t duration,
                   uvn_idle_cb cb);
/* Restarts the duration: O(1), touches no heap. One that has fired is armed
 * anew; one that was stopped is left alone. */
void uvn_idle_refresh(uvn_loop_t* loop, uvn_idle_t* idle);
void uvn_idle_stop(uvn_idle_t* idle);

/* ------------------------------------------------------------------ loop -- */

/* Called around a poll that may block, to give up and take back a lock that
 * the callbacks run under. */
typedef void (*uvn_poll_hook)(uvn_loop_t* loop);

struct uvn_loop_s {
  uv_loop_t uv;            /* First: a uv_loop_t* of ours is a uvn_loop_t*. */
  uv_buf_t scratch;        /* The memory that every ordinary read goes to:
                            * UVN_BULK_SIZE. */
  uvn_poll_hook release;   /* NULL: there is no lock to give up. */
  uvn_poll_hook acquire;
  void* lock;              /* The hooks' own. */
  uvn_poll_hook attend;    /* A signal has interrupted the poll, or none has
                            * blocked for 5 ms: who waits for the lock may be
                            * given it. NULL: nothing is to be attended to. */
  int (*catch_up)(uvn_loop_t* loop);  /* Called before the first event that a
                            * poll has found is told, and may call anything:
                            * returns whether it has. May be NULL. */
  struct sockaddr_storage peer;  /* Of the connection that is being accepted: */
  socklen_t peer_length;
  int peer_fd;             /* this one, or -1 if there is none. */
  uvn_poll_hook flush;     /* Called before the next poll if `corked` is set: */
  uint8_t corked;          /* somebody holds back what is to be written. */
  uint8_t heard_signal;
  uint8_t polled;          /* No event of this poll has been told yet. */
  uint64_t attended_at;    /* uv_now() then, or when the lock was taken back. */
  uint8_t released;        /* The lock is not held: whoever holds it must wake
                            * the loop to be heard. */
  uint8_t stop;
  uint8_t forked;          /* The loop is the parent process's. */
  int poll_error;          /* Why the poll cannot go on; 0 while it can. */
  uvn_timers_t timers;
  uv_prepare_t prepare;    /* Arms the uv timer just before the poll. */
  uv_async_t async;        /* Wakes a blocking poll; unreferenced. */
  struct uvn_dead {        /* Handles whose descriptor is no longer theirs. */
    uv_handle_t* handle;
    int error;
  }* dead;
  unsigned ndead;
  unsigned dead_capacity;
  uvn_arena_t* arena;      /* What datagrams are received in; NULL before. */
  uint8_t stale_set;       /* The poll set may hold what cannot be removed. */
  struct {                 /* Times in ns; what uvn_loop_metrics() is made of. */
    uint64_t since;        /* When the last poll ended, or now if one blocks. */
    uint64_t since_ms;     /* uv_now() then. */
    uint64_t idle;
    uint64_t busy;         /* Between polls, since the last reset, as max_lag. */
    uint64_t max_lag;
    uint64_t turns;        /* libuv's counts, when last asked for. */
    uint64_t events;
    uint64_t turns_before; /* The last reset. */
    uint8_t measured;      /* Somebody has asked. */
    uint8_t blocking;      /* The poll may block. */
    uint8_t closed;
  } metrics;
  /* Counters, for metrics and tests. */
  uint64_t refused_accepts;  /* Connections shed for want of descriptors. */
  uint64_t accept_errors;
  uint64_t blocked_accepts;  /* Connections closed for their address. */
  uint64_t dead_watchers;
  uint64_t splice_reads;     /* Chunks that went through a splice. */
  uint64_t batched_recvs;    /* Datagrams that came with another, in one call. */
  uint64_t batched_sends;
};

int uvn_loop_init(uvn_loop_t* loop);
/* UV_EBUSY while handles other than the loop's own are open. */
int uvn_loop_close(uvn_loop_t* loop);
/* Runs until uvn_loop_stop() or until nothing referenced is left. Returns 1 if
 * something referenced is left, or an error if the poll itself has failed. */
int uvn_loop_run(uvn_loop_t* loop);
/* One turn that does not block. */
int uvn_loop_turn(uvn_loop_t* loop);
void uvn_loop_stop(uvn_loop_t* loop);
/* In a forked child, which shares the loop's descriptors with its parent: keeps
 * the child from changing the parent's poll set, waking the parent, or handling
 * what a poll in progress has found. Nothing else may be done with the loop. */
void uvn_loop_forked(uvn_loop_t* loop);
/* What it has done so far. Times are in nanoseconds, and measured from the first
 * call on. */
typedef struct {
  uint64_t turns;    /* Polls. */
  uint64_t events;   /* What they have found. */
  uint64_t idle;     /* In polls that may block. */
  /* From the end of a poll to the next one: what became ready meanwhile has
   * waited so long at most. The mean of all turns, and the longest. One that
   * does not block takes part in the former as of the next millisecond. */
  uint64_t lag;
  uint64_t max_lag;
} uvn_metrics_t;

/* Of a closed loop too. `reset` has both lags begin anew, afterwards. */
void uvn_loop_metrics(uvn_loop_t* loop, uvn_metrics_t* metrics, int reset);
/* Makes a blocking poll return. The only function that any thread may call. */
int uvn_loop_wakeup(uvn_loop_t* loop);

/* uv_poll_init, without leaving a blocking descriptor non-blocking. */
int uvn_poll_init(uvn_loop_t* loop, uv_poll_t* handle, int fd);
/* UV_EBADF on a handle whose descriptor has died. */
int uvn_poll_start(uv_poll_t* handle, int events, uv_poll_cb cb);
/* Watches a handle that was started for other `events`, not none: one system
 * call, where starting it again takes two. It must still be the same file. */
int uvn_poll_change(uv_poll_t* handle, int events);
/* Whether nobody waits, for now, for what `handle` watches: it neither keeps the
 * loop alive nor its descriptor from being opened by another handle. */
void uvn_poll_spare(uv_poll_t* handle, int spare);
/* The descriptor reports events of a file that it is no more. */
void uvn_poll_distrust(uv_poll_t* handle);
void uvn_poll_close(uv_poll_t* handle, uv_close_cb cb);
/* 1 if `fd` is an open descriptor. */
int uvn_fd_alive(int fd);
/* The kernel has just made `fd`: a handle that is known by this number has lost
 * its own descriptor, and will be told. */
void uvn_claim_fd(uvn_loop_t* loop, int fd);

/* --------------------------------------------------------------- streams -- */

/* nread > 0: bytes at `base`, valid during the call. nread < 0: UV_EOF or an
 * error; reading has stopped. Never called with 0. */
typedef void (*uvn_read_cb)(uvn_stream_t* stream, ssize_t nread,
                            const char* base);
/* status 0: uvn_accept() the connection now, or it is closed on return. */
typedef void (*uvn_connection_cb)(uvn_stream_t* server, int status);
typedef void (*uvn_write_cb)(uvn_write_t* req, int status);
/* status 0: the source has ended and every byte is with the destination.
 * Negative: the error, `failed` the end it came from. The splice is over.
 * With a high water mark, `failed` NULL, it may go on: UV_EAGAIN, the mark has
 * been reached, and nothing is read until all that waits is with the kernel;
 * UV_EOF, the source has ended, and 0 follows when that is so. */
typedef void (*uvn_splice_cb)(uvn_stream_t* source, int status,
                              uvn_stream_t* failed);

/* Called before each read, to set stream->target->buf. */
typedef void (*uvn_buffer_cb)(uvn_stream_t* stream);

/* The owner's memory to read into, instead of the loop's. It is the owner's,
 * too, and once a stream has one it must last until the close callback. */
struct uvn_target_s {
  uv_buf_t buf;            /* base NULL: the scratch. */
  uvn_buffer_cb on_buffer; /* Asked for it each time; base NULL: UV_ENOBUFS. */
  uint8_t asking;          /* From then on until the read has ended. */
  uint8_t stop;            /* uvn_read_stop() meanwhile. */
};

/* What few streams are: the source or a destination of splices, or a listener.
 * Made when it first becomes one of them, and freed when it closes. */
struct uvn_roles_s {
  uvn_splice_t* splice;    /* This stream is the source of. */
  uvn_splice_t* feeders;   /* This stream is the destination of. */
  uvn_listener_t* listener;
  uvn_block_list_t* block_list;  /* See uvn_set_block_list(). */
};

/* What every connection has. There may be very many that are idle: what only
 * some of them need is behind a pointer. */
struct uvn_stream_s {
  union {                  /* First: the handle itself. */
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } u;
  uvn_read_cb on_read;
  uvn_target_t* target;    /* NULL: every read goes to the scratch. */
  uint64_t bytes_read;
  uint64_t bytes_written;  /* Accepted for writing, as Node counts. */
  uvn_roles_t* roles;      /* NULL: it has none, so far. */
  uvn_idle_t* idle;        /* Refreshed by every read and write; may be NULL. */
};

struct uvn_write_s {
  uv_write_t req;
  uvn_write_cb cb;
  size_t queued;           /* Bytes that the kernel did not take at once. */
};

int uvn_tcp_init(uvn_loop_t* loop, uvn_stream_t* stream);
int uvn_pipe_init(uvn_loop_t* loop, uvn_stream_t* stream, int ipc);
/* Adopt an open descriptor. UV_EEXIST if the loop watches it already. On error
 * the descriptor is still the caller's and as it was. */
int uvn_tcp_open(uvn_stream_t* stream, int fd);
int uvn_pipe_open(uvn_stream_t* stream, int fd);

/* UV_EALREADY if the stream reads, or is the source of a splice. */
int uvn_read_start(uvn_stream_t* stream, uvn_read_cb cb);
/* The same, with up to UVN_BULK_SIZE bytes at a time. */
int uvn_read_start_bulk(uvn_stream_t* stream, uvn_read_cb cb);
/* Without effect on a splice, which has a stop of its own. */
int uvn_read_stop(uvn_stream_t* stream);

/* Offers bufs to the kernel and then queues what it did not take.
 *
 * uvn_write_try: 0, all written and no request needed; 1, bufs and nbufs were
 * advanced to what is left to queue; or an error. All bytes count as written
 * from here on.
 * uvn_write_queue: queues the rest; the memory must last until `cb`. */
int uvn_write_try(uvn_stream_t* stream, uv_buf_t** bufs, unsigned* nbufs);
int uvn_write_queue(uvn_stream_t* stream, uvn_write_t* req,
                    const uv_buf_t* bufs, unsigned nbufs, uvn_write_cb cb);
/* uv_shutdown, also of a stream that is still connecting. */
int uvn_shutdown(uvn_stream_t* stream, uv_shutdown_t* req, uv_shutdown_cb cb);

int uvn_tcp_connect(uvn_stream_t* stream, uv_connect_t* req,
                    const struct sockaddr* addr, uv_connect_cb cb);
int uvn_pipe_connect(uvn_stream_t* stream, uv_connect_t* req,
                     const char* path, size_t length, uv_connect_cb cb);
/* uv_pipe_bind2, but uvn_close() removes the path only while it is still the
 * file that was bound. */
int uvn_pipe_bind(uvn_stream_t* stream, const char* path, size_t length);
/* Has uvn_close() remove `path`, which an adopted descriptor is bound to. */
int uvn_pipe_own(uvn_stream_t* stream, const char* path, size_t length);

/* Starts, or restarts, listening. Accepting survives every error: it goes on
 * at once or, when errors repeat, after a pause of 5 to 500 ms. */
int uvn_listen(uvn_stream_t* server, int backlog, uvn_connection_cb cb);
/* Within the connection callback: hands the connection to `client`. */
int uvn_accept(uvn_stream_t* server, uvn_stream_t* client);

/* uv_close after ending the stream's splices and its listener. */
void uvn_close(uvn_stream_t* stream, uv_close_cb cb);
/* The same with a TCP RST, where the connection still allows one. */
void uvn_close_reset(uvn_stream_t* stream, uv_close_cb cb);

/* Everything that `source` receives is written to `destination`, in C, with
 * backpressure: reading pauses while `high_water_mark` bytes or more wait for
 * the kernel, and the callback is told; with 0 while any do, in silence. UV_EALREADY if `source` is reading or spliced. One splice a
 * source; any number may feed one destination. */
int uvn_splice_start(uvn_stream_t* source, uvn_stream_t* destination,
                     size_t high_water_mark, uvn_splice_cb cb);
/* The one that `source` is the source of, or NULL. */
static inline uvn_splice_t* uvn_splice_of(const uvn_stream_t* source) {
  return source->roles != NULL ? source->roles->splice : NULL;
}
/* Ends it without a callback. Bytes already read are still written. */
void uvn_splice_stop(uvn_splice_t* splice);
/* How many bytes wait for the destination: whole chunks, with what the kernel
 * took of them at once. */
size_t uvn_splice_held(const uvn_splice_t* splice);

/* ------------------------------------------------------------- datagrams -- */

/* One datagram, received or to be sent. */
typedef struct {
  const char* base;
  size_t len;
  const struct sockaddr* addr;  /* NULL: to the address that is connected. */
  socklen_t addrlen;            /* 0: the sender has no address. */
} uvn_datagram_t;

/* The most that one uvn_udp_send() sends. */
#define UVN_SEND_MAX 64

/* n > 0: as many datagrams, valid during the call. One that does not want them
 * all, because it has stopped, gives the rest to uvn_udp_keep().
 * n < 0: an error of an earlier datagram, such as UV_ECONNREFUSED, and receiving
 * goes on; or UV_EBADF, the descriptor has died, and it does not. */
typedef void (*uvn_udp_recv_cb)(uvn_udp_t* udp, const uvn_datagram_t* batch,
                                int n);
/* status 0: the socket is writable. Negative: its descriptor has died. */
typedef void (*uvn_udp_cb)(uvn_udp_t* udp, int status);

struct uvn_udp_s {
  uv_poll_t poll;          /* First: the handle itself. */
  int fd;                  /* Owned; -1 before open and once it is lost. */
  int family;
  uint64_t inode;          /* Of the socket. */
  uvn_udp_recv_cb on_recv;
  uvn_udp_cb on_writable;
  uvn_kept_t* kept;        /* Received, and to be delivered first. */
  uint8_t one_by_one;      /* No more than one datagram in a system call. */
};

void uvn_udp_init(uvn_loop_t* loop, uvn_udp_t* udp);
/* Adopts a datagram socket, or a raw one, and makes it non-blocking. UV_EEXIST
 * if the loop watches it already. On error it is still the caller's. */
int uvn_udp_open(uvn_udp_t* udp, int fd);
/* Makes a socket, unless there is one. UV_EINVAL if that is of another family. */
int uvn_udp_socket(uvn_udp_t* udp, int family);
/* UV_EALREADY if it does. A bounded number of datagrams in each turn. */
int uvn_udp_recv_start(uvn_udp_t* udp, uvn_udp_recv_cb cb);
int uvn_udp_recv_stop(uvn_udp_t* udp);
/* Within the receive callback, for the end of its batch: it comes again, before
 * all others, in another turn or when receiving starts again. */
int uvn_udp_keep(uvn_udp_t* udp, const uvn_datagram_t* rest, unsigned n);
/* Offers datagrams to the kernel; returns how many it took, at least one, or why
 * it did not take the first. UV_EAGAIN: it is full. */
int uvn_udp_send(uvn_udp_t* udp, const uvn_datagram_t* datagrams, unsigned n);
/* Calls `cb` in each turn in which the socket is writable; NULL ends it. */
int uvn_udp_wait_writable(uvn_udp_t* udp, uvn_udp_cb cb);
/* uv_close, and of the descriptor. */
void uvn_udp_close(uvn_udp_t* udp, uv_close_cb cb);

/* ------------------------------------------------------------- addresses -- */

#define UVN_ADDR_STRLEN 64  /* An IPv6 address, '%' and an interface name. */

/* IP literals only. UV_EINVAL if `ip` is none of `family` (0: either). */
int uvn_addr_parse(const char* ip, size_t length, int port, int family,
                   struct sockaddr_storage* out);
/* Writes the literal to `ip`; returns 4 or 6, UV_EAFNOSUPPORT otherwise. */
int uvn_addr_format(const struct sockaddr* addr, char ip[UVN_ADDR_STRLEN],
                    int* port);
/* 4, 6 or 0 under Node's grammar. */
int uvn_is_ip(const char* text, size_t length);
/* The path of a Unix socket into `path` (>= 108 bytes); its length, 0 if the
 * socket has none, or an error. An abstract name starts with a NUL. */
int uvn_pipe_getname(const uvn_stream_t* stream, int peer, char* path);

/* ----------------------------------------------------------- block lists -- */

/* An address of one space of 128 bits, in the host's byte order; IPv4 addresses
 * are the IPv4-mapped ones, ::ffff:a.b.c.d. */
typedef struct {
  uint64_t hi;
  uint64_t lo;
} uvn_ip_t;

enum { UVN_RULE_ADDRESS, UVN_RULE_SUBNET, UVN_RULE_RANGE };

/* As given, that is with the bits of a network that its prefix leaves open. Two
 * rules are the same if all that their kind has is, but for an address, which
 * is the same in IPv4 and mapped. */
typedef struct {
  uvn_ip_t first;
  uvn_ip_t last;         /* Of a range, included. */
  uint8_t kind;
  uint8_t first_family;  /* 4 or 6. */
  uint8_t last_family;   /* Of a range. */
  uint8_t prefix;        /* Of a subnet: its length, up to 32 or 128. */
} uvn_rule_t;

/* 4 or 6, or UV_EAFNOSUPPORT. */
int uvn_ip_from_addr(const struct sockaddr* addr, uvn_ip_t* ip);
void uvn_ip_to_addr(uvn_ip_t ip, int family, struct sockaddr_storage* addr);

/* Every function takes O(log n), or less; adding and removing also touch one
 * number for each 64 or so of the edges that a rule spans, and move all single
 * addresses when their number has doubled, or shrunk to a quarter. There is no
 * lock: a list has one user at a time. */

/* An empty list with one reference, or NULL for want of memory. */
uvn_block_list_t* uvn_block_list_new(void);
void uvn_block_list_ref(uvn_block_list_t* list);
void uvn_block_list_unref(uvn_block_list_t* list);
/* 0; UV_EEXIST if it is there, UV_EINVAL if it makes no sense, UV_ENOMEM: the
 * list is then as it was. */
int uvn_block_list_add(uvn_block_list_t* list, const uvn_rule_t* rule);
/* 0, or UV_ENOENT. Never wants memory. */
int uvn_block_list_remove(uvn_block_list_t* list, const uvn_rule_t* rule);
void uvn_block_list_clear(uvn_block_list_t* list);
unsigned uvn_block_list_size(const uvn_block_list_t* list);
/* The rule that was added before this one, or NULL; NULL for the newest. */
const uvn_rule_t* uvn_block_list_next(const uvn_block_list_t* list,
                                      const uvn_rule_t* rule);
/* 1 if a rule covers the address. */
int uvn_block_list_covers(const uvn_block_list_t* list, uvn_ip_t ip);
/* The same; 0 for what is neither IPv4 nor IPv6. */
int uvn_block_list_check(const uvn_block_list_t* list,
                         const struct sockaddr* addr);

/* From now on `server` closes who connects from an address of the list, without
 * a callback. It takes a reference, until it closes; NULL ends it. */
int uvn_set_block_list(uvn_stream_t* server, uvn_block_list_t* list);

/* --------------------------------------------------------------- ceiling -- */

/* The fastest echo server that libuv allows, to measure everything against:
 * serves the listening socket `fd` with C callbacks alone until `limit` bytes
 * have been echoed (0: for ever). `tcp` tells which handle type to use. */
int uvn_echo_ceiling(int fd, int tcp, uint64_t limit);

/* The same for bulk transfer. A sink counts what arrives and, at the end of a
 * connection's input, answers the count, 8 bytes big-endian, and closes. A
 * source reads requests, 8 bytes big-endian, and sends so many bytes for each,
 * byte i of an answer being i & 0xff; it closes after the last. With `once` it
 * returns when the last of the connections so far has closed. */
enum { UVN_SINK, UVN_SOURCE };
int uvn_bulk_ceiling(int fd, int tcp, int service, int once);

#endif  /* UVN_H_ */
