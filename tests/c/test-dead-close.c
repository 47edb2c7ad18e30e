/* SPDX-License-Identifier: MIT
 *
 * Streams whose descriptors have died, closed and freed before they are told,
 * by the callback of the first of them: nobody touches them afterwards.
 */

#include "task.h"

#define STREAMS 20

static uvn_stream_t* streams[STREAMS];
static uvn_write_t reqs[STREAMS];
static int errors;
static int cancelled;


static void on_free(uv_handle_t* handle) {
  closed++;
  free(CONTAINER_OF(handle, uvn_stream_t, u.handle));
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  int i;

  (void) stream;
  (void) base;
  ASSERT_EQ(UV_EBADF, nread);
  errors++;
  for (i = 0; i < STREAMS; i++)
    uvn_close(streams[i], on_free);
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT(status == UV_ECANCELED || status == UV_EBADF);
  cancelled++;
}


int main(void) {
  uv_buf_t buf = uv_buf_init("x", 1);
  int peers[STREAMS];
  int i;

  task_begin();
  for (i = 0; i < STREAMS; i++) {
    streams[i] = malloc(sizeof(*streams[i]));
    peers[i] = open_with_peer(both[i % 2], streams[i]);
    ASSERT_EQ(0, uvn_read_start(streams[i], on_read));
  }
  turns(1);
  for (i = 0; i < STREAMS; i++) {
    close(fd_of(streams[i]));
    ASSERT_EQ(0, uvn_write_queue(streams[i], &reqs[i], &buf, 1, on_write));
  }
  run();
  ASSERT_EQ(1, errors);
  ASSERT_EQ(STREAMS, cancelled);
  ASSERT_EQ(STREAMS, closed);
  for (i = 0; i < STREAMS; i++)
    close(peers[i]);
  task_end();
  return 0;
}
