/* SPDX-License-Identifier: MIT
 *
 * Rules of single addresses, many of them, against an array of what should be
 * there: dense, far apart in either half, and ::. Their table grows and shrinks
 * on the way, and closes up over what is removed.
 */

#include "block-list.h"

#define SPACE (1u << 15)

static char model[SPACE];
static unsigned size;


static unsigned draw_number(void) {
  return (draw() >> 20) % SPACE;
}


/* The nth address, :: being the first, of four kinds. */
static uvn_rule_t nth_rule(unsigned n, int kind) {
  uvn_rule_t rule;

  memset(&rule, 0, sizeof(rule));
  rule.first_family = 6;
  rule.first.hi = kind == 1 ? n : kind == 2 ? (uint64_t) n << 49 : 0;
  rule.first.lo = kind == 0 ? n : kind == 3 ? n * 0x100010001ull : 0;
  return rule;
}


static void change(uvn_block_list_t* list, int kind, unsigned n, int add) {
  uvn_rule_t rule = nth_rule(n, kind);

  if (add)
    ASSERT_EQ(model[n] ? UV_EEXIST : 0, uvn_block_list_add(list, &rule));
  else
    ASSERT_EQ(model[n] ? 0 : UV_ENOENT, uvn_block_list_remove(list, &rule));
  size += add - model[n];
  model[n] = add;
  ASSERT_EQ(size, uvn_block_list_size(list));
  ASSERT_EQ(add, uvn_block_list_covers(list, rule.first));
}


static void compare(const uvn_block_list_t* list, int kind) {
  unsigned n;

  for (n = 0; n < SPACE; n++)
    ASSERT_EQ(model[n], uvn_block_list_covers(list, nth_rule(n, kind).first));
}


/* So many changes, of which `adding` percent add. */
static void change_some(uvn_block_list_t* list, int kind, unsigned changes,
                        unsigned adding) {
  while (changes-- > 0)
    change(list, kind, draw_number(), draw_number() % 100 < adding);
  compare(list, kind);
}


int main(void) {
  uvn_block_list_t* list = uvn_block_list_new();
  uvn_rule_t all;
  uvn_rule_t rule;
  unsigned n;
  int kind;

  memset(&all, 0, sizeof(all));
  all.kind = UVN_RULE_SUBNET;
  all.first_family = 6;
  for (kind = 0; kind < 4; kind++) {
    change(list, kind, 0, 1);  /* :: alone. */
    compare(list, kind);
    change(list, kind, 0, 0);
    change_some(list, kind, SPACE, 90);
    change_some(list, kind, SPACE, 50);
    change_some(list, kind, 2 * SPACE, 5);

    ASSERT_EQ(0, uvn_block_list_add(list, &all));  /* Over all of them. */
    for (n = 0; n < SPACE; n++)
      ASSERT(uvn_block_list_covers(list, nth_rule(n, kind).first));
    ASSERT_EQ(0, uvn_block_list_remove(list, &all));
    compare(list, kind);

    if (kind & 1) {
      uvn_block_list_clear(list);
      memset(model, 0, sizeof(model));
      size = 0;
    }
    for (n = 0; n < SPACE; n++)
      change(list, kind, n, 0);
    compare(list, kind);
  }

  /* An address is not the subnet of it alone. */
  rule = nth_rule(5, 0);
  ASSERT_EQ(0, uvn_block_list_add(list, &rule));
  rule.kind = UVN_RULE_SUBNET;
  rule.prefix = 128;
  ASSERT_EQ(UV_ENOENT, uvn_block_list_remove(list, &rule));
  ASSERT_EQ(0, uvn_block_list_add(list, &rule));
  ASSERT_EQ(2, uvn_block_list_size(list));
  ASSERT_EQ(0, uvn_block_list_remove(list, &rule));
  ASSERT(uvn_block_list_covers(list, rule.first));
  uvn_block_list_unref(list);
  return 0;
}
