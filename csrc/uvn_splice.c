/* SPDX-License-Identifier: MIT
 *
 * The splice: what one stream receives, another sends, and nobody above is
 * asked about the bytes in between.
 *
 * Chunks go from the loop's scratch memory to the kernel. Only what the kernel
 * refuses is copied; reading then pauses until it has left, so a splice never
 * holds more than one chunk.
 */

#include "uvn_internal.h"

#include <stdlib.h>
#include <string.h>

struct uvn_splice_s {
  uvn_stream_t* source;       /* NULL once the splice is over. */
  uvn_stream_t* destination;
  uvn_splice_t* next;         /* Among the destination's feeders. */
  uvn_splice_cb cb;
  uvn_write_t write;
  char* held;                 /* The chunk that waits in `write`. */
  size_t held_size;           /* With what of it has been written. */
};


static void uvn__splice_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf);
static void uvn__splice_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf);


static int uvn__splice_resume(uvn_splice_t* splice) {
  return uv_read_start(&splice->source->u.stream, uvn__splice_alloc,
                       uvn__splice_read);
}


void uvn_splice_stop(uvn_splice_t* splice) {
  uvn_splice_t** link;

  uv_read_stop(&splice->source->u.stream);
  splice->source->splice = NULL;
  for (link = &splice->destination->feeders; *link != splice;)
    link = &(*link)->next;
  *link = splice->next;
  splice->source = NULL;
  if (splice->held == NULL)
    free(splice);  /* Otherwise when its last write has left. */
}


size_t uvn_splice_held(const uvn_splice_t* splice) {
  return splice->held != NULL ? splice->held_size : 0;
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
  uvn_splice_t* splice = UVN_CONTAINER_OF(req, uvn_splice_t, write);

  free(splice->held);
  splice->held = NULL;
  if (splice->source == NULL) {
    free(splice);
    return;
  }
  if (status < 0)
    uvn__splice_finish(splice, status, splice->destination);
  else if ((status = uvn__splice_resume(splice)) < 0)
    uvn__splice_finish(splice, status, splice->source);
}


static void uvn__splice_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) size;
  *buf = UVN_LOOP(handle)->scratch;
}


static int uvn__splice_hold(uvn_splice_t* splice, uv_buf_t* rest,
                            size_t size) {
  int err;

  splice->held_size = size;
  splice->held = malloc(rest->len);
  if (splice->held == NULL)
    return UV_ENOMEM;
  memcpy(splice->held, rest->base, rest->len);
  rest->base = splice->held;
  err = uvn_write_queue(splice->destination, &splice->write, rest, 1,
                        uvn__splice_written);
  if (err) {
    free(splice->held);
    splice->held = NULL;
    return err;
  }
  uv_read_stop(&splice->source->u.stream);
  return 0;
}


static void uvn__splice_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf) {
  uvn_stream_t* source = (uvn_stream_t*) handle;
  uvn_splice_t* splice = source->splice;
  uv_buf_t chunk;
  uv_buf_t* rest = &chunk;
  unsigned nbufs = 1;
  int err;

  if (nread == 0)
    return;
  if (source->idle != NULL)
    uvn_idle_refresh(UVN_LOOP(handle), source->idle);
  if (nread == UV_EOF) {
    uvn__splice_finish(splice, 0, NULL);
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
                     uvn_splice_cb cb) {
  uvn_splice_t* splice;
  int err;

  /* libuv would not notice: a splice does not read while it waits to write. */
  if (source->splice != NULL)
    return UV_EALREADY;
  if (uv__is_closing(&destination->u.handle))
    return UV_EINVAL;

  splice = calloc(1, sizeof(*splice));
  if (splice == NULL)
    return UV_ENOMEM;
  splice->source = source;
  splice->destination = destination;
  splice->cb = cb;
  err = uvn__splice_resume(splice);
  if (err) {
    free(splice);
    return err;
  }
  source->splice = splice;
  splice->next = destination->feeders;
  destination->feeders = splice;
  return 0;
}


/* `stream` is about to close: its splice is over in silence, but those that
 * feed it must not go on reading into the void. */
void uvn__splice_abandon(uvn_stream_t* stream) {
  if (stream->splice != NULL)
    uvn_splice_stop(stream->splice);
  while (stream->feeders != NULL)
    uvn__splice_finish(stream->feeders, UV_ECANCELED, stream);
}
