/* SPDX-License-Identifier: MIT
 *
 * A read takes 64 KiB at most, and in bulk what the kernel has, up to 256 KiB;
 * the user's memory comes before both.
 */

#include "task.h"

#define SIZE 150000  /* The kernel takes it at once. */

static uvn_target_t target;
static char memory[16];
static ssize_t first;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_GT(nread, 0);
  check_pattern(base, stream->bytes_read - nread, nread);
  if (first == 0)
    first = nread;
}


static ssize_t first_read(int (*start)(uvn_stream_t*, uvn_read_cb),
                          uvn_target_t* into) {
  static char data[SIZE];
  uvn_stream_t stream;
  int peer;

  first = 0;
  peer = open_with_peer(PIPE, &stream);
  fill_pattern(data, 0, sizeof(data));
  send_all(peer, data, sizeof(data));
  stream.target = into;
  ASSERT_EQ(0, start(&stream, on_read));
  RUN_UNTIL(stream.bytes_read == SIZE);
  close_stream(&stream);
  close(peer);
  run();
  return first;
}


int main(void) {
  task_begin();
  ASSERT_EQ(UVN_READ_SIZE, first_read(uvn_read_start, NULL));
  ASSERT_EQ(SIZE, first_read(uvn_read_start_bulk, NULL));
  target.buf = uv_buf_init(memory, sizeof(memory));
  ASSERT_EQ(16, first_read(uvn_read_start_bulk, &target));
  task_end();
  return 0;
}
