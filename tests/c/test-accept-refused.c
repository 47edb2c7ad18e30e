/* SPDX-License-Identifier: MIT
 *
 * A connection that the callback does not accept is closed, and the listener
 * goes on; accepting out of the callback finds nothing.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  if (connections++ % 2 == 0)
    return;
  init_stream(stream->u.handle.type == UV_TCP ? TCP : PIPE, &client);
  ASSERT_EQ(0, uvn_accept(stream, &client));
  close_stream(&client);
}


static void check_with(const void* addr, socklen_t length) {
  uvn_stream_t unused;
  int fd;
  int i;

  init_stream(TCP, &unused);
  connections = 0;
  for (i = 0; i < 6; i++) {
    fd = dial(addr, length);
    RUN_UNTIL(connections == i + 1);
    turns(2);
    recv_eof(fd);
    close(fd);
    ASSERT_EQ(UV_EAGAIN, uvn_accept(&server, &unused));
  }
  close_stream(&unused);
  close_stream(&server);
  run();
  ASSERT_EQ(6, connections);
}


int main(void) {
  struct sockaddr_in in;
  struct sockaddr_un un;

  task_begin();
  in = listen_tcp(&server, on_connection);
  check_with(&in, sizeof(in));
  un = listen_pipe(&server, on_connection);
  check_with(&un, sizeof(un));
  ASSERT_EQ(0, loop.accept_errors);
  task_end();
  return 0;
}
