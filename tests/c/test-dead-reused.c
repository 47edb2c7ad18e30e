/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a stream that reads, and its number becomes
 * that of another socket. Whether the loop finds out by a write or not before
 * close(): the other socket is not read, not written and not closed.
 */

#include "task.h"

static int errors;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) base;
  ASSERT_EQ(UV_EBADF, nread);
  errors++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EBADF, status);
  errors++;
}


static void check_with(kind_t kind, int write_first) {
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t buf = uv_buf_init("wrong", 5);
  char got[3];
  int other[2];
  int peer;
  int fd;

  errors = closed = 0;
  peer = open_with_peer(kind, &stream);
  fd = fd_of(&stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  turns(1);

  make_pair(kind, other);
  ASSERT_EQ(fd, dup2(other[0], fd));
  close(other[0]);
  send_all(other[1], "abc", 3);
  if (write_first) {
    ASSERT_EQ(0, uvn_write_queue(&stream, &req, &buf, 1, on_write));
    run();
    ASSERT_EQ(2, errors);
  }
  close_stream(&stream);
  run();
  ASSERT_EQ(1, closed);

  ASSERT_EQ(1, uvn_fd_alive(fd));
  recv_exactly(fd, got, 3);
  ASSERT_MEM_EQ("abc", got, 3);
  close(fd);
  recv_eof(other[1]);  /* Not "wrong". */
  close(other[1]);
  close(peer);
}


int main(void) {
  task_begin();
  check_with(TCP, 1);
  check_with(PIPE, 1);
  check_with(TCP, 0);
  check_with(PIPE, 0);
  task_end();
  return 0;
}
