/* SPDX-License-Identifier: MIT
 *
 * The ceiling of bulk transfer: a sink and a source in plain C on libuv. What a
 * Python server on the same libuv can approach and not pass.
 */

#include "uvn_internal.h"

#include <stdlib.h>

#define UVN_CHUNK_SIZE 65536
#define UVN_PERIOD 256  /* Of the bytes that a source sends. */

typedef struct {
  uvn_loop_t loop;
  uvn_stream_t listener;
  size_t clients;
  int source;
  int once;
  char pattern[UVN_CHUNK_SIZE + UVN_PERIOD];
} uvn_bulk_t;

typedef struct {
  uvn_stream_t stream;
  uv_write_t req;
  unsigned char number[8];  /* Big-endian: what a source is asked for, or what a
                             * sink answers. */
  size_t have;              /* How much of it has been received. */
  uint64_t count;           /* Bytes received, or still to be sent. */
  uint64_t sent;            /* Of the present answer. */
} uvn_bulk_client_t;


static uvn_bulk_client_t* uvn__bulk_client(void* handle) {
  return UVN_CONTAINER_OF(handle, uvn_bulk_client_t, stream);
}


static void uvn__bulk_closed(uv_handle_t* handle) {
  uvn_bulk_t* bulk = UVN_CONTAINER_OF(handle->loop, uvn_bulk_t, loop);

  free(uvn__bulk_client(handle));
  bulk->clients--;
  if (bulk->once && bulk->clients == 0)
    uvn_close(&bulk->listener, NULL);
}


static void uvn__bulk_close(uv_stream_t* handle) {
  if (!uv_is_closing((uv_handle_t*) handle))
    uv_close((uv_handle_t*) handle, uvn__bulk_closed);
}


static void uvn__sink_answered(uv_write_t* req, int status) {
  (void) status;
  uvn__bulk_close(req->handle);
}


static void uvn__sink_read(uv_stream_t* handle, ssize_t nread,
                           const uv_buf_t* buf) {
  uvn_bulk_client_t* client = uvn__bulk_client(handle);
  uv_buf_t answer;
  int i;

  (void) buf;
  if (nread >= 0) {
    client->count += nread;
    return;
  }
  for (i = 0; i < 8; i++)
    client->number[i] = (unsigned char) (client->count >> (56 - 8 * i));
  answer = uv_buf_init((char*) client->number, 8);
  if (nread != UV_EOF ||
      uv_write(&client->req, handle, &answer, 1, uvn__sink_answered) != 0)
    uvn__bulk_close(handle);
}


static void uvn__source_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf);
static void uvn__source_send(uv_stream_t* handle);


/* No more than one request is read, and none while one is being answered: what
 * a client asks for beyond that waits with the kernel. */
static void uvn__source_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  uvn_bulk_client_t* client = uvn__bulk_client(handle);

  (void) size;
  *buf = uv_buf_init((char*) client->number + client->have, 8 - client->have);
}


static void uvn__source_written(uv_write_t* req, int status) {
  if (status == 0)
    uvn__source_send(req->handle);
  else
    uvn__bulk_close(req->handle);
}


/* Sends until the kernel is full, or all is sent and the next request due. */
static void uvn__source_send(uv_stream_t* handle) {
  uvn_bulk_t* bulk = UVN_CONTAINER_OF(handle->loop, uvn_bulk_t, loop);
  uvn_bulk_client_t* client = uvn__bulk_client(handle);
  uv_buf_t chunk;
  int n;

  while (client->count > 0) {
    chunk = uv_buf_init(bulk->pattern + client->sent % UVN_PERIOD,
                        UVN_CHUNK_SIZE);
    if (client->count < UVN_CHUNK_SIZE)
      chunk.len = client->count;
    n = uv_try_write(handle, &chunk, 1);
    if (n == UV_EAGAIN) {
      client->count -= chunk.len;
      client->sent += chunk.len;
      if (uv_write(&client->req, handle, &chunk, 1, uvn__source_written) != 0)
        uvn__bulk_close(handle);
      return;
    }
    if (n < 0) {
      uvn__bulk_close(handle);
      return;
    }
    client->count -= n;
    client->sent += n;
  }
  client->have = 0;
  client->sent = 0;
  if (uv_read_start(handle, uvn__source_alloc, uvn__source_read) != 0)
    uvn__bulk_close(handle);
}


static void uvn__source_read(uv_stream_t* handle, ssize_t nread,
                             const uv_buf_t* buf) {
  uvn_bulk_client_t* client = uvn__bulk_client(handle);
  int i;

  (void) buf;
  if (nread < 0) {
    uvn__bulk_close(handle);
    return;
  }
  client->have += nread;
  if (client->have < sizeof(client->number))
    return;
  for (i = 0; i < 8; i++)
    client->count = client->count << 8 | client->number[i];
  uv_read_stop(handle);
  uvn__source_send(handle);
}


static void uvn__bulk_connection(uvn_stream_t* server, int status) {
  uvn_bulk_t* bulk = UVN_CONTAINER_OF(server, uvn_bulk_t, listener);
  uvn_bulk_client_t* client;
  uv_stream_t* handle;

  if (status < 0 || (client = calloc(1, sizeof(*client))) == NULL)
    return;
  bulk->clients++;
  handle = &client->stream.u.stream;
  if (uvn__serve_accept(server, &client->stream) != 0)
    uvn__bulk_close(handle);
  else if (bulk->source)
    uv_read_start(handle, uvn__source_alloc, uvn__source_read);
  else
    uv_read_start(handle, uvn__alloc_scratch, uvn__sink_read);
}


int uvn_bulk_ceiling(int fd, int tcp, int service, int once) {
  uvn_bulk_t* bulk = calloc(1, sizeof(*bulk));
  size_t i;
  int err;

  if (bulk == NULL)
    return UV_ENOMEM;
  bulk->source = service == UVN_SOURCE;
  bulk->once = once;
  for (i = 0; i < sizeof(bulk->pattern); i++)
    bulk->pattern[i] = (char) (i % UVN_PERIOD);
  err = uvn__serve(&bulk->loop, &bulk->listener, fd, tcp,
                   uvn__bulk_connection);
  free(bulk);
  return err;
}
