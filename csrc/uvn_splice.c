/* SPDX-License-Identifier: MIT
 *
 * The splice: what one stream receives, another sends, and nobody above is
 * asked about the bytes in between.
 *
 * Chunks go from the loop's scratch memory to the kernel. Only what the kernel
 * refuses is copied. Reading pauses when a chunk waits, or with a high water
 * mark when so much waits, until all of it has left.
 */

#include "uvn_internal.h"

#include <stdlib.h>
#include <string.h>

struct uvn_splice_s {
  uvn_stream_t* source;       /* NULL once the splice is over. */
  uvn_stream_t* destination;
  uvn_splice_t* next;         /* Among the destination's feeders. */
  uvn_splice_cb cb;
  size_t high_water_mark;
  size_t held_size;           /* Of the chunks that wait, as they were read. */
  unsigned held;              /* How many do. */
  uint8_t paused;
  uint8_t ended;              /* The source has. */
};

/* A chunk that waits. */
typedef struct {
  uvn_write_t write;
  uvn_splice_t* splice;
  size_t size;                /* With what of it the kernel took at once. */
  char data[];
} uvn_held_t;


static void uvn__splice_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf);


static int uvn__splice_resume(uvn_splice_t* splice) {
  return uv_read_start(&splice->source->u.stream, uvn__alloc_scratch,
                       uvn__splice_read);
}


void uvn_splice_stop(uvn_splice_t* splice) {
  uvn_splice_t** link;

  uv_read_stop(&splice->source->u.stream);
  splice->source->roles->splice = NULL;
  for (link = &splice->destination->roles->feeders; *link != splice;)
    link = &(*link)->next;
  *link = splice->next;
  splice->source = NULL;
  if (splice->held == 0)
    free(splice);  /* Otherwise when its last write has left. */
}


size_t uvn_splice_held(const uvn_splice_t* splice) {
  return splice->held_size;
}


static void uvn__splice_finish(uvn_splice_t* splice, int status,
                               uvn_stream_t* failed) {
  uvn_splice_cb cb = splice->cb;
  uvn_stream_t* source = splice->source;

  /* First: the callback may start another splice, or close either end. */
  uvn_splice_stop(splice);
  cb(source, status, failed);
}


static void uvn__splice_written(uvn_write_t* req, int status) {
  uvn_held_t* held = UVN_CONTAINER_OF(req, uvn_held_t, write);
  uvn_splice_t* splice = held->splice;

  splice->held--;
  splice->held_size -= held->size;
  free(held);
  if (splice->source == NULL) {
    if (splice->held == 0)
      free(splice);
    return;
  }
  if (status < 0) {
    uvn__splice_finish(splice, status, splice->destination);
    return;
  }
  if (splice->held > 0)
    return;
  if (splice->ended) {
    uvn__splice_finish(splice, 0, NULL);
  } else if (splice->paused) {
    splice->paused = 0;
    status = uvn__splice_resume(splice);
    if (status < 0)
      uvn__splice_finish(splice, status, splice->source);
  }
}


/* Keeps what the kernel has left of a chunk of `size` bytes. */
static int uvn__splice_hold(uvn_splice_t* splice, uv_buf_t* rest,
                            size_t size) {
  uvn_held_t* held;
  int err;

  held = malloc(sizeof(*held) + rest->len);
  if (held == NULL)
    return UV_ENOMEM;
  held->splice = splice;
  held->size = size;
  memcpy(held->data, rest->base, rest->len);
  rest->base = held->data;
  err = uvn_write_queue(splice->destination, &held->write, rest, 1,
                        uvn__splice_written);
  if (err) {
    free(held);
    return err;
  }
  splice->held++;
  splice->held_size += size;
  if (splice->held_size < splice->high_water_mark)
    return 0;
  splice->paused = 1;
  uv_read_stop(&splice->source->u.stream);
  if (splice->high_water_mark != 0)
    splice->cb(splice->source, UV_EAGAIN, NULL);  /* Last: it may end this. */
  return 0;
}


static void uvn__splice_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf) {
  uvn_stream_t* source = (uvn_stream_t*) handle;
  uvn_splice_t* splice = source->roles->splice;
  uv_buf_t chunk;
  uv_buf_t* rest = &chunk;
  unsigned nbufs = 1;
  int err;

  if (nread == 0)
    return;
  if (source->idle != NULL)
    uvn_idle_refresh(UVN_LOOP(handle), source->idle);
  if (nread == UV_EOF) {
    splice->ended = 1;
    uv_read_stop(handle);
    if (splice->held == 0)
      uvn__splice_finish(splice, 0, NULL);
    else if (splice->high_water_mark != 0)
      splice->cb(source, UV_EOF, NULL);  /* Last: it may end this. */
    return;
  }
  if (nread < 0) {
    uvn__splice_finish(splice, nread, source);
    return;
  }

  source->bytes_read += nread;
  UVN_LOOP(handle)->splice_reads++;
  chunk = uv_buf_init(buf->base, nread);
  err = uvn_write_try(splice->destination, &rest, &nbufs);
  if (err == 0)
    return;
  if (err == 1)
    err = uvn__splice_hold(splice, rest, nread);
  if (err < 0)
    uvn__splice_finish(splice, err, splice->destination);
}


int uvn_splice_start(uvn_stream_t* source, uvn_stream_t* destination,
                     size_t high_water_mark, uvn_splice_cb cb) {
  uvn_splice_t* splice;
  int err;

  /* libuv would not notice: a splice does not read while it waits to write. */
  if (uvn_splice_of(source) != NULL)
    return UV_EALREADY;
  if (uv__is_closing(&source->u.handle) ||
      uv__is_closing(&destination->u.handle))
    return UV_EINVAL;
  if (uvn__roles(source) == NULL || uvn__roles(destination) == NULL)
    return UV_ENOMEM;

  splice = calloc(1, sizeof(*splice));
  if (splice == NULL)
    return UV_ENOMEM;
  splice->source = source;
  splice->destination = destination;
  splice->cb = cb;
  splice->high_water_mark = high_water_mark;
  err = uvn__splice_resume(splice);
  if (err) {
    free(splice);
    return err;
  }
  source->roles->splice = splice;
  splice->next = destination->roles->feeders;
  destination->roles->feeders = splice;
  return 0;
}


/* `stream` is about to close: its splice is over in silence, but those that
 * feed it must not go on reading into the void. */
void uvn__splice_abandon(uvn_stream_t* stream) {
  if (stream->roles->splice != NULL)
    uvn_splice_stop(stream->roles->splice);
  while (stream->roles->feeders != NULL)
    uvn__splice_finish(stream->roles->feeders, UV_ECANCELED, stream);
}
