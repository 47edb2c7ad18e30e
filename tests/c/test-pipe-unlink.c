/* SPDX-License-Identifier: MIT
 *
 * The path that a handle has bound is removed when it closes; but not what is
 * there instead by then, and not by a handle that was only given the socket.
 */

#include "task.h"

static char folder[] = "/tmp/uvn-test-XXXXXX";
static char path[64];
static char other[64];


static int exists(const char* name) {
  struct stat found;

  return lstat(name, &found) == 0;
}


static void bind_to(uvn_stream_t* stream, const char* name) {
  init_stream(PIPE, stream);
  ASSERT_EQ(0, uvn_pipe_bind(stream, name, strlen(name)));
  ASSERT_EQ(1, exists(name));
}


static int bound_fd(const char* name) {
  struct sockaddr_un addr;
  int fd;

  memset(&addr, 0, sizeof(addr));
  addr.sun_family = AF_UNIX;
  memcpy(addr.sun_path, name, strlen(name));
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) &addr, sizeof(addr)));
  return fd;
}


static void write_file(const char* name) {
  FILE* file = fopen(name, "w");

  ASSERT_NE(NULL, file);
  fclose(file);
}


static void finish(uvn_stream_t* stream) {
  close_stream(stream);
  run();
}


static void check_bound(void) {
  uvn_stream_t first;
  uvn_stream_t second;

  bind_to(&first, path);
  ASSERT_EQ(UV_EINVAL, uvn_pipe_bind(&first, other, strlen(other)));
  close_stream(&first);
  ASSERT_EQ(0, exists(path));  /* At once. */
  run();

  bind_to(&first, path);
  init_stream(PIPE, &second);
  ASSERT_EQ(UV_EADDRINUSE, uvn_pipe_bind(&second, path, strlen(path)));
  finish(&second);
  ASSERT_EQ(1, exists(path));

  /* Another server has taken the place. */
  ASSERT_EQ(0, unlink(path));
  bind_to(&second, path);
  finish(&first);
  ASSERT_EQ(1, exists(path));
  finish(&second);
  ASSERT_EQ(0, exists(path));

  /* So has what is no socket, or a link to the socket itself. */
  bind_to(&first, path);
  ASSERT_EQ(0, unlink(path));
  write_file(path);
  finish(&first);
  ASSERT_EQ(1, exists(path));
  ASSERT_EQ(0, unlink(path));

  bind_to(&first, path);
  ASSERT_EQ(0, rename(path, other));
  ASSERT_EQ(0, symlink(other, path));
  finish(&first);
  ASSERT_EQ(1, exists(path));
  ASSERT_EQ(1, exists(other));
  ASSERT_EQ(0, unlink(path));
  ASSERT_EQ(0, unlink(other));

  /* Nothing is there any more. */
  bind_to(&first, path);
  ASSERT_EQ(0, unlink(path));
  finish(&first);

  /* A relative path means what it meant when it was bound. */
  ASSERT_EQ(0, chdir(folder));
  bind_to(&first, "socket");
  ASSERT_EQ(0, chdir("/"));
  finish(&first);
  ASSERT_EQ(1, exists(path));
  ASSERT_EQ(0, unlink(path));
}


static void check_owned(void) {
  uvn_stream_t stream;
  char* nothing = "";

  init_stream(PIPE, &stream);
  ASSERT_EQ(UV_EBADF, uvn_pipe_own(&stream, path, strlen(path)));
  ASSERT_EQ(0, uvn_pipe_open(&stream, bound_fd(path)));
  finish(&stream);
  ASSERT_EQ(1, exists(path));  /* Who bound it removes it. */
  ASSERT_EQ(0, unlink(path));

  init_stream(PIPE, &stream);
  ASSERT_EQ(0, uvn_pipe_open(&stream, bound_fd(path)));
  ASSERT_EQ(UV_EINVAL, uvn_pipe_own(&stream, "\0name", 5));
  ASSERT_EQ(UV_EINVAL, uvn_pipe_own(&stream, nothing, 0));
  ASSERT_EQ(0, uvn_pipe_own(&stream, other, strlen(other)));
  ASSERT_EQ(0, uvn_pipe_own(&stream, path, strlen(path)));
  close_stream(&stream);
  ASSERT_EQ(0, exists(path));
  ASSERT_EQ(UV_EBADF, uvn_pipe_own(&stream, path, strlen(path)));
  run();

  init_stream(PIPE, &stream);
  ASSERT_EQ(0, uvn_pipe_open(&stream, bound_fd(path)));
  ASSERT_EQ(0, uvn_pipe_own(&stream, path, strlen(path)));
  ASSERT_EQ(0, unlink(path));
  write_file(path);
  finish(&stream);
  ASSERT_EQ(1, exists(path));
  ASSERT_EQ(0, unlink(path));
}


int main(void) {
  task_begin();
  ASSERT_NE(NULL, mkdtemp(folder));
  snprintf(path, sizeof(path), "%s/socket", folder);
  snprintf(other, sizeof(other), "%s/other", folder);
  check_bound();
  check_owned();
  ASSERT_EQ(0, rmdir(folder));
  task_end();
  return 0;
}
