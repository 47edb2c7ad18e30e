/* SPDX-License-Identifier: MIT
 *
 * A listener with a block list closes who is on it, without a callback, and
 * serves the others that wait, in the same call. The list may change, go and
 * come, and lives until the listener closes.
 */

#include "block-list.h"

#define FLOOD 400  /* More than are closed in one go. */

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &client);
  ASSERT_EQ(0, uvn_accept(stream, &client));
  close_stream(&client);
  connections++;
}


/* A connection from an address of the machine's own network 127.0.0.0/8. */
static int dial_from(const char* ip, const struct sockaddr_in* to) {
  struct sockaddr_storage from = parsed(ip);
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  ASSERT_GE(fd, 0);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) &from, sizeof(*to)));
  ASSERT_EQ(0, connect(fd, (const struct sockaddr*) to, sizeof(*to)));
  set_timeout(fd);
  return fd;
}


static void refused(const struct sockaddr_in* to) {
  uint64_t before = loop.blocked_accepts;
  int fd = dial_from("127.0.0.2", to);

  RUN_UNTIL(loop.blocked_accepts == before + 1);
  recv_eof(fd);
  close(fd);
}


static void served(const struct sockaddr_in* to, const char* ip) {
  int before = connections;
  int fd = dial_from(ip, to);

  RUN_UNTIL(connections == before + 1);
  turns(2);  /* The client is used again. */
  close(fd);
}


int main(void) {
  uvn_block_list_t* list = uvn_block_list_new();
  struct sockaddr_in addr;
  int fds[FLOOD + 1];
  int i;

#ifndef __linux__
  return 0;  /* Elsewhere 127.0.0.2 is nobody's address. */
#endif
  task_begin();
  addr = listen_tcp(&server, on_connection);
  served(&addr, "127.0.0.2");
  uvn_set_block_list(&server, list);
  served(&addr, "127.0.0.2");

  ASSERT_EQ(0, add(list, "127.0.0.2", NULL, -1));
  refused(&addr);
  served(&addr, "127.0.0.1");

  /* Who waits behind those who are not wanted is served at once. */
  for (i = 0; i < 5; i++)
    fds[i] = dial_from(i == 3 ? "127.0.0.1" : "127.0.0.2", &addr);
  i = connections;
  uvn_loop_turn(&loop);
  ASSERT_EQ(i + 1, connections);
  ASSERT_GE(loop.blocked_accepts, 4);
  RUN_UNTIL(loop.blocked_accepts == 5);
  for (i = 0; i < 5; i++) {
    recv_eof(fds[i]);
    close(fds[i]);
  }

  /* However many they are. */
  for (i = 0; i < FLOOD; i++)
    fds[i] = dial_from("127.0.0.2", &addr);
  served(&addr, "127.0.0.1");
  RUN_UNTIL(loop.blocked_accepts == 5 + FLOOD);
  for (i = 0; i < FLOOD; i++)
    close(fds[i]);

  ASSERT_EQ(0, drop(list, "127.0.0.2", NULL, -1));
  served(&addr, "127.0.0.2");
  ASSERT_EQ(0, add(list, "127.0.0.0", NULL, 30));
  uvn_block_list_unref(list);  /* The listener's is left. */
  refused(&addr);
  uvn_set_block_list(&server, NULL);
  served(&addr, "127.0.0.2");

  list = uvn_block_list_new();
  uvn_set_block_list(&server, list);
  uvn_set_block_list(&server, list);
  uvn_block_list_unref(list);
  close_stream(&server);
  run();
  ASSERT_EQ(0, loop.accept_errors);
  task_end();
  return 0;
}
