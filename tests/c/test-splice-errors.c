/* SPDX-License-Identifier: MIT
 *
 * A splice ends with the error of the end that failed, once: a reset of the
 * source, a destination that has shut down, whose peer is gone, or never was
 * connected, while data flows and while a chunk is held.
 */

#include "task.h"

static uvn_stream_t source;
static uvn_stream_t destination;
static uvn_stream_t* failed_end;
static int error;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  failed_end = failed;
  error = status;
  ends++;
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
}


static void begin(int peers[2]) {
  ends = 0;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(TCP, &destination);
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
}


static void finish(int peers[2], uvn_stream_t* failed) {
  int i;

  RUN_UNTIL(ends == 1);
  turns(5);
  ASSERT_EQ(1, ends);
  ASSERT_PTR_EQ(failed, failed_end);
  ASSERT_PTR_EQ(NULL, uvn_splice_of(&source));
  ASSERT_PTR_EQ(NULL, destination.roles->feeders);
  close_stream(&source);
  close_stream(&destination);
  run();
  for (i = 0; i < 2; i++)
    if (peers[i] >= 0)
      close(peers[i]);
}


int main(void) {
  static char data[1 << 20];
  uv_shutdown_t shutdown;
  char byte;
  int peers[2];
  ssize_t n;
  int i;

  task_begin();
  begin(peers);
  reset(peers[0]);
  peers[0] = -1;
  finish(peers, &source);
  ASSERT_EQ(UV_ECONNRESET, error);

  begin(peers);
  ASSERT_EQ(0, uv_shutdown(&shutdown, &destination.u.stream, on_shutdown));
  send_all(peers[0], "x", 1);
  finish(peers, &destination);
  ASSERT_EQ(UV_EPIPE, error);

  begin(peers);
  reset(peers[1]);
  peers[1] = -1;
  for (i = 0; i < 50 && !ends; i++) {  /* The first may still be taken. */
    send_all(peers[0], "x", 1);
    turns(2);
  }
  finish(peers, &destination);
  ASSERT(error == UV_EPIPE || error == UV_ECONNRESET);

  /* While a chunk is held. */
  begin(peers);
  shrink_buffers(fd_of(&destination));
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  for (i = 0; i < 50;) {
    n = send(peers[0], data, sizeof(data), 0);
    i += n < 0;
    uvn_loop_turn(&loop);
  }
  ASSERT_GT(destination.u.stream.write_queue_size, 0);
  ASSERT_EQ(0, ends);
  recv_exactly(peers[1], &byte, 1);
  reset(peers[1]);
  peers[1] = -1;
  finish(peers, &destination);
  ASSERT(error == UV_EPIPE || error == UV_ECONNRESET);

  /* Never connected. */
  ends = 0;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = -1;
  init_stream(TCP, &destination);
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
  send_all(peers[0], "x", 1);
  finish(peers, &destination);
  ASSERT_EQ(UV_EBADF, error);
  ASSERT_EQ(10, closed);
  task_end();
  return 0;
}
