/* SPDX-License-Identifier: MIT
 *
 * A reader that is slow slows the sender: what a splice holds is never more
 * than one chunk, and reading has stopped meanwhile. All bytes arrive intact.
 */

#include "task.h"

#define TOTAL (4 << 20)

static uvn_stream_t source;
static uvn_stream_t destination;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  ASSERT_EQ(0, status);
  ASSERT_PTR_EQ(NULL, failed);
  ASSERT_EQ(0, destination.u.stream.write_queue_size);
  ends++;
}


int main(void) {
  char data[65536];
  size_t received = 0;
  size_t sent = 0;
  size_t largest = 0;
  ssize_t n;
  int stalled;
  int peers[2];
  int end = 0;

  task_begin();
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));

  /* Nobody reads: the sender is held up, by less than everything. */
  for (stalled = 0; stalled < 20;) {
    fill_pattern(data, sent, sizeof(data));
    n = send(peers[0], data, sizeof(data), 0);
    if (n > 0)
      sent += n;
    else
      stalled++;
    uvn_loop_turn(&loop);
  }
  ASSERT_GT(destination.u.stream.write_queue_size, 0);
  ASSERT_EQ(0, uv_is_active(&source.u.handle));
  ASSERT_EQ(source.bytes_read, destination.bytes_written);

  while (received < sent || !end) {
    if (sent < TOTAL) {
      n = TOTAL - sent < sizeof(data) ? TOTAL - sent : sizeof(data);
      fill_pattern(data, sent, n);
      n = send(peers[0], data, n, 0);
      if (n > 0)
        sent += n;
    } else if (!end) {
      end = 1;
      ASSERT_EQ(0, shutdown(peers[0], SHUT_WR));
    }
    uvn_loop_turn(&loop);
    if (destination.u.stream.write_queue_size > largest)
      largest = destination.u.stream.write_queue_size;
    n = recv(peers[1], data, 5000, 0);
    if (n > 0) {
      check_pattern(data, received, n);
      received += n;
    }
  }
  ASSERT_GT(largest, 0);
  ASSERT_LE(largest, UVN_READ_SIZE);
  RUN_UNTIL(ends == 1);
  close_stream(&source);
  close_stream(&destination);
  run();
  ASSERT_EQ(2, closed);
  close(peers[0]);
  close(peers[1]);
  task_end();
  return 0;
}
