/* SPDX-License-Identifier: MIT
 *
 * Block lists: rules over addresses, and whether an address is covered by one.
 *
 * All is in one 128-bit space, in which IPv4 addresses are the mapped ones of
 * IPv6. Rules of one address are in a hash table: see uvn_ip_set.c.
 *
 * Every other rule is an interval. An edge is an address where some of these
 * begins, or the one after an address where some ends; with each edge is kept
 * how many cover the addresses from there to the next edge. So a check is a
 * binary search, and a rule takes two edges however many addresses it has.
 *
 * Edges are in blocks of up to 64, and the blocks in a directory. Counts are
 * relative to a base that each block has, so that a rule which covers whole
 * blocks changes their bases alone. Nothing is ever sorted or built anew.
 *
 * The rules themselves, to find and to list, are in a tree and in a list.
 */

#include "uvn_internal.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <uv/tree.h>

#define UVN_BLOCK_EDGES 64
#define UVN_CACHE_LINE 64

typedef struct {
  unsigned count;               /* At least one, in order: */
  uvn_ip_t at[UVN_BLOCK_EDGES];
  int cover[UVN_BLOCK_EDGES];   /* Plus the block's base: rules from there. */
  int users[UVN_BLOCK_EDGES];   /* Rules that begin there or end before it. */
} uvn_edges_t;

typedef struct uvn_entry_s uvn_entry_t;

struct uvn_entry_s {
  uvn_rule_t rule;              /* First: a uvn_rule_t* of ours is an entry. */
  uvn_entry_t* older;
  uvn_entry_t* newer;
  RB_ENTRY(uvn_entry_s) node;
};

RB_HEAD(uvn_rules_s, uvn_entry_s);

struct uvn_block_list_s {
  unsigned references;
  unsigned size;
  struct uvn_rules_s rules;
  uvn_entry_t* newest;
  uvn_ip_set_t addresses;
  unsigned nblocks;
  unsigned capacity;
  uvn_ip_t* first;              /* The first edge of each block, */
  int* base;                    /* what its counts start from, */
  uvn_edges_t** blocks;         /* and itself. */
  uvn_edges_t* spare[2];        /* So that adding, once begun, cannot fail. */
};

/* A place among the edges. */
typedef struct {
  unsigned block;
  unsigned edge;
} uvn_place_t;

/* ------------------------------------------------------------- addresses -- */

static const uvn_ip_t uvn__last_ip = { UINT64_MAX, UINT64_MAX };


static inline int uvn__at_most(uvn_ip_t a, uvn_ip_t b) {
#ifdef __SIZEOF_INT128__  /* Two instructions, of which the search is made. */
  return ((unsigned __int128) a.hi << 64 | a.lo) <=
         ((unsigned __int128) b.hi << 64 | b.lo);
#else
  return (a.hi < b.hi) | ((a.hi == b.hi) & (a.lo <= b.lo));
#endif
}


static inline int uvn__same(uvn_ip_t a, uvn_ip_t b) {
  return a.hi == b.hi && a.lo == b.lo;
}


static inline int uvn__compare(uvn_ip_t a, uvn_ip_t b) {
  if (uvn__same(a, b))
    return 0;
  return uvn__at_most(a, b) ? -1 : 1;
}


static uvn_ip_t uvn__after(uvn_ip_t ip) {
  ip.lo++;
  ip.hi += ip.lo == 0;
  return ip;
}


static inline uint64_t uvn__load(const uint8_t* p) {
  uint32_t high;
  uint32_t low;

  memcpy(&high, p, 4);
  memcpy(&low, p + 4, 4);
  return (uint64_t) ntohl(high) << 32 | ntohl(low);
}


static void uvn__store(uint8_t* p, uint64_t value) {
  uint32_t high = htonl(value >> 32);
  uint32_t low = htonl((uint32_t) value);

  memcpy(p, &high, 4);
  memcpy(p + 4, &low, 4);
}


int uvn_ip_from_addr(const struct sockaddr* addr, uvn_ip_t* ip) {
  const struct sockaddr_in* in = (const struct sockaddr_in*) addr;
  const struct sockaddr_in6* in6 = (const struct sockaddr_in6*) addr;

  if (addr->sa_family == AF_INET) {
    ip->hi = 0;
    ip->lo = 0xffff00000000ull | ntohl(in->sin_addr.s_addr);
    return 4;
  }
  if (addr->sa_family != AF_INET6)
    return UV_EAFNOSUPPORT;
  ip->hi = uvn__load(in6->sin6_addr.s6_addr);
  ip->lo = uvn__load(in6->sin6_addr.s6_addr + 8);
  return 6;
}


void uvn_ip_to_addr(uvn_ip_t ip, int family, struct sockaddr_storage* addr) {
  struct sockaddr_in* in = (struct sockaddr_in*) addr;
  struct sockaddr_in6* in6 = (struct sockaddr_in6*) addr;

  memset(addr, 0, sizeof(*addr));
  if (family == 4) {
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl((uint32_t) ip.lo);
    return;
  }
  in6->sin6_family = AF_INET6;
  uvn__store(in6->sin6_addr.s6_addr, ip.hi);
  uvn__store(in6->sin6_addr.s6_addr + 8, ip.lo);
}

/* ----------------------------------------------------------------- edges -- */

/* The last of n, at least one, that is at most `ip`; the first one is. What it
 * compiles to is a conditional move: nothing would predict a branch. */
static inline unsigned uvn__search(const uvn_ip_t* at, unsigned n,
                                   uvn_ip_t ip) {
  unsigned i = 0;
  unsigned half;

  while (n > 1) {
    half = n / 2;
    i = uvn__at_most(at[i + half], ip) ? i + half : i;
    n -= half;
  }
  return i;
}


static inline uvn_place_t uvn__find(const uvn_block_list_t* list, uvn_ip_t ip) {
  uvn_place_t place;
  uvn_edges_t* block;
  size_t i;

  place.block = uvn__search(list->first, list->nblocks, ip);
  block = list->blocks[place.block];
  /* Of a long list the block is in no cache: better to wait for all of it once
   * than for a line of it at each step. */
  for (i = 0; i < offsetof(uvn_edges_t, users); i += UVN_CACHE_LINE)
    __builtin_prefetch((const char*) block + i);
  place.edge = uvn__search(block->at, block->count, ip);
  return place;
}


/* Moves n edges, within a block as well. */
static void uvn__move_edges(uvn_edges_t* to, unsigned i,
                            const uvn_edges_t* from, unsigned j, unsigned n) {
  memmove(to->at + i, from->at + j, n * sizeof(*to->at));
  memmove(to->cover + i, from->cover + j, n * sizeof(*to->cover));
  memmove(to->users + i, from->users + j, n * sizeof(*to->users));
}


/* Moves the directory's entries from `from` on to `to`. */
static void uvn__move_blocks(uvn_block_list_t* list, unsigned to,
                             unsigned from) {
  unsigned n = list->nblocks - from;

  memmove(list->first + to, list->first + from, n * sizeof(*list->first));
  memmove(list->base + to, list->base + from, n * sizeof(*list->base));
  memmove(list->blocks + to, list->blocks + from, n * sizeof(*list->blocks));
  list->nblocks = to + n;
}


/* Makes two of a full block; a spare one is taken. */
static void uvn__split(uvn_block_list_t* list, unsigned b) {
  uvn_edges_t* left = list->blocks[b];
  uvn_edges_t* right = list->spare[0];
  unsigned half = UVN_BLOCK_EDGES / 2;

  list->spare[0] = list->spare[1];
  list->spare[1] = NULL;
  uvn__move_edges(right, 0, left, half, left->count - half);
  right->count = left->count - half;
  left->count = half;
  uvn__move_blocks(list, b + 2, b + 1);
  list->first[b + 1] = right->at[0];
  list->base[b + 1] = list->base[b];
  list->blocks[b + 1] = right;
}


static void uvn__remove_block(uvn_block_list_t* list, unsigned b) {
  free(list->blocks[b]);
  uvn__move_blocks(list, b, b + 1);
}


/* Makes one of two neighbours that would leave it half empty. */
static void uvn__merge(uvn_block_list_t* list, unsigned b) {
  uvn_edges_t* left;
  uvn_edges_t* right;
  unsigned i;

  if (b + 1 >= list->nblocks)
    return;
  left = list->blocks[b];
  right = list->blocks[b + 1];
  if (left->count + right->count > UVN_BLOCK_EDGES / 2)
    return;
  for (i = 0; i < right->count; i++)
    right->cover[i] += list->base[b + 1] - list->base[b];
  uvn__move_edges(left, left->count, right, 0, right->count);
  left->count += right->count;
  uvn__remove_block(list, b + 1);
}


/* One rule more begins at `ip`, or ends before it. */
static void uvn__use_edge(uvn_block_list_t* list, uvn_ip_t ip) {
  uvn_place_t place = uvn__find(list, ip);
  uvn_edges_t* block = list->blocks[place.block];
  unsigned i = place.edge;

  if (uvn__same(block->at[i], ip)) {
    block->users[i]++;
    return;
  }
  if (block->count == UVN_BLOCK_EDGES) {
    uvn__split(list, place.block);
    if (i >= block->count) {
      i -= block->count;
      block = list->blocks[place.block + 1];
    }
  }
  uvn__move_edges(block, i + 2, block, i + 1, block->count - i - 1);
  block->at[i + 1] = ip;
  block->cover[i + 1] = block->cover[i];
  block->users[i + 1] = 1;
  block->count++;
}


/* One less. An edge without rules tells nothing, and goes. */
static void uvn__drop_edge(uvn_block_list_t* list, uvn_ip_t ip) {
  uvn_place_t place = uvn__find(list, ip);
  uvn_edges_t* block = list->blocks[place.block];
  unsigned i = place.edge;

  if (--block->users[i] > 0)
    return;
  uvn__move_edges(block, i, block, i + 1, block->count - i - 1);
  block->count--;
  if (block->count == 0) {
    uvn__remove_block(list, place.block);
    return;
  }
  list->first[place.block] = block->at[0];
  uvn__merge(list, place.block);
  if (place.block > 0)
    uvn__merge(list, place.block - 1);
}


/* These addresses, between two edges, are covered by `change` rules more. */
static void uvn__cover(uvn_block_list_t* list, uvn_ip_t first, uvn_ip_t last,
                       int change) {
  uvn_place_t from = uvn__find(list, first);
  uvn_place_t to = { list->nblocks, 0 };
  uvn_edges_t* block;
  unsigned b;
  unsigned i;
  unsigned end;

  if (!uvn__same(last, uvn__last_ip))
    to = uvn__find(list, uvn__after(last));
  for (b = from.block; b <= to.block && b < list->nblocks; b++) {
    block = list->blocks[b];
    i = b == from.block ? from.edge : 0;
    end = b == to.block ? to.edge : block->count;
    if (i == 0 && b < to.block) {
      list->base[b] += change;
      continue;
    }
    for (; i < end; i++)
      block->cover[i] += change;
  }
}

/* ----------------------------------------------------------------- rules -- */

static int uvn__compare_entries(const uvn_entry_t* x, const uvn_entry_t* y) {
  const uvn_rule_t* a = &x->rule;
  const uvn_rule_t* b = &y->rule;
  int order = uvn__compare(a->first, b->first);

  if (order == 0)
    order = a->kind - b->kind;
  if (order != 0 || a->kind == UVN_RULE_ADDRESS)
    return order;  /* An address is the same in both notations. */
  order = a->first_family - b->first_family;
  if (order != 0 || a->kind == UVN_RULE_SUBNET)
    return order != 0 ? order : a->prefix - b->prefix;
  order = uvn__compare(a->last, b->last);
  return order != 0 ? order : a->last_family - b->last_family;
}


RB_GENERATE_STATIC(uvn_rules_s, uvn_entry_s, node, uvn__compare_entries)


/* The bits of one half of an address that a prefix of so many leaves open. */
static uint64_t uvn__open_bits(unsigned prefix) {
  return prefix < 64 ? UINT64_MAX >> prefix : 0;
}


/* Sets the addresses that a rule covers; 0 if it makes no sense. */
static int uvn__extent(const uvn_rule_t* rule, uvn_ip_t* first,
                       uvn_ip_t* last) {
  unsigned prefix = rule->prefix;
  uint64_t hi;
  uint64_t lo;

  *first = rule->first;
  *last = rule->kind == UVN_RULE_RANGE ? rule->last : rule->first;
  if (rule->kind == UVN_RULE_SUBNET) {
    if (rule->first_family == 4)
      prefix += 96;
    if (prefix > 128)
      return 0;
    hi = uvn__open_bits(prefix);
    lo = uvn__open_bits(prefix < 64 ? 0 : prefix - 64);
    *first = (uvn_ip_t){ rule->first.hi & ~hi, rule->first.lo & ~lo };
    *last = (uvn_ip_t){ rule->first.hi | hi, rule->first.lo | lo };
  }
  return uvn__at_most(*first, *last);
}


/* Frees all but the first block, whose first edge is :: for ever. */
static void uvn__empty(uvn_block_list_t* list) {
  uvn_entry_t* entry;
  uvn_edges_t* block;

  while ((entry = list->newest) != NULL) {
    list->newest = entry->older;
    free(entry);
  }
  while (list->nblocks > 1)
    free(list->blocks[--list->nblocks]);
  block = list->blocks[0];
  memset(block, 0, sizeof(*block));
  block->count = 1;
  block->users[0] = 1;
  list->base[0] = 0;
  list->size = 0;
  uvn__ip_set_clear(&list->addresses);
  RB_INIT(&list->rules);
}


/* Makes room in the directory for n blocks. */
static int uvn__resize(uvn_block_list_t* list, unsigned n) {
  void* first;
  void* base;
  void* blocks;

  /* When one of them cannot be had, the others keep the size that they have
   * got: the capacity is the least. */
  if (n < list->capacity)
    list->capacity = n;
  if ((first = realloc(list->first, n * sizeof(*list->first))) == NULL)
    return UV_ENOMEM;
  list->first = first;
  if ((base = realloc(list->base, n * sizeof(*list->base))) == NULL)
    return UV_ENOMEM;
  list->base = base;
  if ((blocks = realloc(list->blocks, n * sizeof(*list->blocks))) == NULL)
    return UV_ENOMEM;
  list->blocks = blocks;
  list->capacity = n;
  return 0;
}


/* Makes room for one rule more: two blocks, or one slot for an address. */
static int uvn__reserve(uvn_block_list_t* list, const uvn_rule_t* rule) {
  int i;

  if (rule->kind == UVN_RULE_ADDRESS)
    return uvn__ip_set_reserve(&list->addresses);
  for (i = 0; i < 2; i++) {
    if (list->spare[i] == NULL)
      list->spare[i] = malloc(sizeof(uvn_edges_t));
    if (list->spare[i] == NULL)
      return UV_ENOMEM;
  }
  if (list->nblocks + 2 <= list->capacity)
    return 0;
  return uvn__resize(list, 2 * list->capacity);
}


uvn_block_list_t* uvn_block_list_new(void) {
  uvn_block_list_t* list = calloc(1, sizeof(*list));

  if (list == NULL)
    return NULL;
  list->references = 1;
  if (uvn__resize(list, 4) == 0)
    list->blocks[0] = malloc(sizeof(uvn_edges_t));
  if (list->capacity == 0 || list->blocks[0] == NULL) {
    uvn_block_list_unref(list);
    return NULL;
  }
  list->nblocks = 1;
  list->first[0] = (uvn_ip_t){ 0, 0 };
  uvn__empty(list);
  return list;
}


void uvn_block_list_ref(uvn_block_list_t* list) {
  list->references++;
}


void uvn_block_list_unref(uvn_block_list_t* list) {
  if (list == NULL || --list->references > 0)
    return;
  if (list->nblocks > 0) {
    uvn__empty(list);
    free(list->blocks[0]);
  }
  free(list->spare[0]);
  free(list->spare[1]);
  free(list->first);
  free(list->base);
  free(list->blocks);
  free(list);
}


int uvn_block_list_add(uvn_block_list_t* list, const uvn_rule_t* rule) {
  uvn_entry_t* entry;
  uvn_ip_t first;
  uvn_ip_t last;

  if (!uvn__extent(rule, &first, &last))
    return UV_EINVAL;
  if (list->size == INT_MAX || uvn__reserve(list, rule) != 0)
    return UV_ENOMEM;
  entry = malloc(sizeof(*entry));
  if (entry == NULL)
    return UV_ENOMEM;
  entry->rule = *rule;
  if (RB_INSERT(uvn_rules_s, &list->rules, entry) != NULL) {
    free(entry);
    return UV_EEXIST;
  }

  entry->newer = NULL;
  entry->older = list->newest;
  if (entry->older != NULL)
    entry->older->newer = entry;
  list->newest = entry;
  list->size++;

  if (rule->kind == UVN_RULE_ADDRESS) {
    uvn__ip_set_add(&list->addresses, first);
    return 0;
  }
  uvn__use_edge(list, first);
  if (!uvn__same(last, uvn__last_ip))
    uvn__use_edge(list, uvn__after(last));
  uvn__cover(list, first, last, 1);
  return 0;
}


static void uvn__remove(uvn_block_list_t* list, uvn_entry_t* entry) {
  uvn_ip_t first;
  uvn_ip_t last;

  RB_REMOVE(uvn_rules_s, &list->rules, entry);
  if (entry->newer != NULL)
    entry->newer->older = entry->older;
  else
    list->newest = entry->older;
  if (entry->older != NULL)
    entry->older->newer = entry->newer;
  list->size--;

  uvn__extent(&entry->rule, &first, &last);
  if (entry->rule.kind == UVN_RULE_ADDRESS) {
    uvn__ip_set_remove(&list->addresses, first);
  } else {
    uvn__cover(list, first, last, -1);
    uvn__drop_edge(list, first);
    if (!uvn__same(last, uvn__last_ip))
      uvn__drop_edge(list, uvn__after(last));
  }
  free(entry);
}


int uvn_block_list_remove(uvn_block_list_t* list, const uvn_rule_t* rule) {
  uvn_entry_t key;
  uvn_entry_t* entry;

  key.rule = *rule;
  entry = RB_FIND(uvn_rules_s, &list->rules, &key);
  if (entry == NULL)
    return UV_ENOENT;
  uvn__remove(list, entry);
  return 0;
}


void uvn_block_list_clear(uvn_block_list_t* list) {
  uvn__empty(list);
  uvn__resize(list, 4);
}


unsigned uvn_block_list_size(const uvn_block_list_t* list) {
  return list->size;
}


const uvn_rule_t* uvn_block_list_next(const uvn_block_list_t* list,
                                      const uvn_rule_t* rule) {
  const uvn_entry_t* entry = (const uvn_entry_t*) rule;

  entry = entry == NULL ? list->newest : entry->older;
  return entry == NULL ? NULL : &entry->rule;
}


int uvn_block_list_covers(const uvn_block_list_t* list, uvn_ip_t ip) {
  uvn_place_t place;
  const uvn_edges_t* block;

  if (list->size == list->addresses.size)
    return uvn__ip_set_has(&list->addresses, ip);
  /* The search takes longer than memory does, and nothing predicts whether the
   * table has the address: first the one, then the other. */
  uvn__ip_set_prefetch(&list->addresses, ip);
  place = uvn__find(list, ip);
  block = list->blocks[place.block];
  if (list->base[place.block] + block->cover[place.edge] != 0)
    return 1;
  return uvn__ip_set_has(&list->addresses, ip);
}


int uvn_block_list_check(const uvn_block_list_t* list,
                         const struct sockaddr* addr) {
  uvn_ip_t ip;

  return uvn_ip_from_addr(addr, &ip) > 0 && uvn_block_list_covers(list, ip);
}


int uvn_set_block_list(uvn_stream_t* server, uvn_block_list_t* list) {
  if (list == NULL && server->roles == NULL)
    return 0;
  if (uvn__roles(server) == NULL)
    return uv__is_closing(&server->u.handle) ? UV_EINVAL : UV_ENOMEM;
  if (list != NULL)
    uvn_block_list_ref(list);
  uvn_block_list_unref(server->roles->block_list);
  server->roles->block_list = list;
  return 0;
}
