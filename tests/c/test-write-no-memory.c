/* SPDX-License-Identifier: MIT
 *
 * A request that cannot be queued for want of memory fails with ENOMEM and
 * leaves nothing behind that would keep the loop running.
 */

#include "task.h"

static int failing;


static void* fail_malloc(size_t n) {
  return failing ? NULL : malloc(n);
}


static void* fail_realloc(void* p, size_t n) {
  return failing ? NULL : realloc(p, n);
}


static void* fail_calloc(size_t n, size_t size) {
  return failing ? NULL : calloc(n, size);
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


int main(void) {
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t bufs[5];
  int peer;
  int i;

  ASSERT_EQ(0, uv_replace_allocator(fail_malloc, fail_realloc, fail_calloc,
                                    free));
  task_begin();
  peer = open_with_peer(PIPE, &stream);
  for (i = 0; i < 5; i++)
    bufs[i] = uv_buf_init("x", 1);
  failing = 1;
  ASSERT_EQ(UV_ENOMEM, uvn_write_queue(&stream, &req, bufs, 5, on_write));
  failing = 0;
  ASSERT_EQ(0, stream.u.stream.write_queue_size);
  run();
  close_stream(&stream);
  run();
  ASSERT_EQ(1, closed);
  close(peer);
  task_end();
  return 0;
}
