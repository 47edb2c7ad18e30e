/* SPDX-License-Identifier: MIT
 *
 * Datagrams, many a system call: recvmmsg and sendmmsg on a poll handle.
 *
 * libuv's own uv_udp_t is not used: it drops the rest of a batch when a callback
 * stops receiving, and reports nothing of a descriptor that has died.
 */

#include "uvn_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* The memory that a loop's datagrams are received in, touched only as far as
 * they fill it. An IP datagram has less than 64 KiB, one of a Unix socket as
 * much as its sender's buffer holds: 208 KiB, unless somebody has raised it. */
#define UVN_ARENA_SIZE (2 * 1024 * 1024)
#define UVN_IP_SIZE (64 * 1024)
#define UVN_UNIX_SIZE (256 * 1024)
#define UVN_RECV_MAX (UVN_ARENA_SIZE / UVN_IP_SIZE)

#ifdef __linux__
typedef struct mmsghdr uvn_mmsghdr_t;
#else
typedef struct {
  struct msghdr msg_hdr;
  unsigned msg_len;
} uvn_mmsghdr_t;
#endif

struct uvn_arena_s {
  uvn_mmsghdr_t msgs[UVN_RECV_MAX];
  struct iovec iov[UVN_RECV_MAX];
  struct sockaddr_storage names[UVN_RECV_MAX];
  uvn_datagram_t batch[UVN_RECV_MAX];
  size_t size;  /* Of each buffer, as they are laid out now. */
  char memory[];
};

/* Datagrams that came in a batch whose callback did not want them any more. */
struct uvn_kept_s {
  unsigned count;
  uvn_datagram_t batch[];
};


/* ------------------------------------------------------------ system calls -- */

static int uvn__recvmmsg(int fd, uvn_mmsghdr_t* msgs, unsigned n) {
  int result;

#ifdef __linux__
  do
    result = recvmmsg(fd, msgs, n, MSG_DONTWAIT, NULL);
  while (result == -1 && errno == EINTR);
  return result == -1 ? UV__ERR(errno) : result;
#else
  unsigned done;

  for (done = 0; done < n; done++) {
    do
      result = recvmsg(fd, &msgs[done].msg_hdr, MSG_DONTWAIT);
    while (result == -1 && errno == EINTR);
    if (result == -1)
      break;
    msgs[done].msg_len = result;
  }
  return done > 0 ? (int) done : UV__ERR(errno);
#endif
}


static int uvn__sendmmsg(int fd, uvn_mmsghdr_t* msgs, unsigned n) {
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  int result;

#ifdef __linux__
  if (n > 1) {
    do
      result = sendmmsg(fd, msgs, n, flags);
    while (result == -1 && errno == EINTR);
    return result == -1 ? UV__ERR(errno) : result;
  }
#endif
  {
    unsigned done;

    for (done = 0; done < n; done++) {
      do
        result = sendmsg(fd, &msgs[done].msg_hdr, flags);
      while (result == -1 && errno == EINTR);
      if (result == -1)
        return done > 0 ? (int) done : UV__ERR(errno);
    }
    return done;
  }
}


/* ---------------------------------------------------------------- receiving -- */

static void uvn__lay_out(uvn_arena_t* arena, size_t size) {
  unsigned i;

  arena->size = size;
  for (i = 0; i < UVN_ARENA_SIZE / size; i++) {
    arena->iov[i].iov_base = arena->memory + i * size;
    arena->iov[i].iov_len = size;
    memset(&arena->msgs[i], 0, sizeof(arena->msgs[i]));
    arena->msgs[i].msg_hdr.msg_iov = &arena->iov[i];
    arena->msgs[i].msg_hdr.msg_iovlen = 1;
    arena->msgs[i].msg_hdr.msg_name = &arena->names[i];
    arena->msgs[i].msg_hdr.msg_namelen = sizeof(arena->names[i]);
  }
}


static uvn_arena_t* uvn__arena(uvn_loop_t* loop, size_t size) {
  if (loop->arena == NULL) {
    loop->arena = malloc(sizeof(*loop->arena) + UVN_ARENA_SIZE);
    if (loop->arena == NULL)
      return NULL;
    loop->arena->size = 0;
  }
  if (loop->arena->size != size)
    uvn__lay_out(loop->arena, size);
  return loop->arena;
}


/* One batch, and no second call to find that there is no more: others have
 * their turn, and the kernel says it again if there is. */
static void uvn__udp_recv(uvn_udp_t* udp) {
  size_t size = udp->family == AF_UNIX ? UVN_UNIX_SIZE : UVN_IP_SIZE;
  uvn_arena_t* arena = uvn__arena(UVN_LOOP(&udp->poll), size);
  struct msghdr* header;
  int n;
  int i;

  if (arena == NULL) {
    udp->on_recv(udp, NULL, UV_ENOMEM);
    return;
  }
  n = uvn__recvmmsg(udp->fd, arena->msgs,
                    udp->one_by_one ? 1 : UVN_ARENA_SIZE / size);
  if (n == UV_EAGAIN)
    return;  /* A readiness event that was spurious: a wrong checksum. */
  for (i = 0; i < n; i++) {
    header = &arena->msgs[i].msg_hdr;
    arena->batch[i].base = arena->iov[i].iov_base;
    arena->batch[i].len = arena->msgs[i].msg_len;
    arena->batch[i].addr = header->msg_name;
    arena->batch[i].addrlen = header->msg_namelen;
    header->msg_namelen = sizeof(arena->names[i]);
  }
  if (n > 1)
    UVN_LOOP(&udp->poll)->batched_recvs += n - 1;
  udp->on_recv(udp, arena->batch, n);
}


static void uvn__udp_recv_kept(uvn_udp_t* udp) {
  uvn_kept_t* kept = udp->kept;

  udp->kept = NULL;
  udp->on_recv(udp, kept->batch, kept->count);
  free(kept);
}


/* ----------------------------------------------------------------- watching -- */

static void uvn__on_udp(uv_poll_t* handle, int status, int events);


static int uvn__udp_watch(uvn_udp_t* udp) {
  int events = 0;

  if (udp->on_recv != NULL)
    events |= UV_READABLE;
  if (udp->on_writable != NULL)
    events |= UV_WRITABLE;
  if (uv__is_active(&udp->poll) && events != 0)
    return uvn_poll_change(&udp->poll, events);
  if (!uv__is_active(&udp->poll) && events == 0)
    return 0;
  return uvn_poll_start(&udp->poll, events, uvn__on_udp);
}


static void uvn__on_udp(uv_poll_t* handle, int status, int events) {
  uvn_udp_t* udp = (uvn_udp_t*) handle;
  uvn_udp_recv_cb on_recv = udp->on_recv;
  uvn_udp_cb on_writable = udp->on_writable;

  /* libuv takes POLLERR for the end; it is an error of an earlier datagram,
   * which the next call tells. */
  if (status == UV_EBADF && handle->io_watcher.fd >= 0 &&
      uvn_fd_alive(udp->fd)) {
    status = uvn__udp_watch(udp);
    events = UV_READABLE | UV_WRITABLE;
  }
  if (status != 0) {
    udp->on_recv = NULL;
    udp->on_writable = NULL;
    udp->fd = handle->io_watcher.fd;  /* Not ours any more, if it is lost. */
    if (on_writable != NULL)
      on_writable(udp, status);
    if (on_recv != NULL && !uv__is_closing(handle))
      on_recv(udp, NULL, status);
    return;
  }

  if ((events & UV_WRITABLE) && on_writable != NULL)
    on_writable(udp, 0);
  if (uv__is_closing(handle) || udp->on_recv == NULL)
    return;
  if (udp->kept != NULL)
    uvn__udp_recv_kept(udp);
  else if (events & UV_READABLE)
    uvn__udp_recv(udp);
}


int uvn_udp_recv_start(uvn_udp_t* udp, uvn_udp_recv_cb cb) {
  int err;

  if (udp->fd < 0)
    return UV_EBADF;
  if (udp->on_recv != NULL)
    return UV_EALREADY;
  udp->on_recv = cb;
  err = uvn__udp_watch(udp);
  if (err)
    udp->on_recv = NULL;
  else if (udp->kept != NULL)
    uv__io_feed(udp->poll.loop, &udp->poll.io_watcher);
  return err;
}


int uvn_udp_recv_stop(uvn_udp_t* udp) {
  if (udp->fd < 0)
    return UV_EBADF;
  udp->on_recv = NULL;
  return uvn__udp_watch(udp);
}


int uvn_udp_keep(uvn_udp_t* udp, const uvn_datagram_t* rest, unsigned n) {
  size_t size = sizeof(uvn_kept_t) + n * sizeof(*rest);
  uvn_kept_t* kept;
  unsigned i;
  char* p;

  for (i = 0; i < n; i++)
    size += rest[i].len + sizeof(struct sockaddr_storage);
  kept = malloc(size);
  if (kept == NULL)
    return UV_ENOMEM;
  kept->count = n;
  p = (char*) &kept->batch[n];
  for (i = 0; i < n; i++) {  /* First what has to be aligned. */
    kept->batch[i] = rest[i];
    kept->batch[i].addr = memcpy(p, rest[i].addr, rest[i].addrlen);
    p += sizeof(struct sockaddr_storage);
  }
  for (i = 0; i < n; i++) {
    kept->batch[i].base = memcpy(p, rest[i].base, rest[i].len);
    p += rest[i].len;
  }
  free(udp->kept);  /* There is none: it would have been delivered first. */
  udp->kept = kept;
  if (udp->on_recv != NULL)
    uv__io_feed(udp->poll.loop, &udp->poll.io_watcher);
  return 0;
}


/* ------------------------------------------------------------------ sending -- */

int uvn_udp_send(uvn_udp_t* udp, const uvn_datagram_t* datagrams, unsigned n) {
  uvn_mmsghdr_t msgs[UVN_SEND_MAX];
  struct iovec iov[UVN_SEND_MAX];
  unsigned i;
  int sent;

  if (udp->fd < 0)
    return UV_EBADF;
  if (n > UVN_SEND_MAX)
    n = UVN_SEND_MAX;
  if (udp->one_by_one)
    n = 1;
  for (i = 0; i < n; i++) {
    iov[i].iov_base = (char*) datagrams[i].base;
    iov[i].iov_len = datagrams[i].len;
    memset(&msgs[i], 0, sizeof(msgs[i]));
    msgs[i].msg_hdr.msg_name = (void*) datagrams[i].addr;
    msgs[i].msg_hdr.msg_namelen = datagrams[i].addrlen;
    msgs[i].msg_hdr.msg_iov = &iov[i];
    msgs[i].msg_hdr.msg_iovlen = 1;
  }
  sent = uvn__sendmmsg(udp->fd, msgs, n);
  if (sent > 1)
    UVN_LOOP(&udp->poll)->batched_sends += sent - 1;
  return sent;
}


int uvn_udp_wait_writable(uvn_udp_t* udp, uvn_udp_cb cb) {
  if (udp->fd < 0)
    return UV_EBADF;
  udp->on_writable = cb;
  return uvn__udp_watch(udp);
}


/* ----------------------------------------------------- descriptors, the end -- */

void uvn_udp_init(uvn_loop_t* loop, uvn_udp_t* udp) {
  memset(udp, 0, sizeof(*udp));
  uv__handle_init(&loop->uv, &udp->poll, UV_POLL);
  uv__io_init(&udp->poll.io_watcher, UV__POLL_IO, -1);
  udp->poll.u.reserved[0] = NULL;
  udp->poll.poll_cb = NULL;
  udp->fd = -1;
}


int uvn_udp_open(uvn_udp_t* udp, int fd) {
  struct sockaddr_storage name;
  socklen_t length = sizeof(name);
  struct stat st;
  uvn_loop_t* loop = UVN_LOOP(&udp->poll);
  int type;
  int err;

  if (udp->poll.io_watcher.fd >= 0 || udp->fd >= 0)
    return UV_EBUSY;
  if (fstat(fd, &st))
    return UV__ERR(errno);
  udp->inode = st.st_ino;
  if (getsockname(fd, (struct sockaddr*) &name, &length))
    return UV__ERR(errno);
  udp->family = name.ss_family;
  length = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
    return UV__ERR(errno);
  if (type != SOCK_DGRAM && type != SOCK_RAW)
    return UV_EINVAL;
  uvn__make_way(loop, fd);
  if (uv__fd_exists(&loop->uv, fd))
    return UV_EEXIST;
  err = uv__io_check_fd(&loop->uv, fd);
  if (err == 0)
    err = uv__nonblock(fd, 1);
  if (err == 0)
    udp->fd = udp->poll.io_watcher.fd = fd;
  return err;
}


int uvn_udp_socket(uvn_udp_t* udp, int family) {
  int fd;
  int err;

  if (udp->fd >= 0)
    return udp->family == family ? 0 : UV_EINVAL;
  fd = uv__socket(family, SOCK_DGRAM, 0);
  if (fd < 0)
    return fd;
  uvn_claim_fd(UVN_LOOP(&udp->poll), fd);
  err = uvn_udp_open(udp, fd);
  if (err)
    uv__close(fd);
  return err;
}


void uvn_udp_close(uvn_udp_t* udp, uv_close_cb cb) {
  uv__io_t* w = &udp->poll.io_watcher;
  struct stat st;

  /* Closed by somebody else, while nothing was watched: the kernel has not told,
   * and another file may have the number. */
  if (w->fd >= 0 && (fstat(w->fd, &st) || st.st_ino != udp->inode)) {
    uv__io_stop(&UVN_LOOP(&udp->poll)->uv, w, POLLIN | POLLOUT);
    w->fd = -1;
  }
  udp->on_recv = NULL;
  udp->on_writable = NULL;
  uv__queue_remove(&w->pending_queue);  /* Of uv__io_feed(). */
  uv__queue_init(&w->pending_queue);
  free(udp->kept);
  udp->kept = NULL;
  uvn_poll_close(&udp->poll, cb);
  /* Not one that was lost, and that another handle may have by now. */
  if (w->fd >= 0)
    uv__close(w->fd);
  udp->fd = w->fd = -1;
}


void uvn__arena_free(uvn_loop_t* loop) {
  free(loop->arena);
  loop->arena = NULL;
}
