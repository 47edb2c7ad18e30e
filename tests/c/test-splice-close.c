/* SPDX-License-Identifier: MIT
 *
 * Source, destination or both are closed, in either order, before the first
 * byte, between bytes, and while a chunk is held. The source's end is silent;
 * the destination's is told to the source, with ECANCELED.
 */

#include "task.h"

enum { BEFORE, BETWEEN, HELD, STATES };
enum { SOURCE, DESTINATION, SOURCE_FIRST, DESTINATION_FIRST, RESET, WAYS };

static uvn_stream_t source;
static uvn_stream_t destination;
static int ends;


static void on_splice(uvn_stream_t* stream, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&source, stream);
  ASSERT_EQ(UV_ECANCELED, status);
  ASSERT_PTR_EQ(&destination, failed);
  ASSERT(uv_is_closing(&destination.u.handle));
  ends++;
}


static void check_with(int state, int way, int same) {
  static char data[1 << 20];
  uvn_stream_t* to = same ? &source : &destination;
  int peers[2];
  ssize_t n;
  int i;

  ends = closed = 0;
  peers[0] = open_with_peer(TCP, &source);
  peers[1] = open_with_peer(TCP, &destination);
  ASSERT_EQ(0, uvn_splice_start(&source, to, 0, on_splice));
  if (state == BETWEEN) {
    send_all(peers[0], "x", 1);
    RUN_UNTIL(source.bytes_read == 1);
  } else if (state == HELD) {
    ASSERT_EQ(0, fcntl(peers[0], F_SETFL, O_NONBLOCK));
    for (i = 0; i < 50;) {
      n = send(peers[0], data, sizeof(data), 0);
      i += n < 0;
      uvn_loop_turn(&loop);
    }
    ASSERT_GT(to->u.stream.write_queue_size, 0);
  }

  switch (way) {
    case SOURCE:
      close_stream(&source);
      turns(2);
      close_stream(&destination);
      break;
    case DESTINATION:
      close_stream(&destination);
      turns(2);
      close_stream(&source);
      break;
    case SOURCE_FIRST:
      close_stream(&source);
      close_stream(&destination);
      break;
    case RESET:
      uvn_close_reset(&destination, on_close);
      uvn_close_reset(&source, on_close);
      break;
    default:
      close_stream(&destination);
      close_stream(&source);
  }
  run();
  ASSERT_EQ(2, closed);
  ASSERT_EQ(!same && way != SOURCE && way != SOURCE_FIRST, ends);
  ASSERT_PTR_EQ(NULL, source.roles);
  ASSERT_PTR_EQ(NULL, to->roles);
  close(peers[0]);
  close(peers[1]);
}


int main(void) {
  int state;
  int same;
  int way;

  task_begin();
  for (same = 0; same < 2; same++)
    for (state = BEFORE; state < STATES; state++)
      for (way = SOURCE; way < WAYS; way++)
        check_with(state, way, same);
  task_end();
  return 0;
}
