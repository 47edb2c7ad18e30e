/* SPDX-License-Identifier: MIT
 *
 * close() cancels what is queued: each callback once, with ECANCELED, in order
 * and before the close callback; likewise a pending shutdown.
 */

#include "task.h"

static uvn_write_t reqs[10];
static char data[1 << 20];
static int cancelled;
static int shutdowns;


static void on_write(uvn_write_t* req, int status) {
  ASSERT_EQ(UV_ECANCELED, status);
  ASSERT_EQ(0, closed);
  ASSERT_EQ(cancelled, req - reqs);
  cancelled++;
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_ECANCELED, status);
  ASSERT_EQ(0, closed);
  ASSERT_EQ(10, cancelled);
  shutdowns++;
}


int main(void) {
  uvn_stream_t stream;
  uv_shutdown_t shutdown;
  uv_buf_t buf;
  int kind;
  int peer;
  int i;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    cancelled = shutdowns = closed = 0;
    peer = open_with_peer(kind, &stream);
    for (i = 0; i < 10; i++) {
      buf = uv_buf_init(data, sizeof(data));
      ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[i], &buf, 1, on_write));
    }
    ASSERT_EQ(0, uv_shutdown(&shutdown, &stream.u.stream, on_shutdown));
    close_stream(&stream);
    ASSERT_EQ(0, cancelled);  /* Not from within close(). */
    run();
    ASSERT_EQ(10, cancelled);
    ASSERT_EQ(1, shutdowns);
    ASSERT_EQ(1, closed);
    close(peer);
  }
  task_end();
  return 0;
}
