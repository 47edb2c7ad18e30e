/* SPDX-License-Identifier: MIT
 *
 * With a high water mark a splice reads on while chunks wait, tells when the
 * mark is reached and then pauses until all of them have left; an end that comes
 * while some wait is told at once, and again after them. Within that callback it
 * may be stopped: what waits is written all the same.
 */

#include "task.h"

#define MARK (256 * 1024)
#define LIMIT (64 << 20)

static uvn_stream_t source;
static uvn_stream_t destination;
static int stopping;
static int full;
static int early;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  ASSERT_PTR_EQ(NULL, failed);
  if (status == UV_EAGAIN) {
    ASSERT_GE(uvn_splice_held(uvn_splice_of(&source)), MARK);
    ASSERT_LT(uvn_splice_held(uvn_splice_of(&source)), MARK + UVN_READ_SIZE);
    ASSERT_EQ(0, uv_is_active(&source.u.handle));
    full++;
    if (stopping)
      uvn_splice_stop(uvn_splice_of(&source));
    return;
  }
  if (status == UV_EOF) {
    ASSERT_GT(uvn_splice_held(uvn_splice_of(&source)), 0);
    early++;
    if (stopping)
      uvn_splice_stop(uvn_splice_of(&source));
    return;
  }
  ASSERT_EQ(0, status);
  ASSERT_EQ(0, destination.u.stream.write_queue_size);
  ends++;
}


static void run_splice(int stop) {
  char data[65536];
  size_t received = 0;
  size_t sent = 0;
  ssize_t n;
  int peers[2];

  stopping = stop;
  closed = full = ends = 0;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, MARK, on_splice));

  while (full == 0) {
    fill_pattern(data, sent, sizeof(data));
    n = send(peers[0], data, sizeof(data), 0);
    if (n > 0)
      sent += n;
    ASSERT_LT(sent, LIMIT);
    uvn_loop_turn(&loop);
  }
  ASSERT_EQ(1, full);
  ASSERT_EQ(0, ends);
  ASSERT_EQ(0, shutdown(peers[0], SHUT_WR));
  if (stop)
    sent = source.bytes_read;
  while (received < sent) {
    uvn_loop_turn(&loop);
    n = recv(peers[1], data, sizeof(data), 0);
    if (n > 0) {
      check_pattern(data, received, n);
      received += n;
    }
  }
  if (stop) {
    ASSERT_PTR_EQ(NULL, uvn_splice_of(&source));
    ASSERT_EQ(0, ends);
  } else {
    RUN_UNTIL(ends == 1);
  }
  close_stream(&source);
  close_stream(&destination);
  run();
  ASSERT_EQ(2, closed);
  close(peers[0]);
  close(peers[1]);
}


/* The peer of the destination reads nothing before the end has been told. */
static void run_end(int stop) {
  char data[65536];
  size_t received = 0;
  size_t sent = 0;
  ssize_t n;
  int peers[2];

  stopping = stop;
  closed = full = early = ends = 0;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, MARK, on_splice));
  while (uvn_splice_held(uvn_splice_of(&source)) == 0) {
    fill_pattern(data, sent, 1024);
    ASSERT_EQ(1024, send(peers[0], data, 1024, 0));
    sent += 1024;
    ASSERT_LT(sent, LIMIT);
    uvn_loop_turn(&loop);
  }
  ASSERT_EQ(0, shutdown(peers[0], SHUT_WR));
  RUN_UNTIL(early == 1);
  ASSERT_EQ(0, full);
  ASSERT_EQ(0, ends);
  while (received < sent) {
    uvn_loop_turn(&loop);
    n = recv(peers[1], data, sizeof(data), 0);
    if (n > 0) {
      check_pattern(data, received, n);
      received += n;
    }
  }
  if (stop)
    ASSERT_PTR_EQ(NULL, uvn_splice_of(&source));
  else
    RUN_UNTIL(ends == 1);
  close_stream(&source);
  close_stream(&destination);
  run();
  ASSERT_EQ(1, early);
  ASSERT_EQ(!stop, ends);
  ASSERT_EQ(2, closed);
  close(peers[0]);
  close(peers[1]);
}


int main(void) {
  task_begin();
  run_splice(0);
  run_splice(1);
  run_end(0);
  run_end(1);
  task_end();
  return 0;
}
