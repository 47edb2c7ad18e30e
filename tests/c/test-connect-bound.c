/* SPDX-License-Identifier: MIT
 *
 * A local address that is in use is told by the connect callback, and by
 * listen at once; one that is free is connected from.
 */

#include "task.h"

static int expected;
static int connects;


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
  close(fd);
  task_end();
  return 0;
}
