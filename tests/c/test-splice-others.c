/* SPDX-License-Identifier: MIT
 *
 * Others write to the destination of a splice: what they write keeps its place
 * among the chunks, whole, whether the kernel takes it at once or not.
 */

#include "task.h"

/* Spliced bytes are lower case; each write of ours is "<" upper case ">". */
#define OURS 20000

static uvn_stream_t source;
static uvn_stream_t destination;
static uvn_write_t reqs[50];
static char ours[OURS];
static int completed;
static int queued;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  (void) stream;
  (void) status;
  (void) failed;
  ASSERT(0);
}


static void on_write(uvn_write_t* req, int status) {
  ASSERT_EQ(0, status);
  ASSERT_PTR_EQ(&reqs[completed], req);
  completed++;
}


static void write_ours(void) {
  uv_buf_t buf = uv_buf_init(ours, OURS);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  if (uvn_write_try(&destination, &bufs, &nbufs) == 1) {
    ASSERT_LT(queued, ARRAY_SIZE(reqs));
    ASSERT_EQ(0, uvn_write_queue(&destination, &reqs[queued++], bufs, nbufs,
                                 on_write));
  }
}


int main(void) {
  static char got[65536];
  uint64_t spliced = 0;
  uint64_t sent = 0;
  char data[20000];
  int written = 0;
  int inside = -1;  /* The place within one of ours. */
  int whole = 0;
  int peers[2];
  ssize_t n;
  int i;

  task_begin();
  memset(ours, 'A', OURS);
  ours[0] = '<';
  ours[OURS - 1] = '>';
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, fcntl(peers[1], F_SETFL, O_NONBLOCK));
  ASSERT_EQ(0, uvn_splice_start(&source, &destination, 0, on_splice));

  while (written < 50 || spliced < sent || whole < 50) {
    if (written < 50) {
      for (i = 0; i < (int) sizeof(data); i++)
        data[i] = 'a' + (sent + i) % 26;
      n = send(peers[0], data, sizeof(data), 0);
      if (n > 0)
        sent += n;
      write_ours();
      written++;
    }
    uvn_loop_turn(&loop);
    n = recv(peers[1], got, written % 3 ? 1000 : sizeof(got), 0);
    for (i = 0; i < n; i++) {
      if (got[i] == '<') {
        ASSERT_EQ(-1, inside);
        inside = 0;
      }
      if (inside >= 0) {
        ASSERT_EQ(ours[inside], got[i]);
        if (++inside == OURS) {
          inside = -1;
          whole++;
        }
      } else {
        ASSERT_EQ('a' + spliced % 26, got[i]);
        spliced++;
      }
    }
  }
  ASSERT_GT(queued, 0);
  RUN_UNTIL(completed == queued);
  ASSERT_EQ(sent, source.bytes_read);
  ASSERT_EQ(sent + 50 * OURS, destination.bytes_written);
  close_stream(&source);
  turns(1);
  close_stream(&destination);
  run();
  close(peers[0]);
  close(peers[1]);
  task_end();
  return 0;
}
