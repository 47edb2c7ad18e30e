/* SPDX-License-Identifier: MIT
 *
 * Loops come and go without leaving a descriptor, with the scratch memory of
 * the caller or their own, run or not; one of them is there next to others.
 */

#include "task.h"

static char scratch[UVN_READ_SIZE];


int main(void) {
  static uvn_loop_t loops[10];
  int i;
  int j;

  task_begin();
  for (i = 0; i < 20; i++) {
    for (j = 0; j < 10; j++) {
      ASSERT_EQ(0, uvn_loop_init(&loops[j], j % 2 ? scratch : NULL));
      ASSERT_EQ(UVN_READ_SIZE, loops[j].scratch.len);
      if (j % 2)
        ASSERT_PTR_EQ(scratch, loops[j].scratch.base);
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
