/* SPDX-License-Identifier: MIT
 *
 * Out of descriptors: those who cannot be served are told by a close, at once,
 * and counted; nobody hangs; and when descriptors are free again, the next
 * connection is served.
 */

#include "task.h"

#define CLIENTS 30

static uvn_stream_t server;
static uvn_stream_t clients[CLIENTS + 1];
static int accepted;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &clients[accepted]);
  ASSERT_EQ(0, uvn_accept(stream, &clients[accepted]));
  accepted++;
}


int main(void) {
  struct sockaddr_in addr;
  struct rlimit limit;
  struct rlimit old;
  char byte;
  int fds[CLIENTS];
  int served = 0;
  int shed = 0;
  int fd;
  int i;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  for (i = 0; i < CLIENTS; i++)
    fds[i] = dial(&addr, sizeof(addr));

  /* Room for ten of them. */
  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
  limit = old;
  fd = dup(0);
  limit.rlim_cur = fd + 10;
  close(fd);
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));

  RUN_UNTIL(accepted + loop.refused_accepts == CLIENTS);
  ASSERT_EQ(10, accepted);
  for (i = 0; i < CLIENTS; i++) {
    if (recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0)
      shed++;
    else if (errno == EAGAIN)
      served++;
  }
  ASSERT_EQ(10, served);
  ASSERT_EQ(CLIENTS - 10, shed);
  ASSERT_EQ(CLIENTS - 10, loop.refused_accepts);
  ASSERT_GT(loop.accept_errors, 0);

  /* The reserve is there again: one more is told as well. */
  close(fds[0]);
  fds[0] = dial(&addr, sizeof(addr));
  RUN_UNTIL(loop.refused_accepts == CLIENTS - 10 + 1);
  recv_eof(fds[0]);

  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
  close(fds[0]);
  fds[0] = dial(&addr, sizeof(addr));
  RUN_UNTIL(accepted == 11);

  for (i = 0; i < CLIENTS; i++)
    close(fds[i]);
  for (i = 0; i < accepted; i++)
    close_stream(&clients[i]);
  close_stream(&server);
  run();
  ASSERT_EQ(12, closed);
  task_end();
  return 0;
}
