/* SPDX-License-Identifier: MIT
 *
 * Two sources feed one destination, which is slow: each source's bytes arrive
 * in its order, all of them, and each end is told by itself.
 */

#include "task.h"

#define TOTAL (2 << 20)

static uvn_stream_t sources[2];
static uvn_stream_t destination;
static int ends[2];


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_EQ(0, status);
  ASSERT_PTR_EQ(NULL, failed);
  ends[stream - sources]++;
}


int main(void) {
  static char got[65536];
  uint64_t received[2] = { 0, 0 };
  uint64_t sent[2] = { 0, 0 };
  char data[30000];
  size_t largest = 0;
  int peers[3];
  ssize_t n;
  int i;
  int j;

  /* The top bit tells the source, the rest counts. */
  task_begin();
  for (i = 0; i < 2; i++) {
    peers[i] = open_with_peer(both[i], &sources[i]);
    ASSERT_EQ(0, fcntl(peers[i], F_SETFL, O_NONBLOCK));
  }
  peers[2] = open_with_peer(PIPE, &destination);
  ASSERT_EQ(0, fcntl(peers[2], F_SETFL, O_NONBLOCK));
  for (i = 0; i < 2; i++)
    ASSERT_EQ(0, uvn_splice_start(&sources[i], &destination, 0, on_splice));

  while (received[0] + received[1] < 2 * TOTAL) {
    for (i = 0; i < 2; i++) {
      n = TOTAL - sent[i] < sizeof(data) ? TOTAL - sent[i] : sizeof(data);
      for (j = 0; j < n; j++)
        data[j] = (char) (i << 7 | (sent[i] + j) % 127);
      if (n == 0)
        continue;
      n = send(peers[i], data, n, 0);
      if (n > 0)
        sent[i] += n;
      if (sent[i] == TOTAL)
        ASSERT_EQ(0, shutdown(peers[i], SHUT_WR));
    }
    uvn_loop_turn(&loop);
    if (destination.u.stream.write_queue_size > largest)
      largest = destination.u.stream.write_queue_size;
    n = recv(peers[2], got, 20000, 0);
    for (j = 0; j < n; j++) {
      i = (unsigned char) got[j] >> 7;
      ASSERT_EQ(received[i] % 127, got[j] & 127);
      received[i]++;
    }
  }
  RUN_UNTIL(ends[0] == 1 && ends[1] == 1);
  ASSERT_GT(largest, 0);
  ASSERT_LE(largest, 2 * UVN_READ_SIZE);
  ASSERT_PTR_EQ(NULL, destination.roles->feeders);
  for (i = 0; i < 2; i++) {
    ASSERT_EQ(TOTAL, received[i]);
    close_stream(&sources[i]);
  }
  close_stream(&destination);
  run();
  for (i = 0; i < 3; i++)
    close(peers[i]);
  task_end();
  return 0;
}
