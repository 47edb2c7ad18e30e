/* SPDX-License-Identifier: MIT
 *
 * The peer ends first: we hear it once, and go on sending for as long as we
 * like, to a peer that still listens.
 */

#include "task.h"

static uvn_stream_t stream;
static uvn_write_t req;
static uv_shutdown_t shutdown_req;
static char data[3 << 20];
static int ends;
static int shut;


static void on_write(uvn_write_t* r, int status) {
  (void) r;
  ASSERT_EQ(0, status);
}


static void on_shutdown(uv_shutdown_t* r, int status) {
  (void) r;
  ASSERT_EQ(0, status);
  shut++;
}


static void on_read(uvn_stream_t* s, ssize_t nread, const char* base) {
  uv_buf_t buf = uv_buf_init(data, sizeof(data));
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  (void) base;
  ASSERT_EQ(UV_EOF, nread);
  ends++;
  if (uvn_write_try(s, &bufs, &nbufs) == 1)
    ASSERT_EQ(0, uvn_write_queue(s, &req, bufs, nbufs, on_write));
  ASSERT_EQ(0, uv_shutdown(&shutdown_req, &s->u.stream, on_shutdown));
}


int main(void) {
  char got[65536];
  size_t received;
  ssize_t n;
  int kind;
  int peer;

  task_begin();
  fill_pattern(data, 0, sizeof(data));
  for (kind = TCP; kind <= PIPE; kind++) {
    ends = shut = 0;
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    ASSERT_EQ(0, shutdown(peer, SHUT_WR));
    RUN_UNTIL(ends == 1);

    ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));
    for (received = 0;;) {
      uvn_loop_turn(&loop);
      n = recv(peer, got, sizeof(got), 0);
      if (n == 0)
        break;
      if (n > 0) {
        check_pattern(got, received, n);
        received += n;
      }
    }
    ASSERT_EQ(sizeof(data), received);
    run();
    ASSERT_EQ(1, ends);
    ASSERT_EQ(1, shut);
    close_stream(&stream);
    close(peer);
    run();
  }
  task_end();
  return 0;
}
