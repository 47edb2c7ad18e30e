/* SPDX-License-Identifier: MIT
 *
 * uvn_close_reset: the peer of a TCP connection gets a reset; a Unix socket,
 * which has none, a stream that was never opened, one that listens, and one
 * that is shutting down are closed all the same.
 */

#include "task.h"

static int shutdowns;


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
  shutdowns++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
}


static void on_connection(uvn_stream_t* server, int status) {
  (void) server;
  (void) status;
  ASSERT(0);
}


int main(void) {
  static char data[16 << 20];
  uvn_stream_t stream;
  uv_shutdown_t shutdown;
  uvn_write_t req;
  uv_buf_t buf = uv_buf_init(data, sizeof(data));
  char byte;
  int peer;

  task_begin();
  peer = open_with_peer(TCP, &stream);
  uvn_close_reset(&stream, on_close);
  run();
  ASSERT_EQ(-1, recv(peer, &byte, 1, 0));
  ASSERT_EQ(ECONNRESET, errno);
  close(peer);

  peer = open_with_peer(PIPE, &stream);
  uvn_close_reset(&stream, on_close);
  run();
  recv_eof(peer);
  close(peer);

  peer = open_with_peer(TCP, &stream);
  ASSERT_EQ(0, uvn_write_queue(&stream, &req, &buf, 1, on_write));
  ASSERT_EQ(0, uv_shutdown(&shutdown, &stream.u.stream, on_shutdown));
  uvn_close_reset(&stream, on_close);
  run();
  ASSERT_EQ(1, shutdowns);
  close(peer);

  init_stream(TCP, &stream);
  uvn_close_reset(&stream, on_close);
  run();

  listen_tcp(&stream, on_connection);
  uvn_close_reset(&stream, on_close);
  run();

  ASSERT_EQ(5, closed);
  task_end();
  return 0;
}
