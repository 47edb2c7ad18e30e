/* SPDX-License-Identifier: MIT
 *
 * Unix sockets: the path that a handle has bound, and removes when it closes.
 *
 * libuv removes whatever is at the path by then. It may be another's: who
 * starts a server anew removes the old path first and binds it again, while
 * the old server is still there to close. So libuv's copy of the path is
 * replaced by one that knows which file was bound.
 */

#include "uvn_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A bound socket keeps its file's number from being given to another file. */
typedef struct {
  dev_t device;
  ino_t inode;
  char path[];  /* Where libuv's pipe_fname points to. */
} uvn_bound_t;


static void uvn__forget_path(uv_pipe_t* handle) {
  if (handle->pipe_fname == NULL)
    return;
  free(UVN_CONTAINER_OF(handle->pipe_fname, uvn_bound_t, path));
  handle->pipe_fname = NULL;
}


static uvn_bound_t* uvn__new_path(const char* path, size_t length) {
  uvn_bound_t* bound;

  bound = calloc(1, sizeof(*bound) + length + 1);
  if (bound != NULL)
    memcpy(bound->path, path, length);
  return bound;
}


static void uvn__identify(uvn_bound_t* bound) {
  struct stat found;

  if (lstat(bound->path, &found))
    return;  /* It is gone already: no file has inode 0. */
  bound->device = found.st_dev;
  bound->inode = found.st_ino;
}


int uvn_pipe_bind(uvn_stream_t* stream, const char* path, size_t length) {
  uv_pipe_t* handle = &stream->u.pipe;
  uvn_bound_t* bound;
  int err;

  bound = uvn__new_path(path, length);
  if (bound == NULL)
    return UV_ENOMEM;
  err = uv_pipe_bind2(handle, path, length, UV_PIPE_NO_TRUNCATE);
  if (err || handle->pipe_fname == NULL) {
    free(bound);
    return err;  /* An abstract name is no file. */
  }
  uvn__identify(bound);
  uv__free((void*) handle->pipe_fname);
  handle->pipe_fname = bound->path;
  return 0;
}


int uvn_pipe_own(uvn_stream_t* stream, const char* path, size_t length) {
  uvn_bound_t* bound;

  if (uv__is_closing(&stream->u.handle) ||
      uv__stream_fd(&stream->u.stream) == -1)
    return UV_EBADF;
  if (length == 0 || memchr(path, '\0', length) != NULL)
    return UV_EINVAL;
  bound = uvn__new_path(path, length);
  if (bound == NULL)
    return UV_ENOMEM;
  uvn__identify(bound);
  uvn__forget_path(&stream->u.pipe);
  stream->u.pipe.pipe_fname = bound->path;
  return 0;
}


void uvn__pipe_unlink(uvn_stream_t* stream) {
  uv_pipe_t* handle = &stream->u.pipe;
  uvn_bound_t* bound;
  struct stat found;

  if (handle->type != UV_NAMED_PIPE || handle->pipe_fname == NULL)
    return;
  bound = UVN_CONTAINER_OF(handle->pipe_fname, uvn_bound_t, path);
  if (lstat(bound->path, &found) == 0 && found.st_dev == bound->device &&
      found.st_ino == bound->inode)
    unlink(bound->path);
  uvn__forget_path(handle);
}
