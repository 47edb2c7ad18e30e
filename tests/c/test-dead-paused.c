/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a listener that pauses after errors, and a
 * stream of the same loop gets the number: when the pause is over, the listener
 * hears EBADF and the stream is as it was.
 *
 * Wraps: accept4
 */

#include "task.h"

static uvn_stream_t server;
static int errors;
static int reads;

int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);


int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags) {
  (void) fd;
  (void) addr;
  (void) n;
  (void) flags;
  errno = ENOMEM;
  return -1;
}


static void on_connection(uvn_stream_t* stream, int status) {
  (void) stream;
  ASSERT_EQ(UV_EBADF, status);
  errors++;
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) base;
  ASSERT_EQ(1, nread);
  reads++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
}


int main(void) {
  static char data[16 << 20];
  struct sockaddr_in addr;
  uv_buf_t buf = uv_buf_init(data, sizeof(data));
  uvn_stream_t stream;
  uvn_write_t req;
  ssize_t received = 0;
  ssize_t n;
  int client;
  int peer;
  int pair[2];
  int fd;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  client = dial(&addr, sizeof(addr));
  run_blocking_for(100);  /* It pauses for 40 ms or more now. */
  make_pair(PIPE, pair);
  fd = fd_of(&server);
  ASSERT_EQ(fd, dup2(pair[0], fd));
  close(pair[0]);
  peer = pair[1];
  open_stream(PIPE, &stream, fd);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  ASSERT_EQ(0, uvn_write_queue(&stream, &req, &buf, 1, on_write));
  RUN_UNTIL(errors == 1);
  turns(2);

  /* It still reads, and still waits for room to write. */
  send_all(peer, "x", 1);
  RUN_UNTIL(reads == 1);
  ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));
  while (received < 1 << 20) {
    n = recv(peer, data, sizeof(data), 0);
    if (n > 0)
      received += n;
    uvn_loop_turn(&loop);
  }
  ASSERT_EQ(1, errors);
  close_stream(&server);
  turns(2);
  ASSERT_EQ(1, uvn_fd_alive(fd));
  close_stream(&stream);
  run();
  ASSERT_EQ(2, closed);
  close(peer);
  close(client);
  task_end();
  return 0;
}
