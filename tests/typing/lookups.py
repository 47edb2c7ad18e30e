"""Lookups in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

from typing import assert_type

import uvnet
from uvnet import dns, net
from uvnet.errors import DNSError


def one(error: DNSError | None, address: str | None, family: int | None) -> None:
    assert error is None


def several(error: DNSError | None, addresses: list[dns.LookupAddress] | None) -> None:
    assert error is None and addresses is not None
    for address, family in addresses:
        assert_type(address, str)
        assert_type(family, int)


def names(error: DNSError | None, hostname: str | None, service: str | None) -> None:
    pass


async def awaited(both: bool) -> None:
    found = await dns.promises.lookup("127.0.0.1", family="IPv4")
    assert_type(found, dns.LookupAddress)
    assert_type(await dns.promises.lookup("::1", all=True), list[dns.LookupAddress])
    either = await dns.promises.lookup("::1", all=both)
    assert_type(either, dns.LookupAddress | list[dns.LookupAddress])
    hostname, service = await dns.promises.lookup_service("127.0.0.1", 80)
    assert_type(hostname, str)
    assert_type(service, str)


def main() -> None:
    request = dns.lookup("localhost", one, family=4, hints=dns.ADDRCONFIG | dns.V4MAPPED)
    assert_type(request, dns.LookupRequest | None)
    dns.lookup("127.0.0.1", several, all=True, order="ipv4first")
    dns.lookup("127.0.0.1", lambda error, address, family: one(error, address, family))
    service = dns.lookup_service("127.0.0.1", "80", names)
    assert_type(service, dns.LookupServiceRequest | None)
    assert request is not None
    assert_type(request.cancel(), int)
    dns.set_default_result_order(dns.get_default_result_order())
    net.connect(1, "localhost", lookup=dns.lookup).on("error", lambda error: None)
    uvnet.run()
    uvnet.run(awaited(False))


if __name__ == "__main__":
    main()
