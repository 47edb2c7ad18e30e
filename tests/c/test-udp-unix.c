/* SPDX-License-Identifier: MIT
 *
 * Datagrams of Unix sockets: the name of a sender, or none; more than 64 KiB; the
 * counters of what came and went together, and one by one where that is asked.
 */

#include "task.h"

#include <sys/un.h>

#define LARGE 150000
#define COUNT 12

static char large[LARGE];
static struct sockaddr_un name;
static int named;
static int calls;
static int received;
static int expected;


static void on_large(uvn_udp_t* udp, const uvn_datagram_t* batch, int n) {
  ASSERT_EQ(2, n);
  ASSERT_EQ(LARGE, batch[0].len);
  check_pattern(batch[0].base, 1, LARGE);
  ASSERT_EQ(0, batch[0].addrlen);
  ASSERT_EQ(1, batch[1].len);
  ASSERT_EQ(AF_UNIX, batch[1].addr->sa_family);
  ASSERT_MEM_EQ(&name, batch[1].addr, sizeof(sa_family_t) + 5);
  named++;
  ASSERT_EQ(0, uvn_udp_recv_stop(udp));
}


static void on_small(uvn_udp_t* udp, const uvn_datagram_t* batch, int n) {
  int i;

  calls++;
  for (i = 0; i < n; i++) {
    ASSERT_EQ(1, batch[i].len);
    ASSERT_EQ('a' + received, batch[i].base[0]);
    received++;
  }
  if (received == expected)
    ASSERT_EQ(0, uvn_udp_recv_stop(udp));
}


static void exchange(uvn_udp_t* from, uvn_udp_t* to) {
  static const char letters[] = "abcdefghijkl";
  uvn_datagram_t out[COUNT];
  int done = 0;
  int n;
  int i;

  memset(out, 0, sizeof(out));
  for (i = 0; i < COUNT; i++) {
    out[i].base = &letters[i];
    out[i].len = 1;
  }
  while (done < COUNT) {
    n = uvn_udp_send(from, out + done, COUNT - done);
    if (n == UV_EAGAIN)
      break;  /* The kernel queues ten. */
    ASSERT_GT(n, 0);
    done += n;
  }
  calls = received = 0;
  expected = done;
  ASSERT_EQ(0, uvn_udp_recv_start(to, on_small));
  run();
  ASSERT_EQ(done, received);
}


int main(void) {
  uvn_udp_t here;
  uvn_udp_t there;
  int size = 1 << 20;
  struct sockaddr_un mine;
  socklen_t length = sizeof(mine);
  int stranger;
  int friend;
  int fds[2];

  task_begin();
  ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
  setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
  uvn_udp_init(&loop, &here);
  uvn_udp_init(&loop, &there);
  ASSERT_EQ(0, uvn_udp_open(&here, fds[0]));
  ASSERT_EQ(0, uvn_udp_open(&there, fds[1]));

  exchange(&there, &here);
  ASSERT_EQ(expected - 1, loop.batched_sends);
  ASSERT_GT(expected, calls);
  ASSERT_EQ(expected - calls, loop.batched_recvs);

  loop.batched_sends = loop.batched_recvs = 0;
  here.one_by_one = there.one_by_one = 1;
  exchange(&there, &here);
  ASSERT_EQ(expected, calls);
  ASSERT_EQ(0, loop.batched_sends);
  ASSERT_EQ(0, loop.batched_recvs);
  uvn_udp_close(&here, on_close);
  uvn_udp_close(&there, on_close);
  run();

  /* Bound to a name, and sent to by one without and by one with. */
  uvn_udp_init(&loop, &here);
  ASSERT_EQ(0, uvn_udp_socket(&here, AF_UNIX));
  memset(&name, 0, sizeof(name));
  name.sun_family = AF_UNIX;
  ASSERT_EQ(0, bind(here.fd, (struct sockaddr*) &name,
                    sizeof(sa_family_t)));  /* The system chooses one. */
  ASSERT_EQ(0, getsockname(here.fd, (struct sockaddr*) &mine, &length));
  stranger = socket(AF_UNIX, SOCK_DGRAM, 0);
  setsockopt(stranger, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
  fill_pattern(large, 1, LARGE);
  ASSERT_EQ(LARGE, sendto(stranger, large, LARGE, 0, (struct sockaddr*) &mine,
                          length));
  friend = socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(0, bind(friend, (struct sockaddr*) &name, sizeof(sa_family_t)));
  ASSERT_EQ(1, sendto(friend, "x", 1, 0, (struct sockaddr*) &mine, length));
  length = sizeof(name);
  ASSERT_EQ(0, getsockname(friend, (struct sockaddr*) &name, &length));
  ASSERT_EQ(0, uvn_udp_recv_start(&here, on_large));
  run();
  ASSERT_EQ(1, named);
  close(stranger);
  close(friend);
  uvn_udp_close(&here, on_close);
  run();
  ASSERT_EQ(3, closed);
  task_end();
  return 0;
}
