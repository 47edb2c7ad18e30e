/* SPDX-License-Identifier: MIT
 *
 * Streams closed within the callback of a splice: the source, the destination
 * or both, at the end of the source and when the destination is closed.
 */

#include "task.h"

static uvn_stream_t source;
static uvn_stream_t destination;
static int close_source;
static int close_destination;
static int expected;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  ASSERT_EQ(expected, status);
  ASSERT_PTR_EQ(status < 0 ? &destination : NULL, failed);
  ASSERT_PTR_EQ(NULL, uvn_splice_of(&source));
  ASSERT_PTR_EQ(NULL, destination.roles->feeders);
  ends++;
  if (close_source)
    close_stream(&source);
  if (close_destination && !uv_is_closing(&destination.u.handle))
    close_stream(&destination);
}


static void check_with(int by_end) {
  char data[5];
  int peers[2];

  closed = ends = 0;
  expected = by_end ? 0 : UV_ECANCELED;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
  send_all(peers[0], "bytes", 5);
  RUN_UNTIL(source.bytes_read == 5);
  if (by_end)
    ASSERT_EQ(0, shutdown(peers[0], SHUT_WR));
  else
    close_stream(&destination);
  RUN_UNTIL(ends == 1);

  if (!close_source)
    close_stream(&source);
  if (!uv_is_closing(&destination.u.handle))
    close_stream(&destination);
  run();
  ASSERT_EQ(1, ends);
  ASSERT_EQ(2, closed);
  recv_exactly(peers[1], data, 5);
  ASSERT_MEM_EQ("bytes", data, 5);
  recv_eof(peers[1]);
  close(peers[0]);
  close(peers[1]);
}


int main(void) {
  int by_end;

  task_begin();
  for (by_end = 0; by_end < 2; by_end++)
    for (close_source = 0; close_source < 2; close_source++)
      for (close_destination = 0; close_destination < 2; close_destination++)
        check_with(by_end);
  task_end();
  return 0;
}
