/* SPDX-License-Identifier: MIT
 *
 * What the tests of block lists share: rules and questions in words, and chance.
 */

#ifndef BLOCK_LIST_H_
#define BLOCK_LIST_H_

#include "task.h"

#include <stdint.h>


/* The next random number, the same in each run. */
UNUSED static uint64_t draw(void) {
  static uint64_t seed = 88172645463325252ull;

  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}


UNUSED static struct sockaddr_storage parsed(const char* ip) {
  struct sockaddr_storage addr;

  ASSERT_EQ(0, uvn_addr_parse(ip, strlen(ip), 0, 0, &addr));
  return addr;
}


/* A range if there is a `last`, else a subnet unless `prefix` is -1. */
UNUSED static uvn_rule_t rule_of(const char* first, const char* last,
                                 int prefix) {
  struct sockaddr_storage addr = parsed(first);
  uvn_rule_t rule;

  memset(&rule, 0, sizeof(rule));
  rule.first_family = uvn_ip_from_addr((struct sockaddr*) &addr, &rule.first);
  if (last != NULL) {
    addr = parsed(last);
    rule.last_family = uvn_ip_from_addr((struct sockaddr*) &addr, &rule.last);
    rule.kind = UVN_RULE_RANGE;
  } else if (prefix >= 0) {
    rule.prefix = prefix;
    rule.kind = UVN_RULE_SUBNET;
  }
  return rule;
}


UNUSED static int add(uvn_block_list_t* list, const char* first,
                      const char* last, int prefix) {
  uvn_rule_t rule = rule_of(first, last, prefix);

  return uvn_block_list_add(list, &rule);
}


UNUSED static int drop(uvn_block_list_t* list, const char* first,
                       const char* last, int prefix) {
  uvn_rule_t rule = rule_of(first, last, prefix);

  return uvn_block_list_remove(list, &rule);
}


UNUSED static int blocks(const uvn_block_list_t* list, const char* ip) {
  struct sockaddr_storage addr = parsed(ip);

  return uvn_block_list_check(list, (struct sockaddr*) &addr);
}

#endif  /* BLOCK_LIST_H_ */
