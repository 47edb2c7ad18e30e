/* SPDX-License-Identifier: MIT
 *
 * A second connect while the first is in flight is refused and harms nothing;
 * so is one on a closed stream, which leaks no descriptor.
 */

#include "task.h"

static int connects;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  connects++;
}


static void on_second(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EISCONN, status);
}


static void never(uv_connect_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


static void on_connection(uvn_stream_t* server, int status) {
  (void) server;
  ASSERT_EQ(0, status);
}


int main(void) {
  struct sockaddr_in in;
  struct sockaddr_un un;
  uvn_stream_t server;
  uvn_stream_t stream;
  uv_connect_t req;
  uv_connect_t second;
  size_t length;

  task_begin();
  in = listen_tcp(&server, on_connection);
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &in,
                               on_connect));
  ASSERT_EQ(UV_EALREADY, uvn_tcp_connect(&stream, &second,
                                         (struct sockaddr*) &in, never));
  RUN_UNTIL(connects == 1);
  close_stream(&stream);
  ASSERT_EQ(UV_EINVAL, uvn_tcp_connect(&stream, &second,
                                       (struct sockaddr*) &in, never));
  close_stream(&server);
  run();

  un = listen_pipe(&server, on_connection);
  length = strlen(un.sun_path);
  init_stream(PIPE, &stream);
  ASSERT_EQ(0, uvn_pipe_connect(&stream, &req, un.sun_path, length,
                                on_connect));
  ASSERT_EQ(UV_EALREADY, uvn_pipe_connect(&stream, &second, un.sun_path,
                                          length, never));
  RUN_UNTIL(connects == 2);
  ASSERT_EQ(0, uvn_pipe_connect(&stream, &second, un.sun_path, length,
                                on_second));
  turns(3);
  close_stream(&stream);
  ASSERT_EQ(UV_EINVAL, uvn_pipe_connect(&stream, &second, un.sun_path, length,
                                        never));
  close_stream(&server);
  run();

  ASSERT_EQ(2, connects);
  ASSERT_EQ(4, closed);
  task_end();
  return 0;
}
