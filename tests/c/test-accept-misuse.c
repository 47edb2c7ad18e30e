/* SPDX-License-Identifier: MIT
 *
 * Accepting from a stream that does not listen, has never been opened or is
 * closed; into one that is open already, and of a kind that cannot be: an
 * error, and the listener goes on.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t used;
static int connections;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  connections++;
  ASSERT_EQ(UV_EBUSY, uvn_accept(stream, &used));
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_EQ(2, nread);
  ASSERT_MEM_EQ("ok", base, 2);
  uvn_read_stop(stream);
}


int main(void) {
  struct sockaddr_in addr;
  uvn_stream_t stream;
  uvn_stream_t client;
  int peer;
  int fd;
  int i;

  task_begin();
  init_stream(TCP, &client);
  init_stream(TCP, &stream);
  ASSERT_EQ(UV_EAGAIN, uvn_accept(&stream, &client));
  close_stream(&stream);
  ASSERT_EQ(UV_EAGAIN, uvn_accept(&stream, &client));
  ASSERT_EQ(UV_EINVAL, uvn_listen(&stream, 8, on_connection));
  run();

  addr = listen_tcp(&server, on_connection);
  peer = open_with_peer(TCP, &used);
  for (i = 1; i <= 3; i++) {
    fd = dial(&addr, sizeof(addr));
    RUN_UNTIL(connections == i);
    recv_eof(fd);
    close(fd);
  }
  ASSERT_EQ(3, loop.accept_errors);

  /* The stream that was open already has taken no harm. */
  ASSERT_EQ(0, uvn_read_start(&used, on_read));
  send_all(peer, "ok", 2);
  RUN_UNTIL(used.bytes_read == 2);

  close_stream(&used);
  close_stream(&client);
  close_stream(&server);
  run();
  close(peer);
  ASSERT_EQ(4, closed);
  task_end();
  return 0;
}
