/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a stream that reads, and the kernel gives
 * its number to a connection, outgoing or accepted, or a listener of the same
 * loop. The events go to the new one; the old one hears EBADF.
 */

#include "task.h"

static uvn_stream_t old;
static uvn_stream_t fresh;
static int errors;
static int events;


static void on_old_read(uvn_stream_t* stream, ssize_t nread,
                        const char* base) {
  (void) base;
  ASSERT_PTR_EQ(&old, stream);
  ASSERT_EQ(UV_EBADF, nread);
  errors++;
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  ASSERT_PTR_EQ(&fresh, stream);
  ASSERT_EQ(4, nread);
  ASSERT_MEM_EQ("news", base, 4);
  events++;
}


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  events++;
}


static void on_accept(uvn_stream_t* server, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &fresh);
  ASSERT_EQ(0, uvn_accept(server, &fresh));
  ASSERT_EQ(0, uvn_read_start(&fresh, on_read));
  events++;
}


static void on_connection(uvn_stream_t* server, int status) {
  ASSERT_EQ(0, status);
  events += server == &fresh;
}


/* Leaves `old` with a number that is free, and the lowest that is. */
static int kill_old(int* peer) {
  int fd;

  errors = events = 0;
  *peer = open_with_peer(PIPE, &old);
  ASSERT_EQ(0, uvn_read_start(&old, on_old_read));
  turns(1);
  fd = fd_of(&old);
  close(fd);
  return fd;
}


static void finish(int fd, int peer) {
  ASSERT_EQ(fd, fd_of(&fresh));
  ASSERT_EQ(1, errors);
  close_stream(&old);
  run_for(10);
  ASSERT_EQ(1, uvn_fd_alive(fd));
  close_stream(&fresh);
  run();
  close(peer);
}


int main(void) {
  struct sockaddr_in addr;
  struct sockaddr_un un;
  uvn_stream_t server;
  uv_connect_t req;
  char path[64];
  int listener;
  int client;
  int remote;
  int peer;
  int fd;

  task_begin();
  listener = listen_fd(&addr);
  fd = kill_old(&peer);
  init_stream(TCP, &fresh);
  ASSERT_EQ(0, uvn_tcp_connect(&fresh, &req, (struct sockaddr*) &addr,
                               on_connect));
  RUN_UNTIL(events == 1);
  ASSERT_EQ(0, uvn_read_start(&fresh, on_read));
  remote = accept(listener, NULL, NULL);
  send_all(remote, "news", 4);
  RUN_UNTIL(events == 2 && errors == 1);
  finish(fd, peer);
  close(remote);
  close(listener);

  addr = listen_tcp(&server, on_accept);
  client = socket(AF_INET, SOCK_STREAM, 0);
  fd = kill_old(&peer);
  ASSERT_EQ(0, connect(client, (struct sockaddr*) &addr, sizeof(addr)));
  RUN_UNTIL(events == 1);
  send_all(client, "news", 4);
  RUN_UNTIL(events == 2 && errors == 1);
  close_stream(&server);
  finish(fd, peer);
  close(client);

  client = socket(AF_INET, SOCK_STREAM, 0);
  fd = kill_old(&peer);
  addr = listen_tcp(&fresh, on_connection);
  ASSERT_EQ(0, connect(client, (struct sockaddr*) &addr, sizeof(addr)));
  RUN_UNTIL(events == 1 && errors == 1);
  finish(fd, peer);
  close(client);

  un = listen_pipe(&server, on_connection);
  strcpy(path, un.sun_path);
  fd = kill_old(&peer);
  init_stream(PIPE, &fresh);
  ASSERT_EQ(0, uvn_pipe_connect(&fresh, &req, path, strlen(path),
                                on_connect));
  RUN_UNTIL(events == 1 && errors == 1);
  uvn_close(&server, on_close);
  finish(fd, peer);

  task_end();
  return 0;
}
