/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a process, makes its system calls fail as a test demands. The
 * demand is a block of memory that both share: a file, mapped by both, which
 * SHIM_CONTROL names. tests/reliability/shim.py has the other half.
 *
 * Only calls on sockets fail. Those on pipes, files and the loop's own
 * descriptors are left alone.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define ERRORS 8

enum { ACCEPT, SETSOCKOPT, IOCTL, READ, WRITE, WRITEV, CONNECT, EPOLL_CTL,
       CALLS };

/* One for each call. */
struct demand {
  uint32_t left;           /* Faults still to be made; UINT32_MAX: no end. */
  uint32_t per_mille;      /* The chance of a call to fail. */
  uint32_t accepted_only;  /* Only the first call on a socket just accepted. */
  int32_t errors[ERRORS];  /* One of these, by chance; zeros are left out. */
  uint32_t calls;          /* Counted here. */
  uint32_t faults;
};

struct control {
  uint32_t random;         /* The seed; must not be 0. */
  int32_t accepted;        /* The socket just accepted, or -1. */
  struct demand demands[CALLS];
};

static struct control* control;

/* Looked up before anything can be intercepted, for dlsym() may call us. */
static int (*real_accept4)(int, struct sockaddr*, socklen_t*, int);
static int (*real_setsockopt)(int, int, int, const void*, socklen_t);
static int (*real_ioctl)(int, unsigned long, void*);
static ssize_t (*real_read)(int, void*, size_t);
static ssize_t (*real_write)(int, const void*, size_t);
static ssize_t (*real_writev)(int, const struct iovec*, int);
static int (*real_connect)(int, const struct sockaddr*, socklen_t);
static int (*real_epoll_ctl)(int, int, int, struct epoll_event*);


__attribute__((constructor)) static void shim_init(void) {
  const char* path = getenv("SHIM_CONTROL");
  void* memory;
  int fd;

  real_accept4 = dlsym(RTLD_NEXT, "accept4");
  real_setsockopt = dlsym(RTLD_NEXT, "setsockopt");
  real_ioctl = dlsym(RTLD_NEXT, "ioctl");
  real_read = dlsym(RTLD_NEXT, "read");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_connect = dlsym(RTLD_NEXT, "connect");
  real_epoll_ctl = dlsym(RTLD_NEXT, "epoll_ctl");

  fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd == -1)
    return;
  memory = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                0);
  close(fd);
  if (memory != MAP_FAILED)
    control = memory;
}


static uint32_t chance(uint32_t below) {
  uint32_t x = control->random;

  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  control->random = x;
  return x % below;
}


static int is_socket(int fd) {
  int saved_errno = errno;
  struct stat s;
  int result = fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);

  errno = saved_errno;
  return result;
}


/* Whether this call is to fail; errno then says why. */
static int fault(int call, int fd) {
  struct demand* demand;
  int error = 0;

  if (control == NULL)
    return 0;
  demand = &control->demands[call];
  if (demand->left == 0 || !is_socket(fd))
    return 0;
  demand->calls++;
  if (demand->accepted_only) {
    if (fd != control->accepted)
      return 0;
    control->accepted = -1;
  }
  if (chance(1000) >= demand->per_mille)
    return 0;
  while (error == 0)
    error = demand->errors[chance(ERRORS)];
  if (demand->left != UINT32_MAX)
    demand->left--;
  demand->faults++;
  errno = error;
  return 1;
}


int accept4(int fd, struct sockaddr* addr, socklen_t* length, int flags) {
  int peer;

  if (fault(ACCEPT, fd))
    return -1;
  peer = real_accept4(fd, addr, length, flags);
  if (control != NULL && peer != -1)
    control->accepted = peer;
  return peer;
}


int setsockopt(int fd, int level, int name, const void* value, socklen_t n) {
  return fault(SETSOCKOPT, fd) ? -1
                               : real_setsockopt(fd, level, name, value, n);
}


int ioctl(int fd, unsigned long request, ...) {
  va_list args;
  void* arg;

  va_start(args, request);
  arg = va_arg(args, void*);
  va_end(args);
  return fault(IOCTL, fd) ? -1 : real_ioctl(fd, request, arg);
}


ssize_t read(int fd, void* data, size_t size) {
  return fault(READ, fd) ? -1 : real_read(fd, data, size);
}


ssize_t write(int fd, const void* data, size_t size) {
  return fault(WRITE, fd) ? -1 : real_write(fd, data, size);
}


ssize_t writev(int fd, const struct iovec* bufs, int count) {
  return fault(WRITEV, fd) ? -1 : real_writev(fd, bufs, count);
}


int connect(int fd, const struct sockaddr* addr, socklen_t length) {
  return fault(CONNECT, fd) ? -1 : real_connect(fd, addr, length);
}


int epoll_ctl(int epfd, int op, int fd, struct epoll_event* event) {
  return fault(EPOLL_CTL, fd) ? -1 : real_epoll_ctl(epfd, op, fd, event);
}
