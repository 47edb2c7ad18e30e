/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor, or gives its number to another file: it is
 * told as EBADF when the watcher next changes, and that file is left alone.
 */

#include "task.h"

static int dead;
static int unwritable;


static void on_recv(uvn_udp_t* udp, const uvn_datagram_t* batch, int n) {
  (void) udp;
  ASSERT(batch == NULL);
  ASSERT_EQ(UV_EBADF, n);
  dead++;
}


static void on_writable(uvn_udp_t* udp, int status) {
  ASSERT_EQ(UV_EBADF, status);
  ASSERT_EQ(UV_EBADF, uvn_udp_wait_writable(udp, NULL));
  unwritable++;
}


static void open_udp(uvn_udp_t* udp, int fds[2]) {
  ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
  uvn_udp_init(&loop, udp);
  ASSERT_EQ(0, uvn_udp_open(udp, fds[0]));
  ASSERT_EQ(0, uvn_udp_recv_start(udp, on_recv));
}


int main(void) {
  uvn_datagram_t out = { "x", 1, NULL, 0 };
  uvn_udp_t udp;
  int fds[2];
  int number;

  task_begin();

  open_udp(&udp, fds);
  close(fds[0]);  /* Before it is registered. */
  close(fds[1]);
  run();
  ASSERT_EQ(1, dead);
  ASSERT_EQ(UV_EBADF, uvn_udp_send(&udp, &out, 1));
  ASSERT_EQ(UV_EBADF, uvn_udp_recv_start(&udp, on_recv));
  ASSERT_EQ(UV_EBADF, uvn_udp_recv_stop(&udp));
  uvn_udp_close(&udp, on_close);
  run();

  open_udp(&udp, fds);
  turns(1);
  close(fds[0]);
  ASSERT_EQ(0, uvn_udp_wait_writable(&udp, on_writable));
  run();
  ASSERT_EQ(2, dead);
  ASSERT_EQ(1, unwritable);
  uvn_udp_close(&udp, on_close);
  run();
  close(fds[1]);

  /* Another file's by the time of the close. */
  open_udp(&udp, fds);
  turns(1);
  number = fds[0];
  close(fds[0]);
  close(fds[1]);
  ASSERT_EQ(number, open("/dev/null", O_RDWR));
  uvn_udp_close(&udp, on_close);
  run();
  ASSERT_EQ(0, close(number));

  open_udp(&udp, fds);  /* And watched by nobody. */
  turns(1);
  number = fds[0];
  close(fds[0]);
  close(fds[1]);
  ASSERT_EQ(number, open("/dev/null", O_RDWR));
  ASSERT_EQ(0, uvn_udp_recv_stop(&udp));
  turns(1);
  uvn_udp_close(&udp, on_close);
  run();
  ASSERT_EQ(0, close(number));

  ASSERT_EQ(2, dead);
  ASSERT_EQ(4, closed);
  task_end();
  return 0;
}
