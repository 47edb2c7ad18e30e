/* SPDX-License-Identifier: MIT
 *
 * Rules as such: one that is there is not added again, what is removed must be
 * the very same, and they are listed with the newest first.
 */

#include "block-list.h"


static void expect(const uvn_block_list_t* list, int n,
                   const uvn_rule_t* rules) {
  const uvn_rule_t* rule = NULL;
  int i;

  ASSERT_EQ(n, uvn_block_list_size(list));
  for (i = n - 1; i >= 0; i--) {
    rule = uvn_block_list_next(list, rule);
    ASSERT(rule != NULL);
    ASSERT_MEM_EQ((const char*) &rules[i], (const char*) rule, sizeof(*rule));
  }
  ASSERT(uvn_block_list_next(list, rule) == NULL || n == 0);
}


int main(void) {
  uvn_block_list_t* list = uvn_block_list_new();
  uvn_rule_t rules[] = {
    rule_of("10.0.0.7", NULL, 8),
    rule_of("10.0.0.0", NULL, 8),
    rule_of("::ffff:10.0.0.0", NULL, 104),
    rule_of("10.0.0.0", NULL, 9),
    rule_of("10.0.0.1", NULL, -1),
    rule_of("10.0.0.1", NULL, 32),
    rule_of("10.0.0.1", "10.0.0.1", -1),
    rule_of("10.0.0.1", "10.0.0.2", -1),
    rule_of("10.0.0.1", "::ffff:10.0.0.2", -1),
    rule_of("::ffff:10.0.0.1", "10.0.0.2", -1),
  };
  int n = ARRAY_SIZE(rules);
  int i;

  ASSERT(uvn_block_list_next(list, NULL) == NULL);
  for (i = 0; i < n; i++)
    ASSERT_EQ(0, uvn_block_list_add(list, &rules[i]));
  expect(list, n, rules);
  for (i = 0; i < n; i++)
    ASSERT_EQ(UV_EEXIST, uvn_block_list_add(list, &rules[i]));
  ASSERT_EQ(UV_EEXIST, add(list, "::ffff:10.0.0.1", NULL, -1));
  expect(list, n, rules);

  ASSERT_EQ(UV_ENOENT, drop(list, "10.0.0.8", NULL, 8));
  ASSERT_EQ(UV_ENOENT, drop(list, "10.0.0.0", NULL, 10));
  ASSERT_EQ(UV_ENOENT, drop(list, "10.0.0.0", "10.255.255.255", -1));
  ASSERT_EQ(UV_ENOENT, drop(list, "10.0.0.2", "10.0.0.1", -1));
  ASSERT_EQ(UV_ENOENT, drop(list, "10.0.0.0", NULL, 200));
  expect(list, n, rules);

  /* While another rule covers it an address is blocked. */
  for (i = 0; i < n; i++) {
    ASSERT(blocks(list, "10.0.0.1"));
    ASSERT_EQ(0, uvn_block_list_remove(list, &rules[i]));
    expect(list, n - i - 1, rules + i + 1);
  }
  ASSERT(!blocks(list, "10.0.0.1"));

  /* From the middle, and in the other notation. */
  for (i = 0; i < 3; i++)
    ASSERT_EQ(0, uvn_block_list_add(list, &rules[i + 3]));
  ASSERT_EQ(0, drop(list, "::ffff:10.0.0.1", NULL, -1));
  ASSERT_EQ(2, uvn_block_list_size(list));

  uvn_block_list_clear(list);
  expect(list, 0, NULL);
  ASSERT(!blocks(list, "10.0.0.1"));
  ASSERT_EQ(0, uvn_block_list_add(list, &rules[0]));
  expect(list, 1, rules);
  uvn_block_list_unref(list);
  return 0;
}
