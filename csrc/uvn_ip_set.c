/* SPDX-License-Identifier: MIT
 *
 * A set of addresses: a hash table with linear probing, half full at most.
 *
 * To ask for an address waits for memory once, where a search in a sorted array
 * of many waits at most of its steps. Four slots are in a cache line, so that
 * probing on hardly ever costs anything.
 *
 * Who connects may choose addresses, and have them blocked. So the hash has
 * secret factors: two addresses that are chosen without knowing them share a
 * slot as seldom as two at random.
 */

#include "uvn_internal.h"

#include <stdlib.h>
#include <string.h>

#define UVN_LEAST_BITS 4  /* 16 slots. */


static inline int uvn__ip_is_zero(uvn_ip_t ip) {
  return (ip.hi | ip.lo) == 0;
}


/* Where the search for an address starts. The sum is pair-multiply-shift, which
 * is strongly universal in its upper half; the rest breaks up the progressions
 * that it makes of neighbouring addresses. */
static inline size_t uvn__ip_slot(const uvn_ip_set_t* set, uvn_ip_t ip) {
  const uint64_t* f = set->factors;
  uint64_t sum = (f[0] + (uint32_t) ip.hi) * (f[1] + (ip.hi >> 32)) +
                 (f[2] + (uint32_t) ip.lo) * (f[3] + (ip.lo >> 32));

  sum ^= sum >> 32;
  return (sum * 0x9e3779b97f4a7c15ull) >> set->shift;
}


/* The slot of an address that is not ::, or the free one where it would be. */
static inline size_t uvn__ip_probe(const uvn_ip_set_t* set, uvn_ip_t ip) {
  size_t i = uvn__ip_slot(set, ip);
  uvn_ip_t found = set->slots[i];

  while ((found.lo != ip.lo || found.hi != ip.hi) && !uvn__ip_is_zero(found)) {
    i = (i + 1) & set->mask;
    found = set->slots[i];
  }
  return i;
}


int uvn__ip_set_has(const uvn_ip_set_t* set, uvn_ip_t ip) {
  if (uvn__ip_is_zero(ip))
    return set->has_zero;
  if (set->slots == NULL)
    return 0;
  return !uvn__ip_is_zero(set->slots[uvn__ip_probe(set, ip)]);
}


void uvn__ip_set_prefetch(const uvn_ip_set_t* set, uvn_ip_t ip) {
  if (set->slots != NULL)
    __builtin_prefetch(set->slots + uvn__ip_slot(set, ip));
}


static void uvn__ip_set_seed(uvn_ip_set_t* set) {
  int i;

  if (uv_random(NULL, NULL, set->factors, sizeof(set->factors), 0, NULL) == 0)
    return;
  for (i = 0; i < 4; i++)  /* Hard to guess is better than known. */
    set->factors[i] = (uv_hrtime() ^ (uintptr_t) set) * (2 * i + 1) << (i * 7);
}


/* Moves all to a table of 2 to the power of `bits` slots. */
static int uvn__ip_set_resize(uvn_ip_set_t* set, unsigned bits) {
  uvn_ip_set_t old = *set;
  size_t n = old.slots == NULL ? 0 : old.mask + 1;
  size_t i;

  set->slots = calloc((size_t) 1 << bits, sizeof(*set->slots));
  if (set->slots == NULL) {
    set->slots = old.slots;
    return UV_ENOMEM;
  }
  set->shift = 64 - bits;
  set->mask = ((size_t) 1 << bits) - 1;
  for (i = 0; i < n; i++)
    if (!uvn__ip_is_zero(old.slots[i]))
      set->slots[uvn__ip_probe(set, old.slots[i])] = old.slots[i];
  free(old.slots);
  return 0;
}


int uvn__ip_set_reserve(uvn_ip_set_t* set) {
  if (set->slots == NULL) {
    uvn__ip_set_seed(set);
    return uvn__ip_set_resize(set, UVN_LEAST_BITS);
  }
  if (set->size < (set->mask + 1) / 2)
    return 0;
  return uvn__ip_set_resize(set, 65 - set->shift);
}


void uvn__ip_set_add(uvn_ip_set_t* set, uvn_ip_t ip) {
  if (uvn__ip_is_zero(ip))
    set->has_zero = 1;
  else
    set->slots[uvn__ip_probe(set, ip)] = ip;
  set->size++;
}


/* What follows moves up into the hole, unless its search starts behind it. */
static void uvn__ip_set_close_up(uvn_ip_set_t* set, size_t hole) {
  uvn_ip_t* slots = set->slots;
  size_t i = hole;

  while (i = (i + 1) & set->mask, !uvn__ip_is_zero(slots[i])) {
    if (((i - uvn__ip_slot(set, slots[i])) & set->mask) <
        ((i - hole) & set->mask))
      continue;
    slots[hole] = slots[i];
    hole = i;
  }
  slots[hole] = (uvn_ip_t){ 0, 0 };
}


void uvn__ip_set_remove(uvn_ip_set_t* set, uvn_ip_t ip) {
  if (uvn__ip_is_zero(ip))
    set->has_zero = 0;
  else
    uvn__ip_set_close_up(set, uvn__ip_probe(set, ip));
  set->size--;
  if (set->size == 0)
    uvn__ip_set_clear(set);
  else if (set->size < set->mask / 8 && set->shift < 64 - UVN_LEAST_BITS)
    (void) uvn__ip_set_resize(set, 63 - set->shift);  /* It need not succeed. */
}


void uvn__ip_set_clear(uvn_ip_set_t* set) {
  free(set->slots);
  set->slots = NULL;
  set->size = 0;
  set->has_zero = 0;
}
