/* SPDX-License-Identifier: MIT
 *
 * Reads into the user's memory: no more than its length at a time, and the
 * memory may be exchanged between reads.
 */

#include "task.h"

static char memory[2][16];
static uvn_target_t target;
static int reads;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_GT(nread, 0);
  check_pattern(base, stream->bytes_read - nread, nread);
  switch (reads++) {
    case 0:
      ASSERT_PTR_EQ(memory[0], base);
      ASSERT_EQ(16, nread);
      target.buf = uv_buf_init(memory[1], 10);  /* Shorter. */
      break;
    case 1:
      ASSERT_PTR_EQ(memory[1], base);
      ASSERT_EQ(10, nread);
      target.buf = uv_buf_init(NULL, 0);  /* Back to the scratch. */
      break;
    case 2:
      ASSERT_PTR_EQ(loop.scratch.base, base);
      ASSERT_EQ(14, nread);
      break;
    default:
      ASSERT(0);
  }
}


int main(void) {
  uvn_stream_t stream;
  char data[40];
  int kind;
  int peer;

  task_begin();
  fill_pattern(data, 0, sizeof(data));
  for (kind = TCP; kind <= PIPE; kind++) {
    reads = 0;
    peer = open_with_peer(kind, &stream);
    target.buf = uv_buf_init(memory[0], 16);
    stream.target = &target;
    send_all(peer, data, sizeof(data));
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    RUN_UNTIL(reads == 3);
    ASSERT_EQ(40, stream.bytes_read);
    turns(3);
    ASSERT_EQ(3, reads);
    close_stream(&stream);
    close(peer);
    run();
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
