"""What an IP literal is. Node: net.isIP"""

from __future__ import annotations

from uvnet._core import is_ip

__all__ = ["is_ip", "is_ipv4", "is_ipv6"]


def is_ipv4(text: str) -> bool:
    """Return whether `text` is an IPv4 literal: four decimal numbers without leading zeros."""
    return is_ip(text) == 4


def is_ipv6(text: str) -> bool:
    """Return whether `text` is an IPv6 literal, with or without a zone such as '%eth0'."""
    return is_ip(text) == 6
