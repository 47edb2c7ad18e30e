/* SPDX-License-Identifier: MIT
 *
 * A stream closed within its connect callback, connected and refused.
 */

#include "task.h"

static int connects;


static void on_connect(uv_connect_t* req, int status) {
  ASSERT_EQ((intptr_t) req->data, status);
  connects++;
  uvn_close(CONTAINER_OF(req->handle, uvn_stream_t, u.stream), on_close);
}


int main(void) {
  struct sockaddr_in addr;
  uvn_stream_t stream;
  uv_connect_t req;
  int fd;

  task_begin();
  fd = listen_fd(&addr);
  init_stream(TCP, &stream);
  req.data = (void*) 0;
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                               on_connect));
  run();
  close(fd);

  init_stream(TCP, &stream);
  req.data = (void*) (intptr_t) UV_ECONNREFUSED;
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                               on_connect));
  run();

  init_stream(PIPE, &stream);
  req.data = (void*) (intptr_t) UV_ENOENT;
  ASSERT_EQ(0, uvn_pipe_connect(&stream, &req, "/nowhere/at/all", 15,
                                on_connect));
  run();

  ASSERT_EQ(3, connects);
  ASSERT_EQ(3, closed);
  task_end();
  return 0;
}
