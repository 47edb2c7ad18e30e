/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of one end of a splice: it ends with EBADF,
 * or EPIPE for a write, and names that end.
 */

#include "task.h"

static uvn_stream_t source;
static uvn_stream_t destination;
static uvn_stream_t* expected;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  if (failed == &source || status != UV_EPIPE)  /* It may not be told yet. */
    ASSERT_EQ(UV_EBADF, status);
  ASSERT_PTR_EQ(expected, failed);
  ends++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EBADF, status);
}


int main(void) {
  uvn_write_t write;
  uv_buf_t buf = uv_buf_init("x", 1);
  int peers[2];
  int i;

  task_begin();
  for (i = 0; i < 3; i++) {
    ends = 0;
    peers[0] = open_with_peer(TCP, &source);
    peers[1] = open_with_peer(PIPE, &destination);
    ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
    turns(1);
    if (i == 0) {  /* The source, found by a write to it. */
      expected = &source;
      close(fd_of(&source));
      ASSERT_EQ(0, uvn_write_queue(&source, &write, &buf, 1, on_write));
    } else if (i == 1) {  /* The destination, found by a write by others. */
      expected = &destination;
      close(fd_of(&destination));
      ASSERT_EQ(0, uvn_write_queue(&destination, &write, &buf, 1, on_write));
      send_all(peers[0], "data", 4);
    } else {  /* The destination, found by the splice itself. */
      expected = &destination;
      close(fd_of(&destination));
      send_all(peers[0], "data", 4);
    }
    RUN_UNTIL(ends == 1);
    turns(3);
    ASSERT_EQ(1, ends);
    close_stream(&source);
    close_stream(&destination);
    run();
    close(peers[0]);
    close(peers[1]);
  }
  ASSERT_EQ(6, closed);
  task_end();
  return 0;
}
