/* SPDX-License-Identifier: MIT
 *
 * Writes before the connection is there wait for it and leave in order; they
 * are cancelled, after the connect callback, if it fails.
 */

#include "task.h"

static uvn_write_t reqs[2];
static int expected;
static int connects;
static int writes;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(expected, status);
  ASSERT_EQ(0, writes);
  connects++;
}


static void on_write(uvn_write_t* req, int status) {
  ASSERT_EQ(expected == 0 ? 0 : UV_ECANCELED, status);
  ASSERT_EQ(1, connects);
  ASSERT_EQ(writes, req - reqs);
  writes++;
}


static void check_with(const struct sockaddr_in* addr, int error) {
  uvn_stream_t stream;
  uv_connect_t req;
  uv_buf_t memory[2];
  uv_buf_t* bufs;
  unsigned nbufs;
  int i;

  expected = error;
  connects = writes = 0;
  memory[0] = uv_buf_init("first ", 6);
  memory[1] = uv_buf_init("second", 6);
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (const struct sockaddr*) addr,
                               on_connect));
  for (i = 0; i < 2; i++) {
    bufs = &memory[i];
    nbufs = 1;
    ASSERT_EQ(1, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[i], bufs, nbufs, on_write));
  }
  run();
  ASSERT_EQ(1, connects);
  ASSERT_EQ(2, writes);
  ASSERT_EQ(12, stream.bytes_written);
  close_stream(&stream);
  run();
}


int main(void) {
  struct sockaddr_in addr;
  char data[12];
  int server;
  int fd;

  task_begin();
  server = listen_fd(&addr);
  check_with(&addr, 0);
  fd = accept(server, NULL, NULL);
  recv_exactly(fd, data, 12);
  ASSERT_MEM_EQ("first second", data, 12);
  recv_eof(fd);
  close(fd);
  close(server);
  check_with(&addr, UV_ECONNREFUSED);
  task_end();
  return 0;
}
