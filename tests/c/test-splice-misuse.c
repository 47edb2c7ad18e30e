/* SPDX-License-Identifier: MIT
 *
 * A source that reads or is spliced already, also while its reading is held, is
 * refused, and so is ordinary reading of it; read_stop has no effect on it. An
 * end that is closed or not open is refused. What was at work goes on.
 */

#include "task.h"

static uvn_stream_t source;
static uvn_stream_t destination;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  (void) stream;
  (void) failed;
  ASSERT_EQ(0, status);
  ends++;
}


static void never(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  (void) stream;
  (void) status;
  (void) failed;
  ASSERT(0);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) nread;
  (void) base;
  ASSERT(0);
}


static void check_refused(void) {
  ASSERT_EQ(UV_EALREADY, uvn_splice_start(&source, &destination, 0, never));
  ASSERT_EQ(UV_EALREADY, uvn_splice_start(&source, &source, 0, never));
  ASSERT_EQ(UV_EALREADY, uvn_read_start(&source, on_read));
  ASSERT_EQ(0, uvn_read_stop(&source));
}


int main(void) {
  static char data[1 << 20];
  uvn_stream_t other;
  size_t received = 0;
  size_t sent = 0;
  int peers[3];
  ssize_t n;
  int i;

  task_begin();
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));

  ASSERT_EQ(0, uvn_read_start(&source, on_read));
  ASSERT_EQ(UV_EALREADY, uvn_splice_start(&source, &destination, 0, never));
  ASSERT_EQ(0, uvn_read_stop(&source));

  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
  check_refused();
  for (i = 0; i < 20;) {
    fill_pattern(data, sent, sizeof(data));
    n = send(peers[0], data, sizeof(data), 0);
    if (n > 0)
      sent += n;
    else
      i++;
    uvn_loop_turn(&loop);
  }
  ASSERT_GT(destination.u.stream.write_queue_size, 0);
  check_refused();
  ASSERT_EQ(0, shutdown(peers[0], SHUT_WR));
  while (!ends) {
    n = recv(peers[1], data, sizeof(data), 0);
    if (n > 0) {
      check_pattern(data, received, n);
      received += n;
    }
    uvn_loop_turn(&loop);
  }
  while ((n = recv(peers[1], data, sizeof(data), 0)) > 0) {
    check_pattern(data, received, n);
    received += n;
  }
  ASSERT_EQ(sent, received);

  init_stream(TCP, &other);
  ASSERT_EQ(UV_ENOTCONN, uvn_splice_start(&other, &destination, 0, never));
  close_stream(&other);
  ASSERT_EQ(UV_EINVAL, uvn_splice_start(&other, &destination, 0, never));
  run();
  peers[2] = open_with_peer(TCP, &other);
  close_stream(&destination);
  ASSERT_EQ(UV_EINVAL, uvn_splice_start(&other, &destination, 0, never));
  ASSERT_PTR_EQ(NULL, uvn_splice_of(&other));
  close_stream(&other);
  close_stream(&source);
  run();
  ASSERT_EQ(4, closed);
  for (i = 0; i < 3; i++)
    close(peers[i]);
  task_end();
  return 0;
}
