/* SPDX-License-Identifier: MIT
 *
 * Connecting by TCP and by Unix path to a listener of the same loop.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static uvn_stream_t accepted;
static int connects;
static int connections;
static int reads;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  if (nread == UV_EOF) {
    close_stream(stream);
    return;
  }
  ASSERT_EQ(5, nread);
  ASSERT_MEM_EQ("hello", base, 5);
  reads++;
}


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  connections++;
  init_stream(stream->u.handle.type == UV_TCP ? TCP : PIPE, &accepted);
  ASSERT_EQ(0, uvn_accept(stream, &accepted));
  ASSERT_EQ(0, uvn_read_start(&accepted, on_read));
  close_stream(stream);
}


static void on_connect(uv_connect_t* req, int status) {
  uv_buf_t buf = uv_buf_init("hello", 5);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  ASSERT_EQ(0, status);
  ASSERT_PTR_EQ(&client.u.stream, req->handle);
  connects++;
  ASSERT_EQ(0, uvn_write_try(&client, &bufs, &nbufs));
  close_stream(&client);
}


int main(void) {
  struct sockaddr_in in;
  struct sockaddr_un un;
  uv_connect_t req;

  task_begin();
  in = listen_tcp(&server, on_connection);
  init_stream(TCP, &client);
  ASSERT_EQ(0, uvn_tcp_connect(&client, &req, (struct sockaddr*) &in,
                               on_connect));
  ASSERT_EQ(0, connects);
  run();

  un = listen_pipe(&server, on_connection);
  init_stream(PIPE, &client);
  ASSERT_EQ(0, uvn_pipe_connect(&client, &req, un.sun_path,
                                strlen(un.sun_path), on_connect));
  ASSERT_EQ(1, connects);  /* Not from within the call. */
  run();

  ASSERT_EQ(2, connects);
  ASSERT_EQ(2, connections);
  ASSERT_EQ(2, reads);
  ASSERT_EQ(6, closed);
  task_end();
  return 0;
}
