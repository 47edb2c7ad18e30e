/* SPDX-License-Identifier: MIT
 *
 * What is an address and what only looks like one: 4, 6 or 0.
 */

#include "task.h"

/* The length counts, so that a NUL may be inside. */
#define CASE(text, result) { text, sizeof(text) - 1, result }

static const struct {
  const char* text;
  size_t length;
  int result;
} table[] = {
  CASE("127.0.0.1", 4),
  CASE("0.0.0.0", 4),
  CASE("255.255.255.255", 4),
  CASE("8.8.8.8", 4),
  CASE("256.0.0.1", 0),
  CASE("127.0.0.256", 0),
  CASE("010.0.0.1", 0),
  CASE("10.0.0.01", 0),
  CASE("00.0.0.0", 0),
  CASE("0x7f.0.0.1", 0),
  CASE("127.1", 0),
  CASE("127.0.1", 0),
  CASE("2130706433", 0),
  CASE("1.2.3.4.5", 0),
  CASE("1.2.3.4.", 0),
  CASE(".1.2.3.4", 0),
  CASE("1..2.3", 0),
  CASE(" 1.2.3.4", 0),
  CASE("1.2.3.4 ", 0),
  CASE("1.2.3.4\n", 0),
  CASE("1.2.3.4\0", 0),
  CASE("1.2.3.4\0.5", 0),
  CASE("1.2.3.-4", 0),
  CASE("+1.2.3.4", 0),
  CASE("1.2.3.4%eth0", 0),
  CASE("1.2.3.4/24", 0),
  CASE("1.2.3.4:80", 0),
  CASE("", 0),
  CASE(".", 0),
  CASE("localhost", 0),
  CASE("example.com", 0),
  CASE("::", 6),
  CASE("::1", 6),
  CASE("1::", 6),
  CASE("1::2", 6),
  CASE("0000:0000:0000:0000:0000:0000:0000:0000", 6),
  CASE("1050:0:0:0:5:600:300c:326b", 6),
  CASE("2001:252:0:1::2008:6", 6),
  CASE("2001:dead:BEEF:1::2008:6", 6),
  CASE("1:2:3:4:5:6:7:8", 6),
  CASE("1:2:3:4:5:6:7::", 6),
  CASE("::2:3:4:5:6:7:8", 6),
  CASE("1:2:3:4:5:6:1.2.3.4", 6),
  CASE("::1.2.3.4", 6),
  CASE("::ffff:1.2.3.4", 6),
  CASE("::1%eth0", 6),
  CASE("::%1", 6),
  CASE("fe80::1%eth0.100", 6),
  CASE("fe80::1%a-b:c.d", 6),
  CASE("fe80::1%12345678901234567890", 6),
  CASE("fe80::1%", 0),
  CASE("fe80::1%a/b", 0),
  CASE("fe80::1%a%b", 0),
  CASE("fe80::1%a b", 0),
  CASE("fe80::1%a_b", 0),
  CASE("%eth0", 0),
  CASE("::1\0", 0),
  CASE("::1\0%eth0", 0),
  CASE("::1 ", 0),
  CASE("[::1]", 0),
  CASE(":", 0),
  CASE(":::", 0),
  CASE("1:", 0),
  CASE(":1", 0),
  CASE(":1::", 0),
  CASE("::1:", 0),
  CASE("1::2::3", 0),
  CASE("1:::2", 0),
  CASE("1:2:3:4:5:6:7", 0),
  CASE("1:2:3:4:5:6:7:8:9", 0),
  CASE("1:2:3:4:5:6:7:8::", 0),
  CASE("::1:2:3:4:5:6:7:8", 0),
  CASE("12345::", 0),
  CASE("00001::", 0),
  CASE("g::", 0),
  CASE("::ffff:1.2.3", 0),
  CASE("::ffff:1.2.3.256", 0),
  CASE("::ffff:01.2.3.4", 0),
  CASE("::1.2.3.4:5", 0),
  CASE("1.2.3.4::", 0),
  CASE("1:2:3:4:5:6:7:1.2.3.4", 0),
  CASE("0000:0000:0000:0000:0000:0000:0000:0000%01234567890123456789", 6),
  CASE("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:00",
       0),
};


int main(void) {
  char* copy;
  int result;
  int i;

  for (i = 0; i < ARRAY_SIZE(table); i++) {
    copy = malloc(table[i].length + 1);  /* Nothing to read behind it. */
    memcpy(copy, table[i].text, table[i].length);
    copy = realloc(copy, table[i].length ? table[i].length : 1);
    result = uvn_is_ip(copy, table[i].length);
    if (result != table[i].result)
      TASK_FAIL("\"%s\" (%zu): %d, %d", table[i].text, table[i].length,
                table[i].result, result);
    free(copy);
  }
  return 0;
}
