/* SPDX-License-Identifier: MIT
 *
 * Loops come and go without leaving a descriptor or their scratch memory, run or
 * not; one of them is there next to others.
 */

#include "task.h"


int main(void) {
  static uvn_loop_t loops[10];
  int i;
  int j;

  task_begin();
  for (i = 0; i < 20; i++) {
    for (j = 0; j < 10; j++) {
      ASSERT_EQ(0, uvn_loop_init(&loops[j]));
      ASSERT_EQ(UVN_BULK_SIZE, loops[j].scratch.len);
      if (j % 3 == 0)
        ASSERT_EQ(0, uvn_loop_run(&loops[j]));
    }
    for (j = 0; j < 10; j++) {
      ASSERT_EQ(0, uvn_loop_close(&loops[j]));
      ASSERT_PTR_EQ(NULL, loops[j].scratch.base);
    }
    ASSERT_EQ(0, uv_loop_alive(&loop.uv));
  }
  task_end();
  return 0;
}
