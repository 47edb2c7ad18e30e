/* SPDX-License-Identifier: MIT
 *
 * What rules cover: addresses, ranges with both their ends, subnets whose
 * prefix ends anywhere, IPv4 and the IPv6 addresses that it is mapped to; and
 * the ends of the space, where there is no address before or after.
 */

#include "block-list.h"

static const struct {
  const char* first;
  const char* last;
  int prefix;
  const char* inside[4];
  const char* outside[4];
} table[] = {
  { "1.2.3.4", NULL, -1, { "1.2.3.4", "::ffff:1.2.3.4" },
    { "1.2.3.3", "1.2.3.5", "::102:304", "::1.2.3.4" } },
  { "::1", NULL, -1, { "::1" }, { "::", "::2", "0.0.0.1" } },
  { "::ffff:1.2.3.4", NULL, -1, { "1.2.3.4" }, { "1.2.3.5", "1.2.3.3" } },
  { "0.0.0.0", NULL, -1, { "0.0.0.0" },
    { "0.0.0.1", "::", "::fffe:ffff:ffff" } },
  { "10.0.0.1", "10.0.0.10", -1, { "10.0.0.1", "10.0.0.5", "10.0.0.10" },
    { "10.0.0.0", "10.0.0.11", "::a00:5" } },
  { "10.0.0.1", "10.0.0.1", -1, { "10.0.0.1" }, { "10.0.0.0", "10.0.0.2" } },
  { "1.0.0.0", "::ffff:9.0.0.0", -1, { "5.5.5.5" }, { "9.0.0.1" } },
  { "::", "::9", -1, { "::", "::9" }, { "::a", "0.0.0.1" } },
  { "ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", -1,
    { "ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "255.255.255.255" } },
  { "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", -1,
    { "::", "1.2.3.4", "ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { NULL } },
  { "1:0:0:0:ffff:ffff:ffff:ffff", "1:0:0:1::", -1,
    { "1:0:0:0:ffff:ffff:ffff:ffff", "1:0:0:1::" },
    { "1:0:0:0:ffff:ffff:ffff:fffe", "1:0:0:1::1" } },
  { "10.1.2.3", NULL, 8, { "10.0.0.0", "10.255.255.255" },
    { "9.255.255.255", "11.0.0.0" } },
  { "10.1.2.67", NULL, 27, { "10.1.2.64", "10.1.2.95" },
    { "10.1.2.63", "10.1.2.96" } },
  { "10.1.2.67", NULL, 32, { "10.1.2.67" }, { "10.1.2.66", "10.1.2.68" } },
  { "10.1.2.67", NULL, 0, { "0.0.0.0", "255.255.255.255", "::ffff:0:0" },
    { "::", "::fffe:ffff:ffff", "::1:0:0:0" } },
  { "8592:757c:efaf:3fff::", NULL, 51, { "8592:757c:efaf:2000::",
    "8592:757c:efaf:3fff:ffff:ffff:ffff:ffff" },
    { "8592:757c:efaf:1fff:ffff:ffff:ffff:ffff", "8592:757c:efaf:4000::" } },
  { "1:2:3:4:5::", NULL, 64, { "1:2:3:4::", "1:2:3:4:ffff:ffff:ffff:ffff" },
    { "1:2:3:3:ffff:ffff:ffff:ffff", "1:2:3:5::" } },
  { "1:2:3:4:5::", NULL, 65, { "1:2:3:4::", "1:2:3:4:7fff:ffff:ffff:ffff" },
    { "1:2:3:4:8000::" } },
  { "1:2:3:4:5::", NULL, 63, { "1:2:3:4::", "1:2:3:5:ffff:ffff:ffff:ffff" },
    { "1:2:3:6::", "1:2:3:3::" } },
  { "::1", NULL, 128, { "::1" }, { "::", "::2" } },
  { "::1", NULL, 0, { "::", "0.0.0.0", "ffff::", "1.2.3.4" }, { NULL } },
  { "::ffff:1.2.3.4", NULL, 96, { "9.9.9.9" }, { "::9.9.9.9" } },
};


int main(void) {
  uvn_block_list_t* list;
  struct sockaddr_un un;
  int i;
  int j;

  for (i = 0; i < ARRAY_SIZE(table); i++) {
    list = uvn_block_list_new();
    ASSERT(list != NULL);
    for (j = 0; j < 4 && table[i].inside[j] != NULL; j++)
      ASSERT(!blocks(list, table[i].inside[j]));
    ASSERT_EQ(0, add(list, table[i].first, table[i].last, table[i].prefix));
    ASSERT_EQ(1, uvn_block_list_size(list));
    for (j = 0; j < 4 && table[i].inside[j] != NULL; j++)
      if (!blocks(list, table[i].inside[j]))
        TASK_FAIL("rule %d does not block %s", i, table[i].inside[j]);
    for (j = 0; j < 4 && table[i].outside[j] != NULL; j++)
      if (blocks(list, table[i].outside[j]))
        TASK_FAIL("rule %d blocks %s", i, table[i].outside[j]);
    ASSERT_EQ(0, drop(list, table[i].first, table[i].last, table[i].prefix));
    ASSERT_EQ(0, uvn_block_list_size(list));
    for (j = 0; j < 4 && table[i].inside[j] != NULL; j++)
      ASSERT(!blocks(list, table[i].inside[j]));
    uvn_block_list_unref(list);
  }

  /* What makes no sense is no rule. */
  list = uvn_block_list_new();
  ASSERT_EQ(UV_EINVAL, add(list, "10.0.0.2", "10.0.0.1", -1));
  ASSERT_EQ(UV_EINVAL, add(list, "10.0.0.2", "::1", -1));
  ASSERT_EQ(UV_EINVAL, add(list, "10.0.0.2", NULL, 33));
  ASSERT_EQ(UV_EINVAL, add(list, "::1", NULL, 129));
  ASSERT_EQ(0, uvn_block_list_size(list));

  /* Nor is a path an address. */
  ASSERT_EQ(0, add(list, "::", NULL, 0));
  memset(&un, 0, sizeof(un));
  un.sun_family = AF_UNIX;
  ASSERT_EQ(0, uvn_block_list_check(list, (struct sockaddr*) &un));

  /* The list lasts as long as its last reference. */
  uvn_block_list_ref(list);
  uvn_block_list_unref(list);
  ASSERT(blocks(list, "::1"));
  uvn_block_list_unref(list);
  uvn_block_list_unref(NULL);
  return 0;
}
