/* SPDX-License-Identifier: MIT
 *
 * Three hundred connections that wait at once are all accepted, and each gets
 * its own answer.
 */

#include "task.h"

#define CLIENTS 300

static uvn_stream_t server;
static uvn_stream_t clients[CLIENTS];
static int accepted;


static void on_connection(uvn_stream_t* stream, int status) {
  uv_buf_t buf = uv_buf_init((char*) &accepted, sizeof(accepted));
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  ASSERT_EQ(0, status);
  ASSERT_LT(accepted, CLIENTS);
  init_stream(stream->u.handle.type == UV_TCP ? TCP : PIPE,
              &clients[accepted]);
  ASSERT_EQ(0, uvn_accept(stream, &clients[accepted]));
  ASSERT_EQ(0, uvn_write_try(&clients[accepted], &bufs, &nbufs));
  accepted++;
}


static void check_with(const void* addr, socklen_t length) {
  static char seen[CLIENTS];
  int fds[CLIENTS];
  int number;
  int i;

  memset(seen, 0, sizeof(seen));
  accepted = closed = 0;
  for (i = 0; i < CLIENTS; i++)
    fds[i] = dial(addr, length);
  RUN_UNTIL(accepted == CLIENTS);
  for (i = 0; i < CLIENTS; i++) {
    recv_exactly(fds[i], &number, sizeof(number));
    ASSERT_EQ(0, seen[number]);
    seen[number] = 1;
    close_stream(&clients[i]);
    close(fds[i]);
  }
  close_stream(&server);
  run();
  ASSERT_EQ(CLIENTS + 1, closed);
  ASSERT_EQ(0, loop.accept_errors);
}


int main(void) {
  struct sockaddr_in in;
  struct sockaddr_un un;

  task_begin();
  in = listen_tcp(&server, on_connection);
  check_with(&in, sizeof(in));
  un = listen_pipe(&server, on_connection);
  check_with(&un, sizeof(un));
  task_end();
  return 0;
}
