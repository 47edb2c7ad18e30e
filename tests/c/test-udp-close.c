/* SPDX-License-Identifier: MIT
 *
 * A handle may be closed in any of its callbacks, in the middle of a batch too:
 * it is not called again, and nothing of it is touched.
 */

#include "task.h"

static uvn_udp_t* udp;
static int received;
static int writable;


static void on_freed(uv_handle_t* handle) {
  on_close(handle);
  free(handle);
}


static void on_recv(uvn_udp_t* handle, const uvn_datagram_t* batch, int n) {
  ASSERT_PTR_EQ(udp, handle);
  ASSERT_EQ(5, n);
  check_pattern(batch[0].base, 0, batch[0].len);
  received++;
  ASSERT_EQ(0, uvn_udp_recv_stop(handle));
  ASSERT_EQ(0, uvn_udp_keep(handle, batch + 1, n - 1));
  uvn_udp_close(handle, on_freed);
  ASSERT_EQ(UV_EBADF, uvn_udp_recv_start(handle, on_recv));
  ASSERT_EQ(UV_EBADF, uvn_udp_wait_writable(handle, NULL));
}


static void on_writable(uvn_udp_t* handle, int status) {
  ASSERT_EQ(0, status);
  writable++;
  uvn_udp_close(handle, on_freed);
}


static void open_udp(int fds[2]) {
  ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
  udp = malloc(sizeof(*udp));
  uvn_udp_init(&loop, udp);
  ASSERT_EQ(0, uvn_udp_open(udp, fds[0]));
}


int main(void) {
  char data[10];
  int fds[2];
  int i;

  task_begin();

  open_udp(fds);
  fill_pattern(data, 0, sizeof(data));
  for (i = 0; i < 5; i++)
    ASSERT_EQ(sizeof(data), send(fds[1], data, sizeof(data), 0));
  ASSERT_EQ(0, uvn_udp_recv_start(udp, on_recv));
  run();
  ASSERT_EQ(1, received);
  ASSERT_EQ(1, closed);
  close(fds[1]);

  /* Readable as well, and yet it is not read. */
  open_udp(fds);
  ASSERT_EQ(1, send(fds[1], "x", 1, 0));
  ASSERT_EQ(0, uvn_udp_recv_start(udp, on_recv));
  ASSERT_EQ(0, uvn_udp_wait_writable(udp, on_writable));
  run();
  ASSERT_EQ(1, writable);
  ASSERT_EQ(1, received);
  ASSERT_EQ(2, closed);
  close(fds[1]);

  /* Before it has a descriptor. */
  udp = malloc(sizeof(*udp));
  uvn_udp_init(&loop, udp);
  uvn_udp_close(udp, on_freed);
  run();
  ASSERT_EQ(3, closed);
  task_end();
  return 0;
}
