/* SPDX-License-Identifier: MIT
 *
 * libuv's io_uring ring, which batches epoll_ctl calls past the hook that
 * survives dead descriptors, is off: a loop has an epoll set, an eventfd and a
 * pipe for signals, and one more in reserve as soon as it has had a stream.
 */

#include "task.h"

#ifdef __linux__
static int count_links(const char* what) {
  char path[64];
  char target[256];
  ssize_t n;
  int count = 0;
  int fd;

  for (fd = 0; fd < 256; fd++) {
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    n = readlink(path, target, sizeof(target) - 1);
    if (n > 0) {
      target[n] = '\0';
      count += strstr(target, what) != NULL;
    }
  }
  return count;
}
#endif


int main(void) {
  uvn_stream_t stream;
  uvn_loop_t second;
  int before;

  task_begin();
  before = count_fds();
  ASSERT_EQ(0, uvn_loop_init(&second));
#ifdef __linux__
  ASSERT_EQ(0, count_links("io_uring"));
  ASSERT_EQ(2, count_links("eventpoll"));
#endif
  ASSERT_EQ(before + 4, count_fds());
  ASSERT_EQ(0, uvn_tcp_init(&second, &stream));
  ASSERT_EQ(before + 5, count_fds());
  uvn_close(&stream, NULL);
  uvn_loop_run(&second);
  ASSERT_EQ(0, uvn_loop_close(&second));
  ASSERT_EQ(before, count_fds());
  task_end();
  return 0;
}
