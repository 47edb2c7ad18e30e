/* SPDX-License-Identifier: MIT
 *
 * A stream spliced into itself echoes: every byte, in order, also when the peer
 * sends more than the buffers hold, and tells the end once all is back.
 */

#include "task.h"

#include <pthread.h>

#define TOTAL (8 << 20)

static uvn_stream_t stream;
static int ends;


static void on_splice(uvn_stream_t* source, int status, uvn_stream_t* failed) {
  ASSERT_PTR_EQ(&stream, source);
  ASSERT_EQ(0, status);
  ASSERT_PTR_EQ(NULL, failed);
  ASSERT_PTR_EQ(NULL, uvn_splice_of(source));
  ends++;
  close_stream(source);
}


static void* send_everything(void* arg) {
  char data[10000];
  size_t sent;
  size_t n;
  int fd = *(int*) arg;

  for (sent = 0; sent < TOTAL; sent += n) {
    n = TOTAL - sent < sizeof(data) ? TOTAL - sent : sizeof(data);
    fill_pattern(data, sent, n);
    send_all(fd, data, n);
  }
  ASSERT_EQ(0, shutdown(fd, SHUT_WR));
  return NULL;
}


static void* receive_everything(void* arg) {
  char data[30000];
  size_t received = 0;
  ssize_t n;
  int fd = *(int*) arg;

  usleep(50000);  /* Until the buffers are full. */
  while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
    check_pattern(data, received, n);
    received += n;
  }
  ASSERT_EQ(0, n);
  ASSERT_EQ(TOTAL, received);
  return NULL;
}


int main(void) {
  pthread_t sender;
  pthread_t receiver;
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    ends = 0;
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, uvn_splice_start(&stream, &stream, 0, on_splice));
    ASSERT_PTR_EQ(stream.roles->feeders, stream.roles->splice);
    ASSERT_EQ(0, pthread_create(&sender, NULL, send_everything, &peer));
    ASSERT_EQ(0, pthread_create(&receiver, NULL, receive_everything, &peer));
    run();
    pthread_join(sender, NULL);
    pthread_join(receiver, NULL);
    ASSERT_EQ(1, ends);
    ASSERT_EQ(TOTAL, stream.bytes_read);
    ASSERT_EQ(TOTAL, stream.bytes_written);
    close(peer);
  }
  ASSERT_GT(loop.splice_reads, 0);
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
