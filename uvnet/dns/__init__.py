"""Node's dns, as far as the system's resolver goes: the addresses of names, and their names.

Start:
    dns.lookup("localhost", lambda error, address, family: print(address))
    address, family = await dns.promises.lookup("localhost")

What queries name servers itself, `resolve()` and its like, is not here.
"""

from __future__ import annotations

from uvnet.dns import promises
from uvnet.dns._lookup import LookupAddress, LookupRequest, lookup
from uvnet.dns._lookup_service import LookupService, LookupServiceRequest, lookup_service
from uvnet.dns._options import (
    ADDRCONFIG,
    ALL,
    NOTFOUND,
    V4MAPPED,
    get_default_result_order,
    set_default_result_order,
)

__all__ = [
    "ADDRCONFIG",
    "ALL",
    "NOTFOUND",
    "V4MAPPED",
    "LookupAddress",
    "LookupRequest",
    "LookupService",
    "LookupServiceRequest",
    "get_default_result_order",
    "lookup",
    "lookup_service",
    "promises",
    "set_default_result_order",
]
