/* SPDX-License-Identifier: MIT
 *
 * The echo ceiling serves several clients, one of them slow to read, and ends
 * when its limit of bytes has been echoed: every one of them has been sent. It
 * closes the listener and leaves nothing open.
 */

#include "task.h"

#include <pthread.h>

#define CLIENTS 4
#define EACH (1 << 20)

static struct sockaddr_in in;
static struct sockaddr_un un;
static int is_tcp;


static void* exchange(void* arg) {
  static const int delays[CLIENTS] = { 0, 0, 1000, 20000 };
  char data[65536];
  size_t received = 0;
  size_t sent = 0;
  ssize_t n;
  int number = (int) (intptr_t) arg;
  int fd;

  fd = is_tcp ? dial(&in, sizeof(in)) : dial(&un, sizeof(un));
  ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
  while (received < EACH) {
    if (sent < EACH) {
      n = EACH - sent < sizeof(data) ? EACH - sent : sizeof(data);
      fill_pattern(data, sent, n);
      n = send(fd, data, n, 0);
      if (n > 0)
        sent += n;
    } else {
      usleep(delays[number]);
    }
    n = recv(fd, data, sizeof(data), 0);
    if (n == 0)
      TASK_FAIL("client %d: the end after %zu bytes", number, received);
    if (n < 0 && errno != EAGAIN)
      TASK_FAIL("client %d: %s after %zu bytes", number, strerror(errno),
                received);
    if (n > 0) {
      check_pattern(data, received, n);
      received += n;
    }
  }
  close(fd);
  return NULL;
}


static void check_with(int fd) {
  pthread_t threads[CLIENTS];
  int i;

  for (i = 0; i < CLIENTS; i++)
    ASSERT_EQ(0, pthread_create(&threads[i], NULL, exchange,
                                (void*) (intptr_t) i));
  ASSERT_EQ(0, uvn_echo_ceiling(fd, is_tcp, CLIENTS * EACH));
  for (i = 0; i < CLIENTS; i++)
    pthread_join(threads[i], NULL);
  ASSERT_EQ(0, uvn_fd_alive(fd));
}


int main(void) {
  int fd;

  task_begin();
  is_tcp = 1;
  check_with(listen_fd(&in));

  is_tcp = 0;
  un.sun_family = AF_UNIX;
  snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/uvn-test-%d",
           (int) getpid());
  unlink(un.sun_path);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) &un, sizeof(un)));
  ASSERT_EQ(0, listen(fd, 8));
  check_with(fd);
  unlink(un.sun_path);
  task_end();
  return 0;
}
