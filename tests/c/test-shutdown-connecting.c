/* SPDX-License-Identifier: MIT
 *
 * A shutdown of a stream that is still connecting waits for the connection,
 * with and without something to write first; the peer gets that and the end.
 */

#include "task.h"

static int connects;
static int writes;
static int shutdowns;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  ASSERT_EQ(0, shutdowns);
  connects++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  ASSERT_EQ(0, shutdowns);
  writes++;
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  ASSERT_EQ(1, connects);
  shutdowns++;
}


static void on_cancelled(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
  shutdowns++;
}


static void on_refused(uv_connect_t* req, int status) {
  ASSERT_EQ(UV_ECONNREFUSED, status);
  connects++;
  uvn_close(CONTAINER_OF(req->handle, uvn_stream_t, u.stream), on_close);
}


int main(void) {
  struct sockaddr_in addr;
  uv_shutdown_t shutdown;
  uvn_stream_t stream;
  uv_connect_t req;
  uvn_write_t write;
  uv_buf_t buf = uv_buf_init("last", 4);
  char data[4];
  int server;
  int fd;
  int i;

  task_begin();
  server = listen_fd(&addr);
  for (i = 0; i < 2; i++) {
    connects = writes = shutdowns = 0;
    init_stream(TCP, &stream);
    ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                                 on_connect));
    if (i)
      ASSERT_EQ(0, uvn_write_queue(&stream, &write, &buf, 1, on_write));
    ASSERT_EQ(0, uvn_shutdown(&stream, &shutdown, on_shutdown));
    ASSERT_EQ(UV_ENOTCONN, uvn_shutdown(&stream, &shutdown, on_shutdown));
    run();
    ASSERT_EQ(1, connects);
    ASSERT_EQ(i, writes);
    ASSERT_EQ(1, shutdowns);
    fd = accept(server, NULL, NULL);
    if (i)
      recv_exactly(fd, data, 4);
    recv_eof(fd);
    close_stream(&stream);
    run();
    close(fd);
  }
  close(server);

  connects = shutdowns = 0;
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                               on_refused));
  ASSERT_EQ(0, uvn_shutdown(&stream, &shutdown, on_cancelled));
  run();
  ASSERT_EQ(1, connects);
  ASSERT_EQ(1, shutdowns);
  ASSERT_EQ(3, closed);
  task_end();
  return 0;
}
