/* SPDX-License-Identifier: MIT
 *
 * An entry that arms another list from its callback, while its own list, empty
 * and without a timer, lies in the same bucket: nobody frees it under the call.
 */

#include "task.h"

static uvn_idle_t first;
static uvn_idle_t second;
static int fired;


static void on_second(uvn_idle_t* idle) {
  (void) idle;
  fired++;
}


static void on_first(uvn_idle_t* idle) {
  fired++;
  ASSERT_EQ(0, uvn_idle_start(&loop, &second, 75, on_second));
  uvn_idle_stop(&second);
  ASSERT_EQ(0, uvn_idle_start(&loop, &second, 136, on_second));
  if (fired < 3)
    ASSERT_EQ(0, uvn_idle_start(&loop, idle, 10, on_first));
}


int main(void) {
  task_begin();
  ASSERT_EQ(0, uvn_idle_start(&loop, &first, 10, on_first));
  while (fired < 4)
    run_blocking_for(20);
  ASSERT_EQ(4, fired);
  task_end();
  return 0;
}
