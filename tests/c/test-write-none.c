/* SPDX-License-Identifier: MIT
 *
 * A write of no buffers is refused; one of empty buffers succeeds; and on a
 * stream that is not open both say so.
 */

#include "task.h"


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


int main(void) {
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t* memory = malloc(sizeof(*memory));  /* Not one buffer to look at. */
  uv_buf_t empty[2] = { { NULL, 0 }, { "", 0 } };
  uv_buf_t* bufs = memory + 1;
  unsigned nbufs = 0;
  int peer;

  task_begin();
  peer = open_with_peer(TCP, &stream);
  ASSERT_EQ(UV_EINVAL, uvn_write_try(&stream, &bufs, &nbufs));
  ASSERT_EQ(UV_EINVAL, uvn_write_queue(&stream, &req, memory + 1, 0, on_write));
  bufs = empty;
  nbufs = 2;
  ASSERT_EQ(0, uvn_write_try(&stream, &bufs, &nbufs));
  ASSERT_EQ(0, stream.bytes_written);
  close_stream(&stream);
  ASSERT_EQ(UV_EBADF, uvn_write_try(&stream, &bufs, &nbufs));
  ASSERT_EQ(UV_EBADF, uvn_write_queue(&stream, &req, empty, 2, on_write));
  run();
  close(peer);

  init_stream(PIPE, &stream);
  ASSERT_EQ(UV_EBADF, uvn_write_try(&stream, &bufs, &nbufs));
  close_stream(&stream);
  run();
  free(memory);
  task_end();
  return 0;
}
