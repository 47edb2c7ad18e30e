/* SPDX-License-Identifier: MIT
 *
 * read_stop within the callback: not one more call, although more is there;
 * read_start goes on where it was.
 */

#include "task.h"

static int reads;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_EQ(8, nread);
  check_pattern(base, stream->bytes_read - nread, nread);
  reads++;
  ASSERT_EQ(0, uvn_read_stop(stream));
  ASSERT_EQ(0, uvn_read_stop(stream));
}


static void on_second(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_EQ(8, nread);
  check_pattern(base, stream->bytes_read - nread, nread);
  reads++;
  if (stream->bytes_read == 32)
    uvn_read_stop(stream);
}


int main(void) {
  uvn_target_t target = {0};
  uvn_stream_t stream;
  char memory[8];
  char data[32];
  int kind;
  int peer;

  task_begin();
  fill_pattern(data, 0, sizeof(data));
  for (kind = TCP; kind <= PIPE; kind++) {
    reads = 0;
    peer = open_with_peer(kind, &stream);
    target.buf = uv_buf_init(memory, sizeof(memory));
    stream.target = &target;
    send_all(peer, data, sizeof(data));

    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    ASSERT_EQ(UV_EALREADY, uvn_read_start(&stream, on_second));
    run();
    ASSERT_EQ(1, reads);
    turns(3);
    ASSERT_EQ(1, reads);

    ASSERT_EQ(0, uvn_read_start(&stream, on_second));
    run();
    ASSERT_EQ(4, reads);
    ASSERT_EQ(32, stream.bytes_read);

    close_stream(&stream);
    ASSERT_EQ(UV_EINVAL, uvn_read_start(&stream, on_read));
    run();
    close(peer);
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
