/* SPDX-License-Identifier: MIT
 *
 * An idle callback that closes its stream and stops the next entry of its own
 * list, which is due as well, and frees both entries.
 */

#include "task.h"

typedef struct {
  uvn_stream_t stream;
  uvn_idle_t idle;
} client_t;

static client_t* clients[3];
static int fired;


static void on_free(uv_handle_t* handle) {
  closed++;
  free(CONTAINER_OF(handle, client_t, stream.u.handle));
}


static void on_idle(uvn_idle_t* idle) {
  client_t* next = clients[1];

  fired++;
  if (idle == &clients[0]->idle) {
    uvn_idle_stop(&next->idle);
    uvn_close(&next->stream, on_free);
  }
  uvn_close(&CONTAINER_OF(idle, client_t, idle)->stream, on_free);
}


static void on_read(uvn_stream_t* s, ssize_t nread, const char* base) {
  (void) s;
  (void) nread;
  (void) base;
  ASSERT(0);
}


int main(void) {
  int peers[3];
  int i;

  task_begin();
  for (i = 0; i < 3; i++) {
    clients[i] = calloc(1, sizeof(*clients[i]));
    peers[i] = open_with_peer(PIPE, &clients[i]->stream);
    ASSERT_EQ(0, uvn_read_start(&clients[i]->stream, on_read));
    ASSERT_EQ(0, uvn_idle_start(&loop, &clients[i]->idle, 10, on_idle));
  }
  run();
  ASSERT_EQ(2, fired);
  ASSERT_EQ(3, closed);
  for (i = 0; i < 3; i++)
    close(peers[i]);
  task_end();
  return 0;
}
