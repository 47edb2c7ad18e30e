"""What is an address."""

from tracer import t

from uvnet import net

for text in (
    "127.0.0.1",
    "::1",
    "x",
    "",
    "1.2.3.4 ",
    "01.2.3.4",
    "1.2.3",
    "::ffff:1.2.3.4",
    "::1%lo",
    "fe80::1%",
    "1::2::3",
    "256.1.1.1",
    "::1%a/b",
):
    t("-", f'"{text}"', net.is_ip(text), net.is_ipv4(text), net.is_ipv6(text))
