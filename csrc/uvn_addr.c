/* SPDX-License-Identifier: MIT
 *
 * Addresses: IP literals and Unix paths to and from sockaddr. No name lookup.
 */

#include "uvn_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>


/* Copies a counted text into a C string; a NUL inside would cut it short and
 * make a refused address look like another one. */
static int uvn__copy_literal(char out[UVN_ADDR_STRLEN], const char* text,
                             size_t length) {
  if (length == 0 || length >= UVN_ADDR_STRLEN ||
      memchr(text, '\0', length) != NULL)
    return UV_EINVAL;
  memcpy(out, text, length);
  out[length] = '\0';
  return 0;
}


static int uvn__zone_is_valid(const char* zone) {
  static const char allowed[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.:";

  return *zone != '\0' && zone[strspn(zone, allowed)] == '\0';
}


static uint32_t uvn__zone_index(const char* zone) {
  if (zone[strspn(zone, "0123456789")] == '\0')
    return strtoul(zone, NULL, 10);
  return if_nametoindex(zone);
}


int uvn_addr_parse(const char* ip, size_t length, int port, int family,
                   struct sockaddr_storage* out) {
  struct sockaddr_in* in = (struct sockaddr_in*) out;
  struct sockaddr_in6* in6 = (struct sockaddr_in6*) out;
  char literal[UVN_ADDR_STRLEN];
  char* zone;

  if (port < 0 || port > 65535 || uvn__copy_literal(literal, ip, length) != 0)
    return UV_EINVAL;

  memset(out, 0, sizeof(*out));
  if (family != 6 && uv_inet_pton(AF_INET, literal, &in->sin_addr) == 0) {
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    return 0;
  }

  zone = strchr(literal, '%');
  if (zone != NULL) {
    *zone++ = '\0';
    if (!uvn__zone_is_valid(zone))
      return UV_EINVAL;
  }
  if (family == 4 || uv_inet_pton(AF_INET6, literal, &in6->sin6_addr) != 0)
    return UV_EINVAL;
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(port);
  if (zone != NULL)
    in6->sin6_scope_id = uvn__zone_index(zone);
  return 0;
}


int uvn_addr_format(const struct sockaddr* addr, char ip[UVN_ADDR_STRLEN],
                    int* port) {
  const struct sockaddr_in* in = (const struct sockaddr_in*) addr;
  const struct sockaddr_in6* in6 = (const struct sockaddr_in6*) addr;
  char name[IF_NAMESIZE];
  size_t used;

  if (addr->sa_family == AF_INET) {
    uv_ip4_name(in, ip, UVN_ADDR_STRLEN);
    *port = ntohs(in->sin_port);
    return 4;
  }
  if (addr->sa_family != AF_INET6)
    return UV_EAFNOSUPPORT;

  uv_ip6_name(in6, ip, UVN_ADDR_STRLEN);
  *port = ntohs(in6->sin6_port);
  if (in6->sin6_scope_id != 0 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) &&
      if_indextoname(in6->sin6_scope_id, name) != NULL) {
    used = strlen(ip);
    if (used + 1 + strlen(name) < UVN_ADDR_STRLEN) {
      ip[used] = '%';
      strcpy(ip + used + 1, name);
    }
  }
  return 6;
}


int uvn_is_ip(const char* text, size_t length) {
  struct sockaddr_storage addr;

  if (uvn_addr_parse(text, length, 0, 4, &addr) == 0)
    return 4;
  return uvn_addr_parse(text, length, 0, 6, &addr) == 0 ? 6 : 0;
}


int uvn_pipe_getname(const uvn_stream_t* stream, int peer, char* path) {
  struct sockaddr_un addr;
  socklen_t length = sizeof(addr);
  size_t offset = offsetof(struct sockaddr_un, sun_path);
  size_t n;
  int fd = uv__stream_fd(&stream->u.stream);

  memset(&addr, 0, sizeof(addr));
  if (fd < 0)
    return UV_EBADF;
  if (peer ? getpeername(fd, (struct sockaddr*) &addr, &length)
           : getsockname(fd, (struct sockaddr*) &addr, &length))
    return UV__ERR(errno);
  if (length <= offset)
    return 0;
  if (addr.sun_family != AF_UNIX)
    return UV_EINVAL;
  /* Of a path that fills the structure Linux counts the NUL as well, which it
   * had no room to write. */
  if (length > sizeof(addr))
    length = sizeof(addr);
  n = length - offset;
  if (addr.sun_path[0] != '\0')
    n = strnlen(addr.sun_path, n);
#ifndef __linux__
  else
    n = 0;  /* No abstract names: an unbound socket reads as all zeros. */
#endif
  memcpy(path, addr.sun_path, n);
  return n;
}
