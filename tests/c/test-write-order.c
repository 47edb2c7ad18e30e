/* SPDX-License-Identifier: MIT
 *
 * Many queued requests, empty ones among them, complete in the order in which
 * they were made, and their bytes arrive in that order.
 */

#include "task.h"

#define REQUESTS 200
#define SIZE 10000

static uvn_write_t reqs[REQUESTS];
static char data[REQUESTS * SIZE];
static int completed;


static int is_empty(int i) {
  return i % 7 == 3;
}


static void on_write(uvn_write_t* req, int status) {
  ASSERT_EQ(0, status);
  ASSERT_EQ(completed, req - reqs);
  completed++;
}


int main(void) {
  static char got[sizeof(data)];
  uvn_stream_t stream;
  uv_buf_t buf;
  uv_buf_t* bufs;
  unsigned nbufs;
  uint64_t total = 0;
  uint64_t received = 0;
  ssize_t n;
  int peer;
  int i;

  task_begin();
  peer = open_with_peer(PIPE, &stream);
  ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));

  /* Fill the socket, so that every request has to wait. */
  memset(got, 0, sizeof(got));
  do {
    buf = uv_buf_init(got, 65536);
    bufs = &buf;
    nbufs = 1;
  } while (uvn_write_try(&stream, &bufs, &nbufs) == 0);
  ASSERT_EQ(stream.bytes_written % 65536, 0);

  for (i = 0; i < REQUESTS; i++) {
    buf = uv_buf_init(data + total, is_empty(i) ? 0 : SIZE);
    fill_pattern(data + total, total, buf.len);
    total += buf.len;
    bufs = &buf;
    nbufs = 1;
    if (i > 0)  /* Nothing overtakes what is queued. */
      ASSERT_EQ(1, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[i], bufs, nbufs, on_write));
    ASSERT_EQ(completed, 0);
  }

  /* What filled the socket comes first and is zeros. */
  while (completed < REQUESTS || received < total) {
    uvn_loop_turn(&loop);
    n = recv(peer, got, sizeof(got), 0);
    if (n > 0 && received == 0) {
      for (i = 0; i < n && got[i] == 0; i++) {}
      if (i == n)
        continue;
      while (i > 0 && memcmp(got + i, data, n - i < 100 ? n - i : 100) != 0)
        i--;
      check_pattern(got + i, 0, n - i);
      received = n - i;
    } else if (n > 0) {
      check_pattern(got, received, n);
      received += n;
    }
  }
  ASSERT_EQ(total, received);
  ASSERT_EQ(REQUESTS, completed);
  close_stream(&stream);
  close(peer);
  run();
  task_end();
  return 0;
}
