/* SPDX-License-Identifier: MIT
 *
 * A connection on which accept4 succeeds but what follows does not: uvn_accept
 * tells the error, the stream is of no use but harmless, and the next hundred
 * are served.
 *
 * Wraps: setsockopt
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;
static int failing;

int __real_setsockopt(int fd, int level, int name, const void* v, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void* v, socklen_t n);


int __wrap_setsockopt(int fd, int level, int name, const void* v,
                      socklen_t n) {
  if (failing) {
    errno = EINVAL;
    return -1;
  }
  return __real_setsockopt(fd, level, name, v, n);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) nread;
  (void) base;
  ASSERT(0);
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


static void on_connection(uvn_stream_t* stream, int status) {
  uv_shutdown_t req;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  ASSERT_EQ(0, status);
  connections++;
  init_stream(TCP, &client);
  ASSERT_EQ(0, uv_tcp_nodelay(&client.u.tcp, 1));  /* Set when it opens. */
  failing = connections == 1;
  ASSERT_EQ(failing ? UV_EINVAL : 0, uvn_accept(stream, &client));
  if (failing) {
    ASSERT_EQ(UV_ENOTCONN, uvn_read_start(&client, on_read));
    ASSERT_NE(0, uvn_write_try(&client, &bufs, &nbufs));
    ASSERT_EQ(UV_ENOTCONN, uv_shutdown(&req, &client.u.stream, on_shutdown));
  }
  failing = 0;
  close_stream(&client);
}


int main(void) {
  struct sockaddr_in addr;
  int fd;
  int i;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  for (i = 1; i <= 101; i++) {
    fd = dial(&addr, sizeof(addr));
    RUN_UNTIL(connections == i);
    turns(1);
    recv_eof(fd);
    close(fd);
  }
  ASSERT_EQ(1, loop.accept_errors);
  close_stream(&server);
  run();
  ASSERT_EQ(102, closed);
  task_end();
  return 0;
}
