/* SPDX-License-Identifier: MIT
 *
 * Many thousand random changes against a model that has no order: an array of
 * the rules that should be there, each asked in turn. First few addresses and
 * many rules over each other, then many blocks of edges.
 */

#include "block-list.h"

#define RULES 3000

typedef struct {
  uvn_rule_t rule;
  uvn_ip_t first;
  uvn_ip_t last;
} model_t;

static model_t model[RULES];
static int size;


static int at_most(uvn_ip_t a, uvn_ip_t b) {
  return a.hi < b.hi || (a.hi == b.hi && a.lo <= b.lo);
}


/* An address whose low `bits` bits are random, in one half or in both. */
static uvn_ip_t random_ip(int bits) {
  uint64_t mask = bits == 64 ? UINT64_MAX : (1ull << bits) - 1;
  uvn_ip_t ip;

  ip.lo = draw() & mask;
  ip.hi = draw() & mask & -(draw() & 1);
  return ip;
}


static model_t random_rule(int bits) {
  uvn_ip_t other;
  model_t m;
  int i;

  memset(&m, 0, sizeof(m));
  m.rule.kind = draw() % 3;
  m.rule.first_family = 6;
  m.first = random_ip(bits);
  m.last = m.first;
  if (m.rule.kind == UVN_RULE_RANGE) {
    other = random_ip(bits);
    if (at_most(m.first, other))
      m.last = other;
    else
      m.first = other;
    m.rule.last_family = 6;
    m.rule.last = m.last;
  }
  m.rule.first = m.first;
  if (m.rule.kind == UVN_RULE_SUBNET) {
    m.rule.prefix = 128 - draw() % (bits + 4);
    for (i = m.rule.prefix; i < 128; i++) {
      if (i < 64) {
        m.first.hi &= ~(1ull << (63 - i));
        m.last.hi |= 1ull << (63 - i);
      } else {
        m.first.lo &= ~(1ull << (127 - i));
        m.last.lo |= 1ull << (127 - i);
      }
    }
  }
  return m;
}


static int find(const uvn_rule_t* rule) {
  int i;

  for (i = 0; i < size; i++)
    if (memcmp(&model[i].rule, rule, sizeof(*rule)) == 0)
      return i;
  return -1;
}


static void ask(const uvn_block_list_t* list, uvn_ip_t ip) {
  int expected = 0;
  int i;

  for (i = 0; i < size && !expected; i++)
    expected = at_most(model[i].first, ip) && at_most(ip, model[i].last);
  ASSERT_EQ(expected, uvn_block_list_covers(list, ip));
}


static void change(uvn_block_list_t* list, int bits, int most) {
  model_t m = random_rule(bits);
  int i;

  if (size > 0 && (size == most || draw() % 100 < 45)) {
    i = draw() % size;
    ASSERT_EQ(0, uvn_block_list_remove(list, &model[i].rule));
    model[i] = model[--size];
    return;
  }
  i = find(&m.rule);
  ASSERT_EQ(i == -1 ? 0 : UV_EEXIST, uvn_block_list_add(list, &m.rule));
  if (i == -1)
    model[size++] = m;
}


static void compare(int bits, int most, int steps) {
  uvn_block_list_t* list = uvn_block_list_new();
  uvn_ip_t ip;
  int i;
  int k;

  size = 0;
  for (i = 0; i < steps; i++) {
    change(list, bits, most);
    ASSERT_EQ(size, uvn_block_list_size(list));
    for (k = 0; k < 4; k++) {
      ask(list, random_ip(bits));
      if (size > 0) {  /* About the ends of a rule it errs, if anywhere. */
        ip = k & 1 ? model[i % size].first : model[i % size].last;
        ip.lo += k - 1;
        ask(list, ip);
      }
    }
  }
  while (size > 0) {
    ASSERT_EQ(0, uvn_block_list_remove(list, &model[--size].rule));
    for (k = 0; k < 8; k++)
      ask(list, size > 0 ? model[draw() % size].first : random_ip(bits));
    ask(list, random_ip(bits));
  }
  uvn_block_list_unref(list);
}


int main(void) {
  compare(3, 20, 20000);
  compare(8, 300, 10000);
  compare(64, 300, 5000);
  compare(64, RULES, 6000);
  return 0;
}
