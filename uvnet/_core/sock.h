/* SPDX-License-Identifier: MIT
 *
 * recv(2) and send(2) that never block.
 */

#ifndef UVNET_SOCK_H_
#define UVNET_SOCK_H_

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  /* macOS: Python ignores SIGPIPE. */
#endif

/* Both return a negative errno; -EAGAIN if it would block. */
static inline ssize_t uvn_recv(int fd, char* base, size_t size) {
  ssize_t n;

  do
    n = recv(fd, base, size, MSG_DONTWAIT);
  while (n == -1 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static inline ssize_t uvn_send(int fd, const char* base, size_t size) {
  ssize_t n;

  do
    n = send(fd, base, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n == -1 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

#endif  /* UVNET_SOCK_H_ */
