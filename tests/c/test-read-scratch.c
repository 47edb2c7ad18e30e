/* SPDX-License-Identifier: MIT
 *
 * Ordinary reads of every stream go to the loop's one scratch memory, and
 * bytes_read counts them exactly.
 */

#include "task.h"

static int reads;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_GT(nread, 0);
  ASSERT_PTR_EQ(loop.scratch.base, base);
  check_pattern(base, stream->bytes_read - nread, nread);
  reads++;
}


int main(void) {
  uvn_stream_t streams[4];
  int peers[4];
  char data[1000];
  int i;

  task_begin();
  for (i = 0; i < 4; i++) {
    peers[i] = open_with_peer(both[i % 2], &streams[i]);
    ASSERT_EQ(0, uvn_read_start(&streams[i], on_read));
    fill_pattern(data, 0, sizeof(data));
    send_all(peers[i], data, 100 * (i + 1));
  }
  RUN_UNTIL(reads == 4);
  for (i = 0; i < 4; i++) {
    ASSERT_EQ(100 * (i + 1), streams[i].bytes_read);
    fill_pattern(data, streams[i].bytes_read, sizeof(data));
    send_all(peers[i], data, 1000);
  }
  RUN_UNTIL(reads == 8);

  for (i = 0; i < 4; i++) {
    ASSERT_EQ(100 * (i + 1) + 1000, streams[i].bytes_read);
    close_stream(&streams[i]);
    close(peers[i]);
  }
  run();
  ASSERT_EQ(4, closed);
  task_end();
  return 0;
}
