/* SPDX-License-Identifier: MIT
 *
 * The bytes that the load generator sends.
 */

#ifndef UVNET_BENCH_PATTERN_H_
#define UVNET_BENCH_PATTERN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Byte n of connection c's stream is pattern[(n + c * STRIDE) % PERIOD].
 *
 * The period is prime, so that no loss or repetition of a power-of-two block
 * lines up again; neighbours always differ, so that one byte lost, doubled or
 * exchanged with the next is seen at once; the stride puts the connections far
 * apart, so that one connection's bytes are not taken for another's.
 *
 * Of lines the period is a whole number of messages: each ends in a newline,
 * and there is no other.
 */
#define PATTERN_PERIOD 65521
#define PATTERN_STRIDE 40493

static inline void pattern_fill(unsigned char* pattern, size_t period,
                                size_t line) {
  unsigned char byte;
  uint32_t x;
  size_t i;

  x = 2463534242u;
  for (i = 0; i < period; i++) {
    do {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      byte = (unsigned char) (x >> 11);
    } while ((line > 0 && byte == '\n') || (i > 0 && byte == pattern[i - 1]) ||
             (i == period - 1 && byte == pattern[0]));
    pattern[i] = line > 0 && (i + 1) % line == 0 ? '\n' : byte;
  }
}

#endif /* UVNET_BENCH_PATTERN_H_ */
