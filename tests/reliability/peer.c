/* SPDX-License-Identifier: MIT
 *
 * The other end of a server under test, fast enough to be no bottleneck.
 *
 *   peer churn ADDRESS COUNT WINDOW rst|fin  COUNT connect-echo-close cycles
 *   peer hold ADDRESS COUNT                  COUNT connections that stay
 *
 * ADDRESS is the port of a server on 0.0.0.0 or the path of a Unix socket.
 * TCP connections are spread over the addresses 127.0.0.1 to 127.0.0.100, so
 * that ephemeral ports suffice. One line of JSON tells when all is done; `hold`
 * then keeps its connections until its standard input ends.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES 100
#define WINDOW 64    /* Connections of `hold` that wait for an echo. */
#define PATIENCE 10  /* Seconds that any one call may take. */

static const char* target;
static long failed;


static void complain(const char* what, long cycle) {
  if (failed++ < 5)
    fprintf(stderr, "cycle %ld: %s: %s\n", cycle, what, strerror(errno));
}


static struct sockaddr_in loopback(unsigned index, int port) {
  struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK + index % ADDRESSES);
  return addr;
}


static int connect_unix(void) {
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  strncpy(addr.sun_path, target, sizeof(addr.sun_path) - 1);
  if (fd != -1 && connect(fd, (struct sockaddr*) &addr, sizeof(addr))) {
    close(fd);
    fd = -1;
  }
  return fd;
}


static int connect_tcp(long cycle) {
  struct sockaddr_in source = loopback(cycle, 0);
  struct sockaddr_in server = loopback(cycle / ADDRESSES, atoi(target));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;

  if (fd == -1)
    return -1;
#ifdef IP_BIND_ADDRESS_NO_PORT
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
#endif
  if (bind(fd, (struct sockaddr*) &source, sizeof(source)) ||
      connect(fd, (struct sockaddr*) &server, sizeof(server))) {
    close(fd);
    return -1;
  }
  return fd;
}


static int open_one(long cycle) {
  struct timeval patience = { .tv_sec = PATIENCE };
  unsigned char byte = cycle;
  int fd = *target == '/' ? connect_unix() : connect_tcp(cycle);

  if (fd == -1) {
    complain("connect", cycle);
    return -1;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (write(fd, &byte, 1) != 1)
    complain("write", cycle);
  return fd;
}


static void expect_echo(int fd, long cycle) {
  unsigned char byte = ~cycle;
  ssize_t n;

  errno = 0;
  n = read(fd, &byte, 1);
  if (n != 1 || byte != (unsigned char) cycle)
    complain(n == 0 ? "end instead of an echo" : "echo", cycle);
}


static void close_one(int fd, long cycle, int reset) {
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };
  char byte;

  if (reset) {
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
  } else {
    if (shutdown(fd, SHUT_WR))
      complain("shutdown", cycle);
    else if (read(fd, &byte, 1) != 0)
      complain("end", cycle);
  }
  close(fd);
}


static double now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}


static void churn(long count, long window, int reset) {
  int* fds = calloc(window, sizeof(*fds));
  long base;
  long i;

  for (base = 0; base < count && failed < 100; base += window) {
    if (window > count - base)
      window = count - base;
    for (i = 0; i < window; i++)
      fds[i] = open_one(base + i);
    for (i = 0; i < window; i++) {
      if (fds[i] == -1)
        continue;
      /* Some are reset before the server has had time to look at them. */
      if (!reset || (base + i) % 16 != 0)
        expect_echo(fds[i], base + i);
      close_one(fds[i], base + i, reset);
    }
  }
  free(fds);
}


static void hold(long count) {
  int fds[WINDOW];
  long base;
  long i;

  for (base = 0; base < count && failed < 100; base += WINDOW) {
    for (i = 0; i < WINDOW && base + i < count; i++)
      fds[i] = open_one(base + i);
    for (i = 0; i < WINDOW && base + i < count; i++)
      if (fds[i] != -1)
        expect_echo(fds[i], base + i);
  }
}


int main(int argc, char** argv) {
  double started = now();
  long count = argc > 3 ? atol(argv[3]) : 0;
  int holding = argc > 3 && strcmp(argv[1], "hold") == 0;
  struct rlimit files;
  char byte;

  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  if (count <= 0 || (!holding && argc != 6))
    return 2;
  target = argv[2];
  if (holding)
    hold(count);
  else
    churn(count, atol(argv[4]), strcmp(argv[5], "rst") == 0);
  printf("{\"count\": %ld, \"failed\": %ld, \"seconds\": %.3f}\n", count,
         failed, now() - started);
  fflush(stdout);
  if (holding)
    while (read(0, &byte, 1) > 0) {}
  return failed != 0;
}
