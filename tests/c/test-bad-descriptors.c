/* SPDX-License-Identifier: MIT
 *
 * What cannot be adopted is refused with the error that says why, and is left
 * as it was: closed and negative numbers, files, sockets of another kind, what
 * is watched already.
 */

#include "task.h"


static void check_with(int fd, int tcp, int pipe, int poll) {
  uvn_stream_t stream;
  uv_poll_t handle;
  int flags = fcntl(fd, F_GETFL);

  init_stream(TCP, &stream);
  ASSERT_EQ(tcp, uvn_tcp_open(&stream, fd));
  ASSERT_EQ(flags, fcntl(fd, F_GETFL));
  close_stream(&stream);
  ASSERT_EQ(UV_EBADF, uvn_tcp_open(&stream, fd));
  turns(2);

  init_stream(PIPE, &stream);
  ASSERT_EQ(pipe, uvn_pipe_open(&stream, fd));
  ASSERT_EQ(flags, fcntl(fd, F_GETFL));
  close_stream(&stream);
  ASSERT_EQ(UV_EBADF, uvn_pipe_open(&stream, fd));
  turns(2);

  ASSERT_EQ(poll, uvn_poll_init(&loop, &handle, fd));
  ASSERT_EQ(flags, fcntl(fd, F_GETFL));
  if (poll == 0) {
    uvn_poll_close(&handle, NULL);
    turns(2);
  }
  ASSERT_EQ(flags != -1, uvn_fd_alive(fd));
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) nread;
  (void) base;
  ASSERT(0);
}


int main(void) {
  char name[] = "/tmp/uvn-test-XXXXXX";
  uvn_stream_t stream;
  uvn_stream_t second;
  int watched;
  int peer;
  int fd;

  task_begin();
  check_with(-1, UV_EBADF, UV_EBADF, UV_EBADF);
  check_with(-99, UV_EBADF, UV_EBADF, UV_EBADF);
  check_with(1 << 20, UV_EBADF, UV_EBADF, UV_EBADF);
  check_with(INT_MAX, UV_EBADF, UV_EBADF, UV_EBADF);
  fd = dup(0);
  close(fd);
  check_with(fd, UV_EBADF, UV_EBADF, UV_EBADF);

  fd = mkstemp(name);
  ASSERT_GE(fd, 0);
  unlink(name);
  check_with(fd, UV_ENOTSOCK, UV_EPERM, UV_EPERM);
  close(fd);
  fd = open("/", O_RDONLY);
  check_with(fd, UV_ENOTSOCK, UV_EPERM, UV_EPERM);
  close(fd);

  fd = socket(AF_INET, SOCK_DGRAM, 0);
  init_stream(TCP, &stream);
  ASSERT_EQ(UV_EINVAL, uvn_tcp_open(&stream, fd));
  close(fd);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(UV_EINVAL, uvn_tcp_open(&stream, fd));
  close_stream(&stream);
  turns(2);
  close(fd);

  /* Watched already; a handle that has a descriptor already. */
  peer = open_with_peer(TCP, &stream);
  watched = fd_of(&stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  check_with(watched, UV_EEXIST, UV_EEXIST, UV_EEXIST);
  fd = open_with_peer(TCP, &second);
  ASSERT_EQ(UV_EBUSY, uvn_tcp_open(&second, peer));
  ASSERT_EQ(UV_EBUSY, uvn_tcp_open(&second, fd_of(&second)));
  close_stream(&second);
  close_stream(&stream);
  turns(2);
  close(peer);
  close(fd);

  ASSERT_EQ(UV_EBADF, uvn_echo_ceiling(-1, 1, 1));
  ASSERT_EQ(UV_EBADF, uvn_echo_ceiling(-1, 0, 1));
  ASSERT_EQ(UV_EBADF, uvn_bulk_ceiling(-1, 1, UVN_SINK, 1));
  ASSERT_EQ(UV_EBADF, uvn_bulk_ceiling(-1, 0, UVN_SOURCE, 1));
  task_end();
  return 0;
}
