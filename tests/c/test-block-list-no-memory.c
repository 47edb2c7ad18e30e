/* SPDX-License-Identifier: MIT
 *
 * Whichever allocation fails, the list is as it was; and removing needs none,
 * but gives back what adding took. Of ranges, of addresses and of both.
 *
 * Wraps: malloc calloc realloc free
 */

#include "block-list.h"

#define RULES 2000

static int countdown = -1;  /* Allocations until the one that fails. */
static int live;            /* Allocations that have not been freed. */
static int ranges;          /* What the rules are. */
static int addresses;

void* __real_malloc(size_t n);
void* __real_calloc(size_t n, size_t size);
void* __real_realloc(void* p, size_t n);
void* __wrap_malloc(size_t n);
void* __wrap_calloc(size_t n, size_t size);
void* __wrap_realloc(void* p, size_t n);
void __real_free(void* p);
void __wrap_free(void* p);


static int fails(void) {
  return countdown >= 0 && countdown-- == 0;
}


static void* counted(void* p) {
  live += p != NULL;
  return p;
}


void* __wrap_malloc(size_t n) {
  return fails() ? NULL : counted(__real_malloc(n));
}


void* __wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : counted(__real_calloc(n, size));
}


void* __wrap_realloc(void* p, size_t n) {
  void* moved = fails() ? NULL : __real_realloc(p, n);

  return p == NULL ? counted(moved) : moved;
}


void __wrap_free(void* p) {
  live -= p != NULL;
  __real_free(p);
}


static uvn_rule_t nth_rule(unsigned i) {
  uvn_rule_t rule;

  memset(&rule, 0, sizeof(rule));
  rule.first_family = 6;
  rule.first.lo = i * 2654435761u;
  if (ranges && (i % 2 || !addresses)) {
    rule.kind = UVN_RULE_RANGE;
    rule.last_family = 6;
    rule.last.lo = rule.first.lo + 1000;
  }
  return rule;
}


static void expect(const uvn_block_list_t* list, unsigned n) {
  const uvn_rule_t* newest = uvn_block_list_next(list, NULL);
  uvn_rule_t rule;
  unsigned i;

  ASSERT_EQ(n, uvn_block_list_size(list));
  ASSERT_EQ(n == 0, newest == NULL);
  if (n > 0) {
    rule = nth_rule(n - 1);
    ASSERT_MEM_EQ((const char*) &rule, (const char*) newest, sizeof(rule));
  }
  for (i = 0; i < n; i += 1 + n / 16)
    ASSERT(uvn_block_list_covers(list, nth_rule(i).first));
}


static void add_and_remove(void) {
  uvn_block_list_t* list;
  uvn_rule_t rule;
  unsigned failed = 0;
  unsigned n;
  int before;
  int k;

  for (k = 0;; k++) {
    countdown = k;
    list = uvn_block_list_new();
    if (list != NULL)
      break;
  }
  countdown = -1;
  ASSERT_GE(k, 3);
  before = live;

  for (n = 0; n < RULES; n++) {
    rule = nth_rule(n);
    for (k = 0;; k++) {
      countdown = k;
      if (uvn_block_list_add(list, &rule) == 0)
        break;
      failed++;
      expect(list, n);
    }
    countdown = -1;
    ASSERT(uvn_block_list_covers(list, rule.first));
  }
  ASSERT_GT(failed, RULES);

  while (n > 0) {
    rule = nth_rule(--n);
    countdown = 0;
    ASSERT_EQ(0, uvn_block_list_remove(list, &rule));
    if (!addresses)
      ASSERT_EQ(0, countdown);  /* None was asked for. */
    if (n % 100 == 0)
      expect(list, n);
  }
  ASSERT_LE(live, before + 2);  /* Two blocks are kept in reserve. */
  uvn_block_list_clear(list);
  countdown = -1;
  ASSERT_EQ(0, uvn_block_list_add(list, &rule));
  uvn_block_list_unref(list);
  ASSERT_EQ(0, live);
}


int main(void) {
  for (ranges = 0; ranges < 2; ranges++) {
    for (addresses = !ranges; addresses < 2; addresses++)
      add_and_remove();
  }
  return 0;
}
