/* SPDX-License-Identifier: MIT
 *
 * A stream closed within a write callback: the requests behind it are
 * cancelled, each once, before the close callback.
 */

#include "task.h"

static uvn_write_t reqs[3];
static char data[16 << 20];
static int done;
static int cancelled;


static void on_write(uvn_write_t* req, int status) {
  if (req == &reqs[0]) {
    ASSERT_EQ(0, status);
    done++;
    uvn_close(CONTAINER_OF(req->req.handle, uvn_stream_t, u.stream), on_close);
    return;
  }
  ASSERT_EQ(UV_ECANCELED, status);
  ASSERT_EQ(0, closed);
  ASSERT_EQ(cancelled + 1, req - reqs);
  cancelled++;
}


int main(void) {
  uvn_stream_t stream;
  uv_buf_t buf;
  char sink[65536];
  ssize_t n;
  int kind;
  int peer;
  int i;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    done = cancelled = closed = 0;
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));
    for (i = 0; i < 3; i++) {
      buf = uv_buf_init(data, i == 0 ? 64 : sizeof(data));
      ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[i], &buf, 1, on_write));
    }
    while (closed == 0) {
      uvn_loop_turn(&loop);
      while ((n = recv(peer, sink, sizeof(sink), 0)) > 0) {}
    }
    ASSERT_EQ(1, done);
    ASSERT_EQ(2, cancelled);
    close(peer);
  }
  task_end();
  return 0;
}
