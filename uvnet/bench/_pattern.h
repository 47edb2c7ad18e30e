/* SPDX-License-Identifier: MIT
 *
 * The bytes that the load generator sends and expects back.
 */

#ifndef UVNET_BENCH_PATTERN_H_
#define UVNET_BENCH_PATTERN_H_

#include <stddef.h>
#include <stdint.h>

/* Byte n of connection c's stream is pattern[(n + c * STRIDE) % PERIOD].
 *
 * The period is prime, so that no loss or repetition of a power-of-two block
 * lines up again; neighbours always differ, so that one byte lost, doubled or
 * exchanged with the next is seen at once; the stride puts the connections far
 * apart, so that one connection's bytes are not taken for another's. Behind
 * the period the table goes on for one message, so that every message is one
 * contiguous run of it: sent with one send, checked with one memcmp.
 */
#define PATTERN_PERIOD 65521
#define PATTERN_STRIDE 40493

static inline void pattern_fill(unsigned char* pattern, size_t size) {
  uint32_t x;
  size_t i;

  x = 2463534242u;
  for (i = 0; i < PATTERN_PERIOD; i++) {
    do {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      pattern[i] = (unsigned char) (x >> 11);
    } while ((i > 0 && pattern[i] == pattern[i - 1]) ||
             (i == PATTERN_PERIOD - 1 && pattern[i] == pattern[0]));
  }
  for (; i < PATTERN_PERIOD + size; i++)
    pattern[i] = pattern[i - PATTERN_PERIOD];
}

#endif  /* UVNET_BENCH_PATTERN_H_ */
