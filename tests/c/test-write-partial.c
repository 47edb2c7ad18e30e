/* SPDX-License-Identifier: MIT
 *
 * A write that the kernel takes in part: the buffers are advanced to what is
 * left, that is queued, and the peer gets every byte in order.
 */

#include "task.h"

#define PART 300000
#define TOTAL (10 * PART)

static char data[TOTAL];
static int written;


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  written++;
}


int main(void) {
  static char got[TOTAL];
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t memory[10];
  uv_buf_t* bufs = memory;
  unsigned nbufs = 10;
  size_t received;
  size_t rest;
  ssize_t n;
  int kind;
  int peer;
  int i;

  task_begin();
  fill_pattern(data, 0, TOTAL);
  for (kind = TCP; kind <= PIPE; kind++) {
    written = 0;
    peer = open_with_peer(kind, &stream);
    shrink_buffers(fd_of(&stream));
    for (i = 0; i < 10; i++)
      memory[i] = uv_buf_init(data + i * PART, PART);
    bufs = memory;
    nbufs = 10;
    ASSERT_EQ(1, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(TOTAL, stream.bytes_written);

    rest = 0;
    for (i = 0; i < (int) nbufs; i++)
      rest += bufs[i].len;
    ASSERT_GT(rest, 0);
    ASSERT_LT(rest, TOTAL);
    ASSERT_PTR_EQ(data + TOTAL - rest, bufs[0].base);

    ASSERT_EQ(0, uvn_write_queue(&stream, &req, bufs, nbufs, on_write));
    ASSERT_EQ(rest, req.queued);
    ASSERT_EQ(rest, stream.u.stream.write_queue_size);
    ASSERT_EQ(0, written);

    ASSERT_EQ(0, fcntl(peer, F_SETFL, O_NONBLOCK));
    for (received = 0; received < TOTAL;) {
      uvn_loop_turn(&loop);
      n = recv(peer, got + received, TOTAL - received, 0);
      if (n > 0)
        received += n;
      else
        ASSERT_EQ(EAGAIN, errno);
    }
    run();
    ASSERT_EQ(1, written);
    check_pattern(got, 0, TOTAL);
    ASSERT_EQ(TOTAL, stream.bytes_written);
    ASSERT_EQ(0, stream.u.stream.write_queue_size);

    close_stream(&stream);
    close(peer);
    run();
  }
  task_end();
  return 0;
}
