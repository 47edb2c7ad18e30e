/* SPDX-License-Identifier: MIT
 *
 * We end first: the FIN follows everything queued, and we go on receiving
 * until the peer ends.
 */

#include "task.h"

#define SIZE (1 << 20)

static char data[SIZE];
static int written;
static int shut;
static int ends;


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  ASSERT_EQ(0, shut);
  written++;
}


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  ASSERT_EQ(1, written);
  shut++;
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  if (nread == UV_EOF) {
    ASSERT_EQ(4, stream->bytes_read);
    ends++;
  } else {
    ASSERT_EQ(1, shut);
    ASSERT_EQ(4, nread);
    ASSERT_MEM_EQ("late", base, 4);
  }
}


int main(void) {
  static char got[SIZE];
  uvn_stream_t stream;
  uv_shutdown_t shutdown_req;
  uvn_write_t req;
  uv_buf_t buf;
  size_t received;
  ssize_t n;
  int kind;
  int peer;

  task_begin();
  fill_pattern(data, 0, SIZE);
  for (kind = TCP; kind <= PIPE; kind++) {
    written = shut = ends = 0;
    peer = open_with_peer(kind, &stream);
    shrink_buffers(fd_of(&stream));
    buf = uv_buf_init(data, SIZE);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    ASSERT_EQ(0, uvn_write_queue(&stream, &req, &buf, 1, on_write));
    ASSERT_EQ(0, uv_shutdown(&shutdown_req, &stream.u.stream, on_shutdown));

    ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));
    for (received = 0;;) {
      uvn_loop_turn(&loop);
      n = recv(peer, got, SIZE, 0);
      if (n == 0)
        break;
      if (n > 0) {
        check_pattern(got, received, n);
        received += n;
      }
    }
    ASSERT_EQ(SIZE, received);
    RUN_UNTIL(shut == 1);
    send_all(peer, "late", 4);
    close(peer);
    run();
    ASSERT_EQ(1, ends);
    close_stream(&stream);
    run();
  }
  task_end();
  return 0;
}
