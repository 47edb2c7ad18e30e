/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a stream that connects, or that is about
 * to send its FIN: the callbacks hear of it, with writes that wait.
 */

#include "task.h"

static int connects;
static int writes;
static int shutdowns;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EBADF, status);
  connects++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EBADF, status);
  writes++;
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_LT(status, 0);
  shutdowns++;
}


int main(void) {
  struct sockaddr_in addr;
  uvn_stream_t stream;
  uv_connect_t req;
  uv_shutdown_t shutdown;
  uvn_write_t write;
  uv_buf_t buf = uv_buf_init("x", 1);
  int peer;
  int fd;

  task_begin();
  fd = listen_fd(&addr);
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                               on_connect));
  ASSERT_EQ(0, uvn_write_queue(&stream, &write, &buf, 1, on_write));
  close(fd_of(&stream));
  run();
  ASSERT_EQ(1, connects);
  ASSERT_EQ(1, writes);
  close_stream(&stream);
  run();
  close(fd);

  peer = open_with_peer(TCP, &stream);
  close(fd_of(&stream));
  ASSERT_EQ(0, uvn_write_queue(&stream, &write, &buf, 1, on_write));
  ASSERT_EQ(0, uv_shutdown(&shutdown, &stream.u.stream, on_shutdown));
  run();
  ASSERT_EQ(2, writes);
  ASSERT_EQ(1, shutdowns);
  close_stream(&stream);
  run();
  close(peer);

  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
