"""The values of a SocketAddress, and what it does not take."""

from tracer import attempt, t

from uvnet import net


def show(line, a):
    t(line, a.address, a.family, a.port, a.flowlabel)


good = [
    {},
    {"family": "ipv6"},
    {"family": "IPV6", "address": "::A", "port": "80", "flowlabel": 5},
    {"port": 65535},
    {"port": "0x50"},
    {"flowlabel": 5},
    {"address": "1.2.3.4", "port": 5},
    {"family": "ipv6", "address": "::ffff:1.2.3.4", "flowlabel": 0xFFFFF},
    {"family": "ipv6", "address": "2001:DB8::0:1"},
    {"family": "ipv6", "address": "fe80::1%lo"},
]
for i, options in enumerate(good):
    show(f"- {i}", net.SocketAddress(**options))
wrong = [
    {"address": 5},
    {"address": ""},
    {"address": "x"},
    {"address": "::1"},
    {"address": "01.2.3.4"},
    {"family": "ipv6", "address": "1.2.3.4"},
    {"family": "x"},
    {"family": None},
    {"family": 5},
    {"port": -1},
    {"port": 65536},
    {"port": 1.5},
    {"port": ""},
    {"port": None},
    {"port": {}},
    {"flowlabel": -1},
    {"flowlabel": 1.5},
    {"flowlabel": "1"},
]
for i, options in enumerate(wrong):
    attempt(f"- wrong {i}", lambda options=options: net.SocketAddress(**options))
for text in ("1.2.3.4", "1.2.3.4:81", "1.2.3.4:0", "[::1]", "[::1]:81", "[2001:DB8::1]:443"):
    show(f"- parse {text}", net.SocketAddress.parse(text))
for text in ("", "x", "::1", "::1:80", "1.2.3.4:65536", "[::1%lo]:5", "[::1]x", "[1.2.3.4]"):
    t(f"- parse {text}", net.SocketAddress.parse(text) is None)
attempt("- parse", lambda: net.SocketAddress.parse(5))
t(
    "-",
    net.SocketAddress.is_socket_address(net.SocketAddress()),
    net.SocketAddress.is_socket_address({}),
    *net.SocketAddress().to_json(),
)
