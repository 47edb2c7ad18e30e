/* SPDX-License-Identifier: MIT
 *
 * Errors of accept4 that come now and then, of every kind, lose nobody.
 *
 * Wraps: accept4
 */

#include "task.h"

static const int errors[] = {
  ECONNABORTED, EINTR, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO,
  ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
  ENETUNREACH, EIO,
};

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;
static int error;
static int failures;  /* The next so many calls fail. */

int __real_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);
int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);


int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags) {
  if (failures > 0) {
    failures--;
    errno = error;
    return -1;
  }
  return __real_accept4(fd, addr, n, flags);
}


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &client);
  ASSERT_EQ(0, uvn_accept(stream, &client));
  connections++;
}


int main(void) {
  struct sockaddr_in addr;
  int in_a_row;
  int count = 0;
  char byte;
  int fd;
  int i;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  for (i = 0; i < ARRAY_SIZE(errors); i++) {
    for (in_a_row = 1; in_a_row <= 3; in_a_row++) {
      /* Out of descriptors twice in a row sheds who waits: another test. */
      error = errors[i];
      if (in_a_row > 1 && (error == EMFILE || error == ENFILE))
        continue;
      fd = dial(&addr, sizeof(addr));
      failures = in_a_row;
      count++;
      RUN_UNTIL(connections == count);
      ASSERT_EQ(0, failures);
      ASSERT_EQ(-1, recv(fd, &byte, 1, MSG_DONTWAIT));  /* Is open. */
      ASSERT_EQ(EAGAIN, errno);
      close_stream(&client);
      turns(2);
      close(fd);
    }
  }
  ASSERT_EQ(0, loop.refused_accepts);
  close_stream(&server);
  run();
  ASSERT_EQ(count + 1, closed);
  task_end();
  return 0;
}
