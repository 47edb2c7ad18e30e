/* SPDX-License-Identifier: MIT
 *
 * HTTP: GET requests on connections that are kept alive. An answer is a status
 * of 200, a Content-Length, and a body whose byte i is a letter, 97 + i % 26.
 */

#ifdef __linux__

#define _GNU_SOURCE

#include "_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REQUEST "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define REQUEST_SIZE (sizeof(REQUEST) - 1)
#define STATUS "HTTP/1.1 200"
#define STATUS_SIZE (sizeof(STATUS) - 1)
#define LENGTH "Content-Length:"
#define LENGTH_SIZE (sizeof(LENGTH) - 1)
#define HEAD_MAX 16384
#define LETTERS 26


static int http_prepare(load_t* load) {
  size_t i;

  if (table_make(load, &load->requests, REQUEST_SIZE,
                 REQUEST_SIZE * load->depth) ||
      table_make(load, &load->replies, LETTERS, load->buffer_size))
    return -1;
  memcpy(load->requests.bytes, REQUEST, REQUEST_SIZE);
  for (i = 0; i < LETTERS; i++)
    load->replies.bytes[i] = (unsigned char) ('a' + i);
  table_repeat(&load->requests);
  table_repeat(&load->replies);

  load->request_size = REQUEST_SIZE;
  load->reply_size = load->size;
  load->reply_restarts = true;
  for (i = 0; i < load->count; i++)
    load->connections[i].left = load->size;
  return 0;
}


/* Shows a line of the answer in the error's text. */
static int wrong_line(load_t* load, const connection_t* c, const char* line,
                      size_t n, const char* wanted) {
  char shown[81];
  size_t i;

  for (i = 0; i < n && i < sizeof(shown) - 1 && line[i] != '\r'; i++)
    shown[i] = line[i] >= ' ' && line[i] < 127 ? line[i] : '?';
  shown[i] = '\0';
  return fail(load, c, FAULT_ANSWER, 0,
              "the answer to request %llu has '%s', wanted was %s",
              (unsigned long long) c->completed, shown, wanted);
}


static int check_length(load_t* load, const connection_t* c, const char* line,
                        const char* end) {
  const char* at;
  uint64_t length;

  length = 0;
  for (at = line + LENGTH_SIZE; at < end && (*at == ' ' || *at == '\t'); at++)
    ;
  for (; at < end && *at >= '0' && *at <= '9' && length <= load->size; at++)
    length = length * 10 + (uint64_t) (*at - '0');
  if (length == load->size)
    return 0;
  wrong_line(load, c, line, (size_t) (end - line), "the size asked for");
  return -1;
}


/* Checks a head of n bytes, whose last are an empty line. */
static int check_head(load_t* load, const connection_t* c, const char* head,
                      size_t n) {
  const char* line;
  const char* next;
  const char* end;

  if (n <= STATUS_SIZE || memcmp(head, STATUS, STATUS_SIZE) != 0 ||
      (head[STATUS_SIZE] != ' ' && head[STATUS_SIZE] != '\r'))
    return wrong_line(load, c, head, n, "'" STATUS "'");

  end = head + n;
  for (line = head; line < end; line = next + 1) {
    next = memchr(line, '\n', (size_t) (end - line));
    if (next == NULL)
      break;
    if ((*line == 'C' || *line == 'c') &&
        (size_t) (next - line) > LENGTH_SIZE &&
        strncasecmp(line, LENGTH, LENGTH_SIZE) == 0)
      return check_length(load, c, line, next);
  }
  return fail(load, c, FAULT_ANSWER, 0,
              "the answer to request %llu has no Content-Length",
              (unsigned long long) c->completed);
}


/* Takes what belongs to the head of an answer, and returns how much that is, or
 * 0 after fail(). Most heads come in one piece, and are not copied.
 */
static size_t take_head(load_t* load, connection_t* c, const char* data,
                        size_t n) {
  const char* end;
  size_t before;
  size_t from;

  before = c->head_size;
  if (before == 0) {
    end = memmem(data, n, "\r\n\r\n", 4);
    if (end != NULL) {
      c->in_body = true;
      n = (size_t) (end + 4 - data);
      return check_head(load, c, data, n) ? 0 : n;
    }
  }
  if (c->head == NULL && (c->head = malloc(HEAD_MAX)) == NULL) {
    fail(load, c, FAULT_SYSTEM, ENOMEM, "malloc");
    return 0;
  }
  if (n > HEAD_MAX - before)
    n = HEAD_MAX - before;
  memcpy(c->head + before, data, n);
  c->head_size = before + n;
  from = before > 3 ? before - 3 : 0;
  end = memmem(c->head + from, c->head_size - from, "\r\n\r\n", 4);
  if (end == NULL && c->head_size == HEAD_MAX) {
    wrong_line(load, c, c->head, HEAD_MAX, "an end of the head within 16 KiB");
    return 0;
  }
  if (end == NULL)
    return n;
  c->head_size = 0;
  c->in_body = true;
  n = (size_t) (end + 4 - c->head);
  return check_head(load, c, c->head, n) ? 0 : n - before;
}


static int corrupt(load_t* load, const connection_t* c,
                   const unsigned char* data) {
  size_t i;

  i = reply_wrong_at(load, c, data);
  return fail(load, c, FAULT_CORRUPT, 0,
              "byte %zu of the body of answer %llu is 0x%02x, must be 0x%02x",
              load->size - c->left + i, (unsigned long long) c->completed,
              data[i], load->replies.bytes[c->expected + i]);
}


static int http_consume(load_t* load, connection_t* c,
                        const unsigned char* data, size_t n) {
  size_t m;

  load->now = clock_now();
  while (n > 0) {
    if (c->in_flight == 0)
      return exchange_surplus(load, c, n);
    if (!c->in_body) {
      m = take_head(load, c, (const char*) data, n);
      if (m == 0)
        return -1;
      data += m;
      n -= m;
      continue;
    }
    if (!reply_advance(load, c, &data, &n))
      return corrupt(load, c, data);
    if (c->left > 0)
      break;
    c->in_body = false;
    exchange_complete(load, c);
  }
  return 0;
}


const kind_t http_kind = {
  EXCHANGES,
  .name = "http",
  .in_flight = true,
  .prepare = http_prepare,
  .consume = http_consume,
};

#endif /* __linux__ */
