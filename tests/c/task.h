/* SPDX-License-Identifier: MIT
 *
 * What the C tests share: assertions that print both values, one loop, sockets.
 *
 * A test is a program. It calls task_begin(), does one thing, counts its
 * callbacks, and calls task_end(), which holds it to having closed everything.
 */

#ifndef TASK_H_
#define TASK_H_

#include "uvn.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define ARRAY_SIZE(a) ((int) (sizeof(a) / sizeof((a)[0])))
#define CONTAINER_OF(ptr, type, member)                                       \
  ((type*) ((char*) (ptr) - offsetof(type, member)))

#define NS_PER_MS 1000000ull

/* ------------------------------------------------------------ assertions -- */

#define TASK_FAIL(...)                                                        \
  do {                                                                        \
    fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                           \
    fprintf(stderr, __VA_ARGS__);                                             \
    fputc('\n', stderr);                                                      \
    _exit(1);                                                                 \
  } while (0)

#define ASSERT(expr)                                                          \
  do {                                                                        \
    if (!(expr))                                                              \
      TASK_FAIL("not so: %s", #expr);                                         \
  } while (0)

#define ASSERT_OP(a, op, b)                                                   \
  do {                                                                        \
    long long a_ = (long long) (a);                                           \
    long long b_ = (long long) (b);                                           \
    if (!(a_ op b_))                                                          \
      TASK_FAIL("%s %s %s: %lld, %lld", #a, #op, #b, a_, b_);                 \
  } while (0)

#define ASSERT_EQ(a, b) ASSERT_OP(a, ==, b)
#define ASSERT_NE(a, b) ASSERT_OP(a, !=, b)
#define ASSERT_LT(a, b) ASSERT_OP(a, <, b)
#define ASSERT_LE(a, b) ASSERT_OP(a, <=, b)
#define ASSERT_GT(a, b) ASSERT_OP(a, >, b)
#define ASSERT_GE(a, b) ASSERT_OP(a, >=, b)

#define ASSERT_PTR_EQ(a, b)                                                   \
  do {                                                                        \
    const void* a_ = (a);                                                     \
    const void* b_ = (b);                                                     \
    if (a_ != b_)                                                             \
      TASK_FAIL("%s == %s: %p, %p", #a, #b, a_, b_);                          \
  } while (0)

#define ASSERT_STR_EQ(a, b)                                                   \
  do {                                                                        \
    const char* a_ = (a);                                                     \
    const char* b_ = (b);                                                     \
    if (strcmp(a_, b_) != 0)                                                  \
      TASK_FAIL("%s == %s: \"%s\", \"%s\"", #a, #b, a_, b_);                  \
  } while (0)

#define ASSERT_MEM_EQ(a, b, n)                                                \
  do {                                                                        \
    const char* a_ = (const char*) (a);                                       \
    const char* b_ = (const char*) (b);                                       \
    size_t i_;                                                                \
    for (i_ = 0; i_ < (size_t) (n); i_++)                                     \
      if (a_[i_] != b_[i_])                                                   \
        TASK_FAIL("%s == %s: at byte %zu, 0x%02x, 0x%02x", #a, #b, i_,        \
                  (unsigned char) a_[i_], (unsigned char) b_[i_]);            \
  } while (0)

/* -------------------------------------------------------------- the loop -- */

static uvn_loop_t loop;
static int task_fds;
static int closed;  /* Close callbacks that have been called. */


static int count_fds(void) {
  DIR* dir = opendir("/dev/fd");
  int count = 0;

  ASSERT(dir != NULL);
  while (readdir(dir) != NULL)
    count++;
  closedir(dir);
  return count - 3;  /* ".", ".." and the directory's own. */
}


UNUSED static void task_begin(void) {
  /* A process without this dies when it writes to a connection that is gone. */
  signal(SIGPIPE, SIG_IGN);
  /* The first loop of a process opens a pipe that is kept. */
  ASSERT_EQ(0, uvn_loop_init(&loop));
  ASSERT_EQ(0, uvn_loop_close(&loop));
  task_fds = count_fds();
  ASSERT_EQ(0, uvn_loop_init(&loop));
}


/* Everything was closed, and nothing that is open is forgotten. */
UNUSED static void task_end(void) {
  ASSERT_EQ(0, uvn_loop_close(&loop));
  ASSERT_EQ(task_fds, count_fds());
}


/* Runs until nothing is left to do. */
UNUSED static void run(void) {
  ASSERT_EQ(0, uvn_loop_run(&loop));
}


UNUSED static void turns(int n) {
  while (n-- > 0)
    uvn_loop_turn(&loop);
}


UNUSED static uint64_t now_ms(void) {
  return uv_hrtime() / NS_PER_MS;
}


/* Turns without blocking while `condition` is false, 60 seconds at most. */
#define RUN_UNTIL(condition)                                                  \
  do {                                                                        \
    uint64_t deadline_ = now_ms() + 60000;                                    \
    while (!(condition)) {                                                    \
      uvn_loop_turn(&loop);                                                   \
      if (now_ms() > deadline_)                                               \
        TASK_FAIL("never: %s", #condition);                                   \
    }                                                                         \
  } while (0)


UNUSED static void run_for(uint64_t ms) {
  uint64_t end = now_ms() + ms;

  while (now_ms() < end) {
    uvn_loop_turn(&loop);
    usleep(500);
  }
}


static void task_on_stop(uvn_timer_t* timer) {
  (void) timer;
  uvn_loop_stop(&loop);
}


/* Runs, blocking in the poll as a real loop does, for `ms` at most. */
UNUSED static void run_blocking_for(uint64_t ms) {
  uvn_timer_t timer;

  memset(&timer, 0, sizeof(timer));
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + ms * NS_PER_MS,
                               task_on_stop));
  uvn_loop_run(&loop);
  uvn_timer_stop(&loop, &timer);
}


static void on_close(uv_handle_t* handle) {
  (void) handle;
  closed++;
}


UNUSED static void close_stream(uvn_stream_t* stream) {
  uvn_close(stream, on_close);
}

/* --------------------------------------------------------------- sockets -- */

typedef enum { TCP, PIPE } kind_t;

static const kind_t both[] = { TCP, PIPE };


UNUSED static void set_timeout(int fd) {
  struct timeval t = { 60, 0 };  /* A hang becomes a failure. */

  ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
  ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
}


/* A blocking connection to a listener. */
UNUSED static int dial(const void* addr, socklen_t length) {
  int fd = socket(((const struct sockaddr*) addr)->sa_family, SOCK_STREAM, 0);

  ASSERT_GE(fd, 0);
  if (connect(fd, addr, length) != 0)
    TASK_FAIL("connect: %s", strerror(errno));
  set_timeout(fd);  /* Not before: such a connect may end with EINTR. */
  return fd;
}


UNUSED static struct sockaddr_in loopback(int port) {
  struct sockaddr_in addr;

  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  addr.sin_port = htons(port);
  return addr;
}


UNUSED static struct sockaddr_in local_address(int fd) {
  struct sockaddr_in addr;
  socklen_t length = sizeof(addr);

  ASSERT_EQ(0, getsockname(fd, (struct sockaddr*) &addr, &length));
  return addr;
}


/* A listening socket without a handle. */
UNUSED static int listen_fd(struct sockaddr_in* addr) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  ASSERT_GE(fd, 0);
  *addr = loopback(0);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) addr, sizeof(*addr)));
  ASSERT_EQ(0, listen(fd, 128));
  *addr = local_address(fd);
  return fd;
}


/* Two ends of a connection; both block. */
UNUSED static void make_pair(kind_t kind, int fds[2]) {
  struct sockaddr_in addr;
  int server;

  if (kind == PIPE) {
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
  } else {
    server = listen_fd(&addr);
    fds[0] = dial(&addr, sizeof(addr));
    fds[1] = accept(server, NULL, NULL);
    ASSERT_GE(fds[1], 0);
    close(server);
  }
  set_timeout(fds[0]);
  set_timeout(fds[1]);
}


UNUSED static void init_stream(kind_t kind, uvn_stream_t* stream) {
  ASSERT_EQ(0, kind == TCP ? uvn_tcp_init(&loop, stream)
                           : uvn_pipe_init(&loop, stream, 0));
}


UNUSED static void open_stream(kind_t kind, uvn_stream_t* stream, int fd) {
  init_stream(kind, stream);
  ASSERT_EQ(0, kind == TCP ? uvn_tcp_open(stream, fd)
                           : uvn_pipe_open(stream, fd));
}


/* Opens `stream` on a connection and returns the peer, which blocks. */
UNUSED static int open_with_peer(kind_t kind, uvn_stream_t* stream) {
  int fds[2];

  make_pair(kind, fds);
  open_stream(kind, stream, fds[0]);
  return fds[1];
}


UNUSED static int fd_of(const uvn_stream_t* stream) {
  uv_os_fd_t fd;

  ASSERT_EQ(0, uv_fileno(&stream->u.handle, &fd));
  return fd;
}


/* Listens on a free port of 127.0.0.1. */
UNUSED static struct sockaddr_in listen_tcp(uvn_stream_t* server,
                                            uvn_connection_cb cb) {
  struct sockaddr_in addr = loopback(0);

  init_stream(TCP, server);
  ASSERT_EQ(0, uv_tcp_bind(&server->u.tcp, (struct sockaddr*) &addr, 0));
  ASSERT_EQ(0, uvn_listen(server, 511, cb));
  return local_address(fd_of(server));
}


/* Listens on a path of this process's own. */
UNUSED static struct sockaddr_un listen_pipe(uvn_stream_t* server,
                                             uvn_connection_cb cb) {
  struct sockaddr_un addr;

  memset(&addr, 0, sizeof(addr));
  addr.sun_family = AF_UNIX;
  snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/uvn-test-%d",
           (int) getpid());
  unlink(addr.sun_path);
  init_stream(PIPE, server);
  ASSERT_EQ(0, uvn_pipe_bind(server, addr.sun_path, strlen(addr.sun_path)));
  ASSERT_EQ(0, uvn_listen(server, 511, cb));
  return addr;
}


/* Makes the socket buffers of a connection small, for backpressure. */
UNUSED static void shrink_buffers(int fd) {
  int size = 4096;

  ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
  ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
}


UNUSED static void send_all(int fd, const void* data, size_t n) {
  const char* p = data;
  ssize_t sent;

  while (n > 0) {
    sent = send(fd, p, n, 0);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0)
      TASK_FAIL("send: %s", strerror(errno));
    p += sent;
    n -= sent;
  }
}


UNUSED static void recv_exactly(int fd, void* data, size_t n) {
  char* p = data;
  ssize_t got;

  while (n > 0) {
    got = recv(fd, p, n, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      TASK_FAIL("recv: %s", strerror(errno));
    if (got == 0)
      TASK_FAIL("the end, %zu bytes too early", n);
    p += got;
    n -= got;
  }
}


UNUSED static void recv_eof(int fd) {
  char byte;
  ssize_t got;

  do
    got = recv(fd, &byte, 1, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    TASK_FAIL("recv: %s", strerror(errno));
  ASSERT_EQ(0, got);
}


/* Closes with a reset, if it is TCP. */
UNUSED static void reset(int fd) {
  struct linger l = { 1, 0 };

  ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
  close(fd);
}

/* ------------------------------------------------------------------ data -- */

/* Byte `i` of the stream of bytes that tests send: without a short period. */
UNUSED static char pattern(uint64_t i) {
  return (char) ((i * 2654435761u) >> 16);
}


UNUSED static void fill_pattern(char* data, uint64_t offset, size_t n) {
  size_t i;

  for (i = 0; i < n; i++)
    data[i] = pattern(offset + i);
}


UNUSED static void check_pattern(const char* data, uint64_t offset, size_t n) {
  size_t i;

  for (i = 0; i < n; i++)
    if (data[i] != pattern(offset + i))
      TASK_FAIL("byte %llu is wrong", (unsigned long long) (offset + i));
}

#endif  /* TASK_H_ */
