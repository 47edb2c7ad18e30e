/* SPDX-License-Identifier: MIT
 *
 * Datagrams come in the order in which they were sent, whole, many at a time: an
 * empty one and the largest among them. A callback that stops receiving keeps
 * the rest of its batch, which comes first when receiving starts again.
 */

#include "task.h"

#define COUNT 100

static uvn_udp_t receiver;
static int received;
static int batches;
static int stop_at;


static size_t size_of(int i) {
  if (i == 3)
    return 0;
  return i == 7 ? 65507 : 10 + i;
}


static void on_recv(uvn_udp_t* udp, const uvn_datagram_t* batch, int n) {
  int i;

  ASSERT_PTR_EQ(&receiver, udp);
  ASSERT_GT(n, 0);
  batches++;
  for (i = 0; i < n; i++) {
    ASSERT_EQ(size_of(received), batch[i].len);
    check_pattern(batch[i].base, received, batch[i].len);
    ASSERT_EQ(AF_INET, batch[i].addr->sa_family);
    if (++received == stop_at) {
      ASSERT_EQ(0, uvn_udp_recv_stop(udp));
      if (i + 1 < n)
        ASSERT_EQ(0, uvn_udp_keep(udp, batch + i + 1, n - i - 1));
      return;
    }
  }
}


int main(void) {
  static char data[COUNT][65507];
  uvn_datagram_t out[COUNT];
  struct sockaddr_in addr = loopback(0);
  uvn_udp_t sender;
  int done = 0;
  int size = 1 << 20;
  int i;
  int n;

  task_begin();
  uvn_udp_init(&loop, &receiver);
  uvn_udp_init(&loop, &sender);
  ASSERT_EQ(UV_EBADF, uvn_udp_recv_start(&receiver, on_recv));
  ASSERT_EQ(UV_EBADF, uvn_udp_send(&sender, out, 1));
  ASSERT_EQ(0, uvn_udp_socket(&receiver, AF_INET));
  ASSERT_EQ(0, uvn_udp_socket(&sender, AF_INET));
  ASSERT_EQ(UV_EINVAL, uvn_udp_socket(&sender, AF_INET6));
  ASSERT_EQ(0, bind(receiver.fd, (struct sockaddr*) &addr, sizeof(addr)));
  setsockopt(receiver.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  addr = local_address(receiver.fd);

  for (i = 0; i < COUNT; i++) {
    fill_pattern(data[i], i, size_of(i));
    out[i].base = data[i];
    out[i].len = size_of(i);
    out[i].addr = (struct sockaddr*) &addr;
    out[i].addrlen = sizeof(addr);
  }
  while (done < COUNT) {
    n = uvn_udp_send(&sender, out + done, COUNT - done);
    ASSERT_GT(n, 0);
    ASSERT_LE(n, UVN_SEND_MAX);
    done += n;
  }

  stop_at = 5;
  ASSERT_EQ(0, uvn_udp_recv_start(&receiver, on_recv));
  ASSERT_EQ(UV_EALREADY, uvn_udp_recv_start(&receiver, on_recv));
  run();  /* It ends: nothing is active. */
  ASSERT_EQ(5, received);
  stop_at = 8;  /* Within what was kept. */
  ASSERT_EQ(0, uvn_udp_recv_start(&receiver, on_recv));
  run();
  ASSERT_EQ(8, received);
  stop_at = COUNT;
  ASSERT_EQ(0, uvn_udp_recv_start(&receiver, on_recv));
  run();
  ASSERT_EQ(COUNT, received);
  ASSERT_LE(batches, 10);

  /* Closed with something kept, and fed. */
  ASSERT_EQ(2, uvn_udp_send(&sender, out, 2));
  received = 0;
  stop_at = 1;
  ASSERT_EQ(0, uvn_udp_recv_start(&receiver, on_recv));
  run();
  ASSERT(receiver.kept != NULL);
  ASSERT_EQ(0, uvn_udp_recv_start(&receiver, on_recv));
  uvn_udp_close(&receiver, on_close);
  uvn_udp_close(&sender, on_close);
  run();
  ASSERT_EQ(1, received);
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
