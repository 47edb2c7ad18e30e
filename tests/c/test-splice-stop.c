/* SPDX-License-Identifier: MIT
 *
 * A splice is stopped midway, with and without a chunk held, and the program
 * goes on by itself: it reads what comes and writes it on. No byte is lost,
 * doubled or out of order. Then it is spliced again.
 */

#include "task.h"

#define ROUNDS 30

static uvn_stream_t source;
static uvn_stream_t destination;
static int writes;


typedef struct {
  uvn_write_t req;
  char data[];
} copy_t;


static void on_write(uvn_write_t* req, int status) {
  ASSERT_EQ(0, status);
  free(CONTAINER_OF(req, copy_t, req));
  writes--;
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  uv_buf_t buf = uv_buf_init((char*) base, nread);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;
  copy_t* copy;

  ASSERT_PTR_EQ(&source, stream);
  ASSERT_GT(nread, 0);
  if (uvn_write_try(&destination, &bufs, &nbufs) == 0)
    return;
  copy = malloc(sizeof(*copy) + bufs->len);
  memcpy(copy->data, bufs->base, bufs->len);
  buf = uv_buf_init(copy->data, bufs->len);
  ASSERT_EQ(0, uvn_write_queue(&destination, &copy->req, &buf, 1, on_write));
  writes++;
}


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  (void) stream;
  (void) status;
  (void) failed;
  ASSERT(0);
}


int main(void) {
  char data[50000];
  uint64_t received = 0;
  uint64_t sent = 0;
  int held = 0;
  int peers[2];
  ssize_t n;
  int round;
  int i;

  task_begin();
  srand(11);
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));

  for (round = 0; round < ROUNDS || received < sent; round++) {
    if (round % 2 == 0)
      ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));
    else
      ASSERT_EQ(0, uvn_read_start(&source, on_read));

    for (i = 0; i < 10; i++) {
      if (round < ROUNDS) {
        fill_pattern(data, sent, sizeof(data));
        n = send(peers[0], data, 1 + rand() % sizeof(data), 0);
        if (n > 0)
          sent += n;
      }
      uvn_loop_turn(&loop);
      if (round >= ROUNDS || rand() % 3 == 0) {
        n = recv(peers[1], data, sizeof(data), 0);
        if (n > 0) {
          check_pattern(data, received, n);
          received += n;
        }
      }
    }

    if (round % 2 == 0) {
      held += destination.u.stream.write_queue_size > 0;
      uvn_splice_stop(uvn_splice_of(&source));
      ASSERT_PTR_EQ(NULL, uvn_splice_of(&source));
      ASSERT_EQ(0, uv_is_active(&source.u.handle));
    } else {
      ASSERT_EQ(0, uvn_read_stop(&source));
    }
  }
  ASSERT_EQ(sent, received);
  ASSERT_EQ(sent, source.bytes_read);
  ASSERT_EQ(sent, destination.bytes_written);
  ASSERT_GT(held, 0);
  ASSERT_EQ(0, writes);
  close_stream(&source);
  close_stream(&destination);
  run();
  close(peers[0]);
  close(peers[1]);
  task_end();
  return 0;
}
