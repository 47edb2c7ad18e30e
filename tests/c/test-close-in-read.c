/* SPDX-License-Identifier: MIT
 *
 * A stream closed within its own read callback, for data, for the end and for
 * an error: no further callback, one close callback.
 */

#include "task.h"

static int reads;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) nread;
  (void) base;
  reads++;
  close_stream(stream);
}


int main(void) {
  uvn_target_t target = {0};
  uvn_stream_t stream;
  char memory[4];
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    peer = open_with_peer(kind, &stream);  /* Data, and more of it. */
    target.buf = uv_buf_init(memory, sizeof(memory));
    stream.target = &target;
    send_all(peer, "0123456789", 10);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    run();
    close(peer);

    peer = open_with_peer(kind, &stream);  /* The end. */
    close(peer);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    run();
  }

  peer = open_with_peer(TCP, &stream);  /* An error. */
  reset(peer);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  run();

  ASSERT_EQ(5, reads);
  ASSERT_EQ(5, closed);
  task_end();
  return 0;
}
