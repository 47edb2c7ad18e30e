/* SPDX-License-Identifier: MIT
 *
 * The end of a stream is told once and after every byte; reading has stopped,
 * so the loop does not wait for it, and the other direction still works.
 */

#include "task.h"

static int ends;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  if (nread > 0) {
    ASSERT_EQ(0, ends);
    ASSERT_MEM_EQ("last words", base, nread);
    return;
  }
  ASSERT_EQ(UV_EOF, nread);
  ASSERT_EQ(10, stream->bytes_read);
  ASSERT_EQ(0, uv_is_active(&stream->u.handle));
  ends++;
}


int main(void) {
  uvn_stream_t stream;
  uv_buf_t buf;
  uv_buf_t* bufs;
  unsigned nbufs;
  char reply[5];
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    ends = 0;
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    send_all(peer, "last words", 10);
    ASSERT_EQ(0, shutdown(peer, SHUT_WR));
    run();  /* Ends because nothing is active. */
    ASSERT_EQ(1, ends);
    turns(3);
    ASSERT_EQ(1, ends);

    buf = uv_buf_init("reply", 5);
    bufs = &buf;
    nbufs = 1;
    ASSERT_EQ(0, uvn_write_try(&stream, &bufs, &nbufs));
    recv_exactly(peer, reply, 5);
    ASSERT_MEM_EQ("reply", reply, 5);

    close_stream(&stream);
    run();
    recv_eof(peer);
    close(peer);
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
