/* SPDX-License-Identifier: MIT
 *
 * A local address that is in use is told by the connect callback, and by
 * listen at once; one that is free is connected from. So is a bound path.
 */

#include "task.h"

static int expected;
static int connects;
static int ends;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(expected, status);
  connects++;
}


static void on_connection(uvn_stream_t* server, int status) {
  (void) server;
  (void) status;
  ASSERT(0);
}


/* Takes nothing: the connection is closed, which the other end reads. */
static void on_refused(uvn_stream_t* server, int status) {
  (void) server;
  ASSERT_EQ(0, status);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) base;
  ASSERT_LT(nread, 0);  /* UV_EOF, or UV_ECONNRESET with the byte unread. */
  ends++;
}


/* Bound to a path: the stream works as one that has bound nothing. */
static void check_path(void) {
  uvn_stream_t server;
  uvn_stream_t stream;
  struct sockaddr_un addr;
  char path[sizeof(addr.sun_path)];
  uv_connect_t req;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  addr = listen_pipe(&server, on_refused);
  snprintf(path, sizeof(path), "/tmp/uvn-test-%d-c", (int) getpid());
  unlink(path);
  init_stream(PIPE, &stream);
  ASSERT_EQ(0, uvn_pipe_bind(&stream, path, strlen(path)));
  ASSERT_EQ(0, uvn_pipe_connect(&stream, &req, addr.sun_path,
                                strlen(addr.sun_path), on_connect));
  expected = 0;
  turns(3);
  ASSERT_EQ(3, connects);
  ASSERT_EQ(1, uv_is_readable(&stream.u.stream));
  ASSERT_EQ(1, uv_is_writable(&stream.u.stream));
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  (void) uvn_write_try(&stream, &bufs, &nbufs);
  RUN_UNTIL(ends == 1);
  close_stream(&server);
  close_stream(&stream);
  run();
  ASSERT_EQ(-1, access(path, F_OK));
}


int main(void) {
  struct sockaddr_in used;
  struct sockaddr_in any = loopback(0);
  uvn_stream_t stream;
  uv_connect_t req;
  int fd;

  task_begin();
  fd = listen_fd(&used);

  expected = UV_EADDRINUSE;
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uv_tcp_bind(&stream.u.tcp, (struct sockaddr*) &used, 0));
  ASSERT_EQ(UV_EADDRINUSE, uvn_listen(&stream, 8, on_connection));
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &used,
                               on_connect));
  run();
  close_stream(&stream);
  run();

  expected = 0;
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uv_tcp_bind(&stream.u.tcp, (struct sockaddr*) &any, 0));
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &used,
                               on_connect));
  run();
  close_stream(&stream);
  run();

  ASSERT_EQ(2, connects);
  check_path();
  close(fd);
  task_end();
  return 0;
}
