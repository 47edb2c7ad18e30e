/* SPDX-License-Identifier: MIT
 *
 * The names of Unix sockets at both ends: of an ordinary path, of the longest,
 * of none, of the abstract kind; and of what is no Unix socket.
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static uvn_stream_t accepted;
static int connects;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(PIPE, &accepted);
  ASSERT_EQ(0, uvn_accept(stream, &accepted));
}


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  connects++;
}


static void check_name(const uvn_stream_t* stream, int peer, const char* name,
                       size_t length) {
  char* path = malloc(108);  /* What it is promised, and no more. */

  memset(path, 'x', 108);
  ASSERT_EQ(length, uvn_pipe_getname(stream, peer, path));
  ASSERT_MEM_EQ(name, path, length);
  free(path);
}


static void check_with(const char* name, size_t length) {
  uv_connect_t req;
  int before = connects;

  init_stream(PIPE, &server);
  init_stream(PIPE, &client);
  ASSERT_EQ(0, uvn_pipe_bind(&server, name, length));
  ASSERT_EQ(0, uvn_listen(&server, 8, on_connection));
  ASSERT_EQ(0, uvn_pipe_connect(&client, &req, name, length, on_connect));
  RUN_UNTIL(connects == before + 1 && accepted.u.handle.type != 0);
  check_name(&server, 0, name, length);
  check_name(&client, 1, name, length);
  check_name(&client, 0, "", 0);
  check_name(&accepted, 0, name, length);
  check_name(&accepted, 1, "", 0);
  ASSERT_LT(uvn_pipe_getname(&server, 1, (char[108]) { 0 }), 0);
  close_stream(&accepted);
  close_stream(&client);
  close_stream(&server);
  run();
  memset(&accepted, 0, sizeof(accepted));
}


int main(void) {
  struct sockaddr_un un;
  char name[sizeof(un.sun_path)];
  char path[108];
  int peer;
  int fds[2];

  task_begin();
  snprintf(name, sizeof(name), "/tmp/uvn-test-%d", (int) getpid());
  unlink(name);
  check_with(name, strlen(name));

  /* The longest that libuv takes leaves no room for a NUL. */
  memset(name + strlen(name), 'n', sizeof(name) - strlen(name));
  check_with(name, sizeof(name) - 1);
  check_with(name, sizeof(name));

#ifdef __linux__
  snprintf(name, sizeof(name), "%cuvn-test-%d", '\0', (int) getpid());
  check_with(name, 16);
  name[5] = '\0';  /* Nothing special in such a name. */
  check_with(name, 16);
#endif

  peer = open_with_peer(PIPE, &client);
  check_name(&client, 0, "", 0);
  check_name(&client, 1, "", 0);
  close_stream(&client);
  run();
  ASSERT_EQ(UV_EBADF, uvn_pipe_getname(&client, 0, path));
  close(peer);

  init_stream(PIPE, &client);
  ASSERT_EQ(UV_EBADF, uvn_pipe_getname(&client, 0, path));
  close_stream(&client);
  run();

  ASSERT_EQ(0, pipe(fds));
  open_stream(PIPE, &client, fds[0]);
  ASSERT_EQ(UV_ENOTSOCK, uvn_pipe_getname(&client, 0, path));
  close_stream(&client);
  run();
  close(fds[1]);

  make_pair(TCP, fds);
  open_stream(PIPE, &client, fds[0]);
  ASSERT_EQ(UV_EINVAL, uvn_pipe_getname(&client, 0, path));
  close_stream(&client);
  run();
  close(fds[1]);
  task_end();
  return 0;
}
