/* SPDX-License-Identifier: MIT
 *
 * How a connect has ended cannot be asked: that is the error of the connect,
 * and not whatever lies on the stack.
 *
 * Wraps: getsockopt
 */

#include "task.h"

static int failing;
static int connects;

int __real_getsockopt(int fd, int level, int name, void* v, socklen_t* n);
int __wrap_getsockopt(int fd, int level, int name, void* v, socklen_t* n);


int __wrap_getsockopt(int fd, int level, int name, void* v, socklen_t* n) {
  if (failing && name == SO_ERROR) {
    errno = ENOBUFS;
    return -1;
  }
  return __real_getsockopt(fd, level, name, v, n);
}


static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  ASSERT_EQ(failing ? UV_ENOBUFS : 0, status);
  connects++;
}


int main(void) {
  struct sockaddr_in addr;
  uvn_stream_t stream;
  uv_connect_t req;
  int fd;

  task_begin();
  fd = listen_fd(&addr);
  for (failing = 0; failing < 2; failing++) {
    init_stream(TCP, &stream);
    ASSERT_EQ(0, uvn_tcp_connect(&stream, &req, (struct sockaddr*) &addr,
                                 on_connect));
    run();
    ASSERT_EQ(failing + 1, connects);
    close_stream(&stream);
    run();
  }
  close(fd);
  task_end();
  return 0;
}
