/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a listener, and the number is given to a
 * connection: the connection callback hears EBADF, once. Listening again
 * fails, accepting finds nothing, and the handle closes as usual.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static int errors;
static int connects;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_PTR_EQ(&server, stream);
  ASSERT_EQ(UV_EBADF, status);
  ASSERT_EQ(UV_EAGAIN, uvn_accept(stream, &client));
  errors++;
}


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  connects++;
}


int main(void) {
  struct sockaddr_in addr;
  uv_connect_t req;
  int fd;

  task_begin();
  fd = listen_fd(&addr);
  listen_tcp(&server, on_connection);
  turns(1);
  close(fd_of(&server));
  init_stream(TCP, &client);
  ASSERT_EQ(0, uvn_tcp_connect(&client, &req, (struct sockaddr*) &addr,
                               on_connect));
  ASSERT_NE(0, uvn_listen(&server, 8, on_connection));
  RUN_UNTIL(errors == 1 && connects == 1);
  turns(3);
  ASSERT_EQ(1, errors);
  ASSERT_NE(0, uvn_listen(&server, 8, on_connection));
  turns(3);
  ASSERT_EQ(1, errors);
  close_stream(&server);
  close_stream(&client);
  run();
  ASSERT_EQ(2, closed);
  close(fd);
  task_end();
  return 0;
}
