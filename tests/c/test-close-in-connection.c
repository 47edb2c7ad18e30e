/* SPDX-License-Identifier: MIT
 *
 * A listener closed within its connection callback, before and after the
 * connection is accepted; and accepting from it afterwards.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;


static void close_then_accept(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  connections++;
  close_stream(stream);
  init_stream(stream->u.handle.type == UV_TCP ? TCP : PIPE, &client);
  ASSERT_EQ(UV_EAGAIN, uvn_accept(stream, &client));
  close_stream(&client);
}


static void accept_then_close(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  connections++;
  init_stream(stream->u.handle.type == UV_TCP ? TCP : PIPE, &client);
  ASSERT_EQ(0, uvn_accept(stream, &client));
  close_stream(&client);
  close_stream(stream);
}


static void check_with(uvn_connection_cb cb) {
  struct sockaddr_in in;
  struct sockaddr_un un;
  char byte;
  int fd;

  in = listen_tcp(&server, cb);
  fd = dial(&in, sizeof(in));
  run();
  ASSERT_LE(recv(fd, &byte, 1, 0), 0);  /* A FIN or a reset, no silence. */
  close(fd);

  un = listen_pipe(&server, cb);
  fd = dial(&un, sizeof(un));
  run();
  ASSERT_LE(recv(fd, &byte, 1, 0), 0);
  close(fd);
}


int main(void) {
  task_begin();
  check_with(accept_then_close);
  check_with(close_then_accept);
  ASSERT_EQ(4, connections);
  ASSERT_EQ(8, closed);
  task_end();
  return 0;
}
