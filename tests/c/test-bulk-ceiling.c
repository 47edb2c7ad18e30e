/* SPDX-License-Identifier: MIT
 *
 * The ceilings of bulk transfer serve several clients, TCP and Unix, and end
 * with the last of them. A sink answers the count of what it received; a source
 * sends what each request asks for, at the pace of a client that is slow, also
 * to one that has half-closed. One that is reset leaves nothing open.
 */

#include "task.h"

#include <pthread.h>

#define CLIENTS 3
#define EACH (3 * 1000 * 1000)

static struct sockaddr_in in;
static struct sockaddr_un un;
static int is_tcp;
static int fds[CLIENTS + 1];


static void put_number(unsigned char number[8], uint64_t value) {
  int i;

  for (i = 0; i < 8; i++)
    number[i] = (unsigned char) (value >> (56 - 8 * i));
}


static void* fill_sink(void* arg) {
  static const char data[EACH];
  unsigned char answer[8];
  unsigned char expected[8];
  int number = (int) (intptr_t) arg;
  int fd = fds[number];
  size_t size = EACH - number;

  send_all(fd, data, size);
  ASSERT_EQ(0, shutdown(fd, SHUT_WR));
  recv_exactly(fd, answer, sizeof(answer));
  put_number(expected, size);
  ASSERT_MEM_EQ(expected, answer, sizeof(answer));
  recv_eof(fd);
  close(fd);
  return NULL;
}


/* Each answer begins anew at byte 0; the last request is sent in two parts. */
static void* drain_source(void* arg) {
  static const size_t sizes[] = { 1, 0, 100000, 255, EACH };
  unsigned char data[10000];
  unsigned char request[8];
  size_t received;
  size_t n;
  size_t i;
  int number = (int) (intptr_t) arg;
  int fd = fds[number];
  int k;

  for (k = 0; k < ARRAY_SIZE(sizes); k++) {
    put_number(request, sizes[k]);
    send_all(fd, request, 3);
    usleep(1000);
    send_all(fd, request + 3, sizeof(request) - 3);
    if (k == ARRAY_SIZE(sizes) - 1)
      ASSERT_EQ(0, shutdown(fd, SHUT_WR));
    for (received = 0; received < sizes[k]; received += n) {
      n = sizes[k] - received;
      if (n > sizeof(data))
        n = sizeof(data);
      recv_exactly(fd, data, n);
      for (i = 0; i < n; i++)
        ASSERT_EQ((received + i) & 0xff, data[i]);
      if (number == 1)
        usleep(200);
    }
  }
  recv_eof(fd);
  close(fd);
  return NULL;
}


/* Goes while it is being served. */
static void* hang_up(void* arg) {
  unsigned char data[1000] = { 0 };
  int fd = fds[(int) (intptr_t) arg];

  put_number(data, EACH);
  send_all(fd, data, 8);
  if (is_tcp)
    reset(fd);
  else
    close(fd);
  return NULL;
}


static void check_with(int fd, int service) {
  void* (*client)(void*) = service == UVN_SINK ? fill_sink : drain_source;
  pthread_t threads[CLIENTS + 1];
  int i;

  for (i = 0; i <= CLIENTS; i++)  /* They wait in the backlog. */
    fds[i] = is_tcp ? dial(&in, sizeof(in)) : dial(&un, sizeof(un));
  for (i = 0; i <= CLIENTS; i++)
    ASSERT_EQ(0, pthread_create(&threads[i], NULL,
                                i < CLIENTS ? client : hang_up,
                                (void*) (intptr_t) i));
  ASSERT_EQ(0, uvn_bulk_ceiling(fd, is_tcp, service, 1));
  for (i = 0; i <= CLIENTS; i++)
    pthread_join(threads[i], NULL);
  ASSERT_EQ(0, uvn_fd_alive(fd));
}


static int listen_unix(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  un.sun_family = AF_UNIX;
  snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/uvn-test-%d",
           (int) getpid());
  unlink(un.sun_path);
  ASSERT_EQ(0, bind(fd, (struct sockaddr*) &un, sizeof(un)));
  ASSERT_EQ(0, listen(fd, 8));
  return fd;
}


int main(void) {
  int service;

  task_begin();
  for (service = UVN_SINK; service <= UVN_SOURCE; service++) {
    is_tcp = 1;
    check_with(listen_fd(&in), service);
    is_tcp = 0;
    check_with(listen_unix(), service);
  }
  unlink(un.sun_path);
  task_end();
  return 0;
}
