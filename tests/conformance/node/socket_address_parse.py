"""Texts that a URL's authority may be, an address with a port not."""

from tracer import t

from uvnet import net

DIFFERS = "the text is an address with a port, not a part of a URL; and port 80 is port 80"

for text in (
    "1.2.3.4:80",
    "[::1]:80",
    "1.2.3.4:",
    "256",
    "1.2.3:5",
    "0x7f.1:9",
    "01.2.3.4",
    "user@1.2.3.4",
    "1.2.3.4/x",
    " 1.2.3.4",
):
    found = net.SocketAddress.parse(text)
    t(f"- {text}", f"{found.address} {found.port}" if found else None)
