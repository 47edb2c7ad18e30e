/* SPDX-License-Identifier: MIT
 *
 * A connect that is closed at once: its callback is called with ECANCELED,
 * before the close callback.
 */

#include "task.h"

static int connects;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
  ASSERT_EQ(connects, closed);
  connects++;
}


int main(void) {
  struct sockaddr_in addr;
  uvn_stream_t stream;
  uv_connect_t req;
  int fd;

  task_begin();
  fd = listen_fd(&addr);
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                               on_connect));
  close_stream(&stream);
  ASSERT_EQ(0, connects);
  run();
  ASSERT_EQ(1, closed);
  close(fd);

  init_stream(PIPE, &stream);
  ASSERT_EQ(0, uvn_pipe_connect(&stream, &req, "/nowhere", 8, on_connect));
  close_stream(&stream);
  run();

  ASSERT_EQ(2, connects);
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
