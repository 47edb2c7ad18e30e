/* SPDX-License-Identifier: MIT
 *
 * A stream and a poll handle whose numbers are found to be others', closed and
 * freed in the same turn, before they could be told: nobody touches them.
 */

#include "task.h"

static struct sockaddr_in addr;
static uvn_stream_t* stream;
static uvn_stream_t fresh[2];
static uv_connect_t reqs[2];
static uv_poll_t* poll;
static int connects;


static void on_free(uv_handle_t* handle) {
  closed++;
  free(handle);
}


static void on_connect(uv_connect_t* req, int status) {
  ASSERT_EQ(0, status);
  connects++;
  uvn_close(CONTAINER_OF(req->handle, uvn_stream_t, u.stream), on_close);
}


static void never(uvn_stream_t* s, ssize_t nread, const char* base) {
  (void) s;
  (void) nread;
  (void) base;
  ASSERT(0);
}


static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
  ASSERT(0);
}


static void on_read(uvn_stream_t* s, ssize_t nread, const char* base) {
  int i;

  (void) base;
  ASSERT_EQ(1, nread);
  for (i = 0; i < 2; i++) {
    init_stream(TCP, &fresh[i]);
    ASSERT_EQ(0, uvn_tcp_connect(&fresh[i], &reqs[i],
                                 (struct sockaddr*) &addr, on_connect));
  }
  ASSERT_EQ(2, loop.dead_watchers);
  uvn_close(stream, on_free);
  uvn_poll_close(poll, on_free);
  close_stream(s);
}


int main(void) {
  uvn_stream_t trigger;
  int trigger_peer;
  int fds[2];
  int server;
  int peer;

  task_begin();
  server = listen_fd(&addr);
  trigger_peer = open_with_peer(PIPE, &trigger);
  ASSERT_EQ(0, uvn_read_start(&trigger, on_read));
  stream = malloc(sizeof(*stream));
  poll = malloc(sizeof(*poll));
  peer = open_with_peer(TCP, stream);
  make_pair(PIPE, fds);
  ASSERT_EQ(0, uvn_read_start(stream, never));
  ASSERT_EQ(0, uvn_poll_init(&loop, poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(poll, UV_READABLE, on_poll));
  turns(1);
  close(fd_of(stream));
  close(fds[0]);
  send_all(trigger_peer, "x", 1);
  run();
  ASSERT_EQ(2, connects);
  ASSERT_EQ(5, closed);
  close(server);
  close(peer);
  close(fds[1]);
  close(trigger_peer);
  task_end();
  return 0;
}
