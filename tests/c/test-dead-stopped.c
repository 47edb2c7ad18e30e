/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a handle that is stopped, and the number is
 * given to a stream of the same loop that reads. Starting the old handle fails,
 * and stopping it again and closing it must not cut off the new one.
 */

#include "task.h"

static int reads;
static int stopped;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  ASSERT_EQ(4, nread);
  ASSERT_MEM_EQ("news", base, 4);
  reads++;
}


static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
  ASSERT(0);
}


static void on_timer(uvn_timer_t* timer) {
  uv_poll_t* poll = timer->data;

  ASSERT_EQ(0, uv_poll_stop(poll));
  ASSERT_EQ(UV_EEXIST, uvn_poll_start(poll, UV_READABLE, on_poll));
  ASSERT_EQ(0, uv_poll_stop(poll));
  stopped = 1;
}


/* Moves `stream`'s connection to the number `fd`, which is closed. */
static int open_at(uvn_stream_t* stream, int fd) {
  int fds[2];
  int i;

  make_pair(PIPE, fds);
  i = fds[1] == fd;
  if (fds[i] != fd) {
    ASSERT_EQ(fd, dup2(fds[i], fd));
    close(fds[i]);
  }
  open_stream(PIPE, stream, fd);
  ASSERT_EQ(0, uvn_read_start(stream, on_read));
  turns(1);
  return fds[!i];
}


static void check_news(int peer) {
  reads = 0;
  send_all(peer, "news", 4);
  RUN_UNTIL(reads == 1);
}


static void check_alive(int peer, uvn_stream_t* stream, int fd) {
  ASSERT_EQ(1, uvn_fd_alive(fd));
  check_news(peer);
  close_stream(stream);
  turns(2);
  ASSERT_EQ(0, uvn_fd_alive(fd));
  close(peer);
}


int main(void) {
  uvn_stream_t fresh;
  uvn_stream_t old;
  uvn_timer_t timer;
  uv_poll_t poll;
  int peers[2];
  int fds[2];
  int fd;
  int i;

  task_begin();
  make_pair(TCP, fds);
  ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
  turns(1);
  ASSERT_EQ(0, uv_poll_stop(&poll));
  close(fds[0]);
  peers[0] = open_at(&fresh, fds[0]);
  memset(&timer, 0, sizeof(timer));
  timer.data = &poll;
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime(), on_timer));
  RUN_UNTIL(stopped);
  check_news(peers[0]);
  uvn_poll_close(&poll, on_close);
  RUN_UNTIL(closed == 1);
  check_alive(peers[0], &fresh, fds[0]);
  close(fds[1]);

  for (i = 0; i < 2; i++) {
    peers[1] = open_with_peer(TCP, &old);
    fd = fd_of(&old);
    ASSERT_EQ(0, uvn_read_start(&old, on_read));
    turns(1);
    ASSERT_EQ(0, uvn_read_stop(&old));
    close(fd);
    peers[0] = open_at(&fresh, fd);
    ASSERT_EQ(UV_EBADF, uvn_read_start(&old, on_read));
    if (i == 0)
      close_stream(&old);
    else
      uvn_close_reset(&old, on_close);
    turns(2);
    check_alive(peers[0], &fresh, fd);
    close(peers[1]);
  }
  ASSERT_EQ(6, closed);
  task_end();
  return 0;
}
