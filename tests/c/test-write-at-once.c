/* SPDX-License-Identifier: MIT
 *
 * A write that the kernel takes whole needs no request: the answer is 0, the
 * queue stays empty and the loop has nothing to do.
 */

#include "task.h"


int main(void) {
  uvn_stream_t stream;
  uv_buf_t memory[3];
  uv_buf_t* bufs;
  unsigned nbufs;
  char data[12];
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    peer = open_with_peer(kind, &stream);

    memory[0] = uv_buf_init("hello ", 6);
    bufs = memory;
    nbufs = 1;
    ASSERT_EQ(0, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(6, stream.bytes_written);

    memory[0] = uv_buf_init("w", 1);
    memory[1] = uv_buf_init("", 0);
    memory[2] = uv_buf_init("orld!", 5);
    bufs = memory;
    nbufs = 3;
    ASSERT_EQ(0, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(12, stream.bytes_written);
    ASSERT_EQ(0, stream.u.stream.write_queue_size);
    run();

    recv_exactly(peer, data, 12);
    ASSERT_MEM_EQ("hello world!", data, 12);
    close_stream(&stream);
    run();
    recv_eof(peer);
    close(peer);
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
