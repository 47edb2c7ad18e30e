/* SPDX-License-Identifier: MIT
 *
 * Connections that cannot be made: the callback says why, once and never from
 * within the call, or the call itself does and there is no callback.
 */

#include "task.h"

static int expected;
static int connects;


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(expected, status);
  connects++;
}


static void check_tcp(const struct sockaddr_in* addr, int result, int status) {
  uvn_stream_t stream;
  uv_connect_t req;

  expected = status;
  connects = 0;
  init_stream(TCP, &stream);
  ASSERT_EQ(result, uvn_tcp_connect(&stream, &req,
                                    (const struct sockaddr*) addr,
                                    on_connect));
  ASSERT_EQ(0, connects);
  run();
  ASSERT_EQ(result == 0, connects);
  close_stream(&stream);
  run();
}


static void check_pipe(const char* path, size_t length, int result,
                       int status) {
  uvn_stream_t stream;
  uv_connect_t req;

  expected = status;
  connects = 0;
  init_stream(PIPE, &stream);
  ASSERT_EQ(result, uvn_pipe_connect(&stream, &req, path, length, on_connect));
  ASSERT_EQ(0, connects);
  run();
  ASSERT_EQ(result == 0, connects);
  close_stream(&stream);
  run();
}


int main(void) {
  struct sockaddr_in addr;
  struct sockaddr_un un;
  char path[sizeof(un.sun_path) + 1];
  char* file = path;
  int fd;

  task_begin();
  close(listen_fd(&addr));
  check_tcp(&addr, 0, UV_ECONNREFUSED);

  addr.sin_addr.s_addr = htonl(INADDR_BROADCAST);
  check_tcp(&addr, UV_ENETUNREACH, 0);
  addr.sin_family = AF_UNIX;
  check_tcp(&addr, UV_EINVAL, 0);

  /* A path: of nothing, of a file, of a socket that nobody listens on. */
  check_pipe("/nowhere/at/all", 15, 0, UV_ENOENT);
  snprintf(file, sizeof(path), "/tmp/uvn-test-%d", (int) getpid());
  fd = open(file, O_CREAT | O_RDWR, 0600);
  close(fd);
  check_pipe(file, strlen(file), 0, UV_ECONNREFUSED);
  unlink(file);
  memset(&un, 0, sizeof(un));
  un.sun_family = AF_UNIX;
  strcpy(un.sun_path, file);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) &un, sizeof(un)));
  check_pipe(file, strlen(file), 0, UV_ECONNREFUSED);
  close(fd);
  unlink(file);

  /* Too long, empty, cut short by a NUL: refused, not truncated. */
  memset(path, 'x', sizeof(path));
  path[0] = '/';
  check_pipe(path, sizeof(path), UV_EINVAL, 0);
  check_pipe(path, sizeof(path) - 1, 0, UV_ENOENT);
  check_pipe(path, 0, UV_EINVAL, 0);
  path[5] = '\0';
  check_pipe(path, 10, UV_EINVAL, 0);
  task_end();
  return 0;
}
