/* SPDX-License-Identifier: MIT
 *
 * The kernel refuses to watch a descriptor, for want of memory or by the limit
 * of watches: its stream or poll handle hears the error, keeps its descriptor,
 * and closes it.
 *
 * Wraps: epoll_ctl
 */

#include "task.h"

#include <sys/epoll.h>

static int failing;
static int watched;
static int errors;

int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event* event);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event* event);


int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event* event) {
  if (failing && fd == watched && op != EPOLL_CTL_DEL) {
    errno = failing;
    return -1;
  }
  return __real_epoll_ctl(epfd, op, fd, event);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(-failing, nread);
  ASSERT_EQ(0, uv_is_active(&stream->u.handle));
  errors++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(-failing, status);
  errors++;
}


static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) events;
  ASSERT_EQ(-failing, status);
  errors++;
}


static void check_with(int error, int late) {
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_poll_t poll;
  int fds[2];
  int peer;

  errors = 0;
  peer = open_with_peer(TCP, &stream);
  watched = fd_of(&stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  if (late)
    turns(1);
  failing = error;
  ASSERT_EQ(0, uvn_write_queue(&stream, &req, &buf, 1, on_write));
  run();
  ASSERT_EQ(2, errors);
  failing = 0;
  close_stream(&stream);
  ASSERT_EQ(0, uvn_fd_alive(watched));
  run();
  recv_eof(peer);
  close(peer);

  make_pair(PIPE, fds);
  watched = fds[0];
  ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
  failing = error;
  run();
  ASSERT_EQ(3, errors);
  failing = 0;
  uvn_poll_close(&poll, on_close);
  run();
  ASSERT_EQ(1, uvn_fd_alive(fds[0]));
  close(fds[0]);
  close(fds[1]);
}


int main(void) {
  task_begin();
  check_with(ENOSPC, 0);
  check_with(ENOMEM, 0);
  check_with(ENOMEM, 1);
  ASSERT_EQ(6, closed);
  task_end();
  return 0;
}
