/* SPDX-License-Identifier: MIT
 *
 * Addresses there and back: what is parsed is printed in the canonical form,
 * with its port and its family, and parsed again to the same bytes.
 */

#include "task.h"

#include <net/if.h>

static const struct {
  const char* text;
  const char* canonical;
  int family;
} table[] = {
  { "0.0.0.0", "0.0.0.0", 4 },
  { "127.0.0.1", "127.0.0.1", 4 },
  { "255.255.255.255", "255.255.255.255", 4 },
  { "::", "::", 6 },
  { "::1", "::1", 6 },
  { "0:0:0:0:0:0:0:1", "::1", 6 },
  { "2001:DB8::00ff", "2001:db8::ff", 6 },
  { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6 },
  { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 6 },
  { "::ffff:1.2.3.4", "::ffff:1.2.3.4", 6 },
  { "::ffff:102:304", "::ffff:1.2.3.4", 6 },
  { "64:ff9b::1.2.3.4", "64:ff9b::102:304", 6 },
  { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 6 },
  { "fe80::1", "fe80::1", 6 },
};


static int parse(const char* text, int port, int family,
                 struct sockaddr_storage* addr) {
  return uvn_addr_parse(text, strlen(text), port, family, addr);
}


int main(void) {
  static const int ports[] = { 0, 1, 80, 65535 };
  struct sockaddr_storage addr;
  struct sockaddr_storage again;
  struct sockaddr_in6* in6 = (struct sockaddr_in6*) &addr;
  struct sockaddr_un un;
  char longest[UVN_ADDR_STRLEN];
  char name[IF_NAMESIZE];
  char expected[128];
  char ip[UVN_ADDR_STRLEN];
  unsigned index;
  int port;
  int i;
  int j;

  for (i = 0; i < ARRAY_SIZE(table); i++) {
    for (j = 0; j < ARRAY_SIZE(ports); j++) {
      ASSERT_EQ(0, parse(table[i].text, ports[j], 0, &addr));
      ASSERT_EQ(table[i].family == 4 ? AF_INET : AF_INET6, addr.ss_family);
      ASSERT_EQ(table[i].family, uvn_addr_format((struct sockaddr*) &addr, ip,
                                                 &port));
      ASSERT_STR_EQ(table[i].canonical, ip);
      ASSERT_EQ(ports[j], port);
      ASSERT_EQ(0, parse(ip, port, table[i].family, &again));
      ASSERT_MEM_EQ(&addr, &again, sizeof(addr));
    }
    ASSERT_EQ(UV_EINVAL, parse(table[i].text, 80, 10 - table[i].family,
                               &addr));
    ASSERT_EQ(UV_EINVAL, parse(table[i].text, -1, 0, &addr));
    ASSERT_EQ(UV_EINVAL, parse(table[i].text, 65536, 0, &addr));
  }

  /* The text is counted, and need not end. */
  ASSERT_EQ(0, uvn_addr_parse("127.0.0.12", 9, 0, 0, &addr));
  uvn_addr_format((struct sockaddr*) &addr, ip, &port);
  ASSERT_STR_EQ("127.0.0.1", ip);

  /* A zone by its number, and the name of an interface, for link-local. */
  ASSERT_EQ(0, parse("fe80::1%7", 80, 0, &addr));
  ASSERT_EQ(7, in6->sin6_scope_id);
  ASSERT_EQ(UV_EINVAL, parse("127.0.0.1%7", 80, 0, &addr));
  index = 1;
  if (if_indextoname(index, name) != NULL) {
    snprintf(expected, sizeof(expected), "fe80::1%%%s", name);
    ASSERT_EQ(0, parse(expected, 80, 0, &addr));
    ASSERT_EQ(index, in6->sin6_scope_id);
    ASSERT_EQ(6, uvn_addr_format((struct sockaddr*) &addr, ip, &port));
    ASSERT_STR_EQ(expected, ip);
  }

  /* The longest that is printed has room. */
  memset(longest, 'f', sizeof(longest));
  for (i = 4; i < 39; i += 5)
    longest[i] = ':';
  longest[39] = '\0';
  ASSERT_EQ(0, parse(longest, 1, 6, &addr));
  ASSERT_EQ(6, uvn_addr_format((struct sockaddr*) &addr, ip, &port));
  ASSERT_STR_EQ(longest, ip);

  memset(&un, 0, sizeof(un));
  un.sun_family = AF_UNIX;
  ASSERT_EQ(UV_EAFNOSUPPORT, uvn_addr_format((struct sockaddr*) &un, ip,
                                             &port));
  return 0;
}
