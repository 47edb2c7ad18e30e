/* SPDX-License-Identifier: MIT
 *
 * Another thread that holds the lock and finds the loop without it wakes it;
 * one that finds the loop with the lock need not, for the loop looks once more
 * before it blocks. While signals interrupt the poll, no wake-up is lost.
 */

#include "task.h"

#include <pthread.h>

#define MESSAGES 5000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t loop_thread;
static int sent;      /* All under the lock. */
static int received;
static int woken;
static int done;


static void on_signal(int number) {
  (void) number;
}


static void on_release(uvn_loop_t* l) {
  (void) l;
  pthread_mutex_unlock(&lock);
}


static void on_acquire(uvn_loop_t* l) {
  (void) l;
  pthread_mutex_lock(&lock);
}


static void on_prepare(uv_prepare_t* handle) {
  (void) handle;
  received = sent;
  if (done)
    uvn_loop_stop(&loop);
}


/* Sends a message at a time, and the next when it has arrived. */
static void* send_messages(void* arg) {
  int waited;
  int i;

  (void) arg;
  for (i = 1; i <= MESSAGES; i++) {
    pthread_mutex_lock(&lock);
    sent = i;
    if (loop.released) {
      woken++;
      ASSERT_EQ(0, uvn_loop_wakeup(&loop));
    }
    pthread_mutex_unlock(&lock);
    if (i % 3 == 0)
      pthread_kill(loop_thread, SIGUSR1);

    for (waited = 0;; waited++) {
      pthread_mutex_lock(&lock);
      if (received >= i)
        break;
      pthread_mutex_unlock(&lock);
      usleep(100);
      if (waited == 100000)
        TASK_FAIL("message %d never arrived", i);
    }
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_lock(&lock);
  done = 1;
  uvn_loop_wakeup(&loop);
  pthread_mutex_unlock(&lock);
  return NULL;
}


int main(void) {
  uv_prepare_t prepare;
  pthread_t thread;

  task_begin();
  signal(SIGUSR1, on_signal);
  loop.release = on_release;
  loop.acquire = on_acquire;
  loop_thread = pthread_self();
  uv_prepare_init(&loop.uv, &prepare);
  uv_prepare_start(&prepare, on_prepare);

  pthread_mutex_lock(&lock);
  ASSERT_EQ(0, pthread_create(&thread, NULL, send_messages, NULL));
  uvn_loop_run(&loop);
  pthread_mutex_unlock(&lock);
  ASSERT_EQ(0, pthread_join(thread, NULL));
  ASSERT_EQ(MESSAGES, received);
  ASSERT_GT(woken, 0);

  loop.release = NULL;
  uv_close((uv_handle_t*) &prepare, on_close);
  run();
  ASSERT_EQ(1, closed);
  task_end();
  return 0;
}
