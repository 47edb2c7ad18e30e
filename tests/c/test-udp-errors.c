/* SPDX-License-Identifier: MIT
 *
 * A port that nobody has is told, and receiving goes on; a full socket waits; a
 * datagram that is too large is refused alone; what is no datagram socket is not
 * adopted.
 */

#include "task.h"

static int refused;
static int received;
static int writable;


static void on_recv(uvn_udp_t* udp, const uvn_datagram_t* batch, int n) {
  if (n < 0) {
    ASSERT_EQ(UV_ECONNREFUSED, n);
    refused++;
  } else {
    ASSERT_EQ(1, n);
    ASSERT_EQ(1, batch[0].len);
    received++;
    ASSERT_EQ(0, uvn_udp_recv_stop(udp));
  }
}


static void on_writable(uvn_udp_t* udp, int status) {
  ASSERT_EQ(0, status);
  writable++;
  ASSERT_EQ(0, uvn_udp_wait_writable(udp, NULL));
}


int main(void) {
  static char large[70000];
  uvn_datagram_t out = { "x", 1, NULL, 0 };
  struct sockaddr_in addr;
  struct sockaddr_in mine;
  uvn_udp_t other;
  uvn_udp_t udp;
  char byte;
  int fds[2];
  int peer;

  task_begin();
  uvn_udp_init(&loop, &udp);
  ASSERT_EQ(0, uvn_udp_socket(&udp, AF_INET));
  peer = socket(AF_INET, SOCK_DGRAM, 0);
  addr = loopback(0);
  ASSERT_EQ(0, bind(peer, (struct sockaddr*) &addr, sizeof(addr)));
  addr = local_address(peer);
  close(peer);
  ASSERT_EQ(0, connect(udp.fd, (struct sockaddr*) &addr, sizeof(addr)));
  ASSERT_EQ(0, uvn_udp_recv_start(&udp, on_recv));
  ASSERT_EQ(1, uvn_udp_send(&udp, &out, 1));
  RUN_UNTIL(refused > 0);

  peer = socket(AF_INET, SOCK_DGRAM, 0);
  ASSERT_EQ(0, bind(peer, (struct sockaddr*) &addr, sizeof(addr)));
  mine = local_address(udp.fd);
  ASSERT_EQ(1, sendto(peer, "y", 1, 0, (struct sockaddr*) &mine, sizeof(mine)));
  run();
  ASSERT_EQ(1, refused);
  ASSERT_EQ(1, received);

  out.base = large;
  out.len = sizeof(large);
  ASSERT_EQ(UV_EMSGSIZE, uvn_udp_send(&udp, &out, 1));
  out.addr = (struct sockaddr*) &addr;
  uvn_udp_close(&udp, on_close);
  run();
  close(peer);

  /* Full: the peer does not read. */
  ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
  uvn_udp_init(&loop, &udp);
  uvn_udp_init(&loop, &other);
  ASSERT_EQ(0, uvn_udp_open(&udp, fds[0]));
  ASSERT_EQ(UV_EBUSY, uvn_udp_open(&udp, fds[1]));
  out = (uvn_datagram_t) { "x", 1, NULL, 0 };
  while (uvn_udp_send(&udp, &out, 1) == 1) {}
  ASSERT_EQ(UV_EAGAIN, uvn_udp_send(&udp, &out, 1));
  ASSERT_EQ(0, uvn_udp_wait_writable(&udp, on_writable));
  ASSERT_EQ(UV_EEXIST, uvn_udp_open(&other, fds[0]));
  turns(3);
  ASSERT_EQ(0, writable);
  while (recv(fds[1], &byte, 1, MSG_DONTWAIT) == 1) {}
  run();
  ASSERT_EQ(1, writable);
  ASSERT_EQ(1, uvn_udp_send(&udp, &out, 1));

  /* What cannot be adopted stays open. */
  ASSERT_EQ(UV_EBADF, uvn_udp_open(&other, -1));
  peer = open("/dev/null", O_RDWR);
  ASSERT_EQ(UV_ENOTSOCK, uvn_udp_open(&other, peer));
  close(peer);
  peer = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(UV_EINVAL, uvn_udp_open(&other, peer));
  ASSERT_EQ(0, close(peer));
  uvn_udp_close(&udp, on_close);
  uvn_udp_close(&other, on_close);
  run();
  ASSERT_EQ(3, closed);
  close(fds[1]);
  task_end();
  return 0;
}
