/* SPDX-License-Identifier: MIT
 *
 * Writes of 5 buffers (a request holds 4 itself) and of 3000 (the kernel takes
 * 1024 at a time), at once and queued.
 */

#include "task.h"

#define MANY 3000

static char data[MANY * 8];
static int written;


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  written++;
}


static void check_with(kind_t kind, int count, int queue_only) {
  static uv_buf_t memory[MANY];
  static char got[sizeof(data)];
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t* bufs = memory;
  unsigned nbufs = count;
  int peer;
  int err = 1;
  int i;

  written = 0;
  peer = open_with_peer(kind, &stream);
  for (i = 0; i < count; i++)
    memory[i] = uv_buf_init(data + i * 8, 8);
  if (!queue_only)
    err = uvn_write_try(&stream, &bufs, &nbufs);
  if (err == 1) {
    ASSERT_EQ(0, uvn_write_queue(&stream, &req, bufs, nbufs, on_write));
    memset(memory, 0, sizeof(memory));  /* The array need not last. */
    run();
    ASSERT_EQ(1, written);
  } else {
    ASSERT_EQ(0, err);
    ASSERT_EQ(5, count);
  }
  recv_exactly(peer, got, count * 8);
  check_pattern(got, 0, count * 8);
  if (!queue_only)
    ASSERT_EQ(count * 8, stream.bytes_written);
  close_stream(&stream);
  close(peer);
  run();
}


int main(void) {
  int kind;

  task_begin();
  fill_pattern(data, 0, sizeof(data));
  for (kind = TCP; kind <= PIPE; kind++) {
    check_with(kind, 5, 0);
    check_with(kind, 5, 1);
    check_with(kind, MANY, 0);
    check_with(kind, MANY, 1);
  }
  task_end();
  return 0;
}
