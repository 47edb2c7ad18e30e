"""SockAddr, a parsed address, and BlockRules, which addresses are forbidden.

Node: src/node_sockaddr.cc.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint32_t
from libc.string cimport memset

from uvnet._core.addr cimport format_address, parse_address
from uvnet._core.uv cimport *

uvn_capi_import()

cdef uint32_t FLOWLABEL_MAX = 0xFFFFF


cdef class SockAddr:
    """An IP address with a port, parsed: what a check takes without parsing it again. Immutable.

    Equal to another of the same address, in the same notation, with the same port and flow label.

    Attributes:
        ip: The literal in its canonical form.
        version: 4 or 6.
        port, flowlabel: As given.

    Args:
        ip: An IPv4 or IPv6 literal; '::' by default. A zone is left out.
        port: 0 to 65535; 0 by default.
        version: 4 or 6 if `ip` must be of that family; 0, the default, for either.
        flowlabel: Of IPv6, 0 to 0xFFFFF; 0 by default, and for IPv4.

    Raises:
        TypeError: `ip` is not a str, or another argument not an int.
        ValueError, OverflowError: `ip` is no such literal, or a number is out of range.
    """

    def __cinit__(self):
        self.version_ = 6  # of one whose __init__ never runs: ::

    def __init__(self, ip="::", port=0, int version=0, uint32_t flowlabel=0):
        cdef sockaddr_storage addr
        if self.initialised:
            raise TypeError(f"{self!r} is immutable")
        if flowlabel > FLOWLABEL_MAX:
            raise ValueError(f"a flow label must be between 0 and 0xFFFFF, not {flowlabel:#x}")
        if parse_address(ip, port, version, &addr):
            kind = f"an IPv{version}" if version else "an IP"
            raise ValueError(f"{ip!r} is not {kind} address")
        self.version_ = uvn_ip_from_addr(<sockaddr*> &addr, &self.address_)
        self.port_ = port
        self.flowlabel_ = flowlabel if self.version_ == 6 else 0
        self.initialised = True

    @property
    def ip(self) -> str:
        return address_text(self.address_, self.version_)

    @property
    def version(self) -> int:
        return self.version_

    @property
    def port(self) -> int:
        return self.port_

    @property
    def flowlabel(self) -> int:
        return self.flowlabel_

    cdef tuple parts(self):
        return self.ip, self.port_, self.version_, self.flowlabel_

    def __eq__(self, other):
        if not isinstance(other, SockAddr):
            return NotImplemented
        return self.parts() == (<SockAddr> other).parts()

    def __hash__(self):
        return hash(self.parts())

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__name__} {self.ip} port {self.port}>"

    def __reduce__(self):
        return type(self), self.parts()


cdef int make_rule(uvn_rule_t* rule, SockAddr first, SockAddr last, object prefix) except -1:
    """Fill `rule` with what BlockRules.add() is given.

    Raises:
        ValueError: Both `last` and `prefix` are given.
        OverflowError: `prefix` is no number of bits.
    """
    memset(rule, 0, sizeof(rule[0]))
    rule.first = first.address_
    rule.first_family = first.version_
    rule.kind = UVN_RULE_ADDRESS
    if last is not None:
        if prefix is not None:
            raise ValueError("a rule is a range or a subnet, not both")
        rule.kind = UVN_RULE_RANGE
        rule.last = last.address_
        rule.last_family = last.version_
    elif prefix is not None:
        rule.kind = UVN_RULE_SUBNET
        rule.prefix = prefix
    return 0


cdef object address_text(uvn_ip_t ip, int version):
    cdef sockaddr_storage addr
    uvn_ip_to_addr(ip, version, &addr)
    return format_address(<sockaddr*> &addr)[0]


cdef object rule_text(const uvn_rule_t* rule):
    first = address_text(rule.first, rule.first_family)
    if rule.kind == UVN_RULE_RANGE:
        last = address_text(rule.last, rule.last_family)
        return f"Range: IPv{rule.first_family} {first}-{last}"
    if rule.kind == UVN_RULE_SUBNET:
        return f"Subnet: IPv{rule.first_family} {first}/{rule.prefix}"
    return f"Address: IPv{rule.first_family} {first}"


cdef class BlockRules:
    """Rules that forbid addresses; for TCP.set_block_rules() and to ask. (csrc: uvn_block_list_t)

    A rule is an address, a subnet or a range. An IPv4 address and the IPv6 address that it is
    mapped to (::ffff:a.b.c.d) are the same address. Adding, removing and checking take a time that
    hardly grows with the number of rules. len() tells how many there are.
    """

    def __cinit__(self):
        self.list = uvn_block_list_new()
        if self.list == NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.list != NULL:
            uvn_block_list_unref(self.list)

    def add(self, SockAddr first not None, SockAddr last=None, prefix=None):
        """Add a rule.

        Args:
            first: The address; or the first one of a range; or the network, which may have bits
                that the prefix leaves open.
            last: The last address of a range; None, the default, for another kind of rule.
            prefix: The length of a subnet's prefix in bits; None, the default, for another kind.

        Returns:
            0, or a negative errno: UV_EEXIST if it is there already, UV_EINVAL if the range ends
            before it starts or the prefix is too long, UV_ENOMEM. Nothing has changed then.

        Raises:
            ValueError: Both `last` and `prefix` are given.
            TypeError, OverflowError: An argument is no SockAddr, or no number of bits.
        """
        cdef uvn_rule_t rule
        make_rule(&rule, first, last, prefix)
        return uvn_block_list_add(self.list, &rule)

    def remove(self, SockAddr first not None, SockAddr last=None, prefix=None):
        """Remove a rule that add() has made.

        Args:
            first, last, prefix: What add() was given.

        Returns:
            0, or UV_ENOENT if there is none. A rule that covers the same addresses is not the same.
        """
        cdef uvn_rule_t rule
        make_rule(&rule, first, last, prefix)
        return uvn_block_list_remove(self.list, &rule)

    def clear(self):
        """Remove all rules, and give their memory back."""
        uvn_block_list_clear(self.list)

    def check(self, SockAddr address not None) -> bool:
        """Return whether a rule covers the address."""
        return self.covers(address)

    cdef bint covers(self, SockAddr address) noexcept:
        return uvn_block_list_covers(self.list, address.address_)

    cdef int covers_literal(self, object ip, int version) except? -1:
        """Return 1, 0, or UV_EINVAL if `ip`, a str, is no literal of that family."""
        cdef sockaddr_storage addr
        cdef uvn_ip_t address
        cdef Py_ssize_t length
        cdef const char* text
        try:
            text = PyUnicode_AsUTF8AndSize(ip, &length)
        except UnicodeEncodeError:  # a lone surrogate
            return UV_EINVAL
        if uvn_addr_parse(text, length, 0, version, &addr):
            return UV_EINVAL
        uvn_ip_from_addr(<sockaddr*> &addr, &address)
        return uvn_block_list_covers(self.list, address)

    def texts(self, Py_ssize_t limit=-1):
        """Return the rules in words, `Subnet: IPv4 10.0.0.0/8`, the newest first.

        Args:
            limit: How many at most; -1, the default, for all.

        Returns:
            A new list.
        """
        cdef const uvn_rule_t* rule = NULL
        cdef uvn_rule_t* rules
        cdef Py_ssize_t count = uvn_block_list_size(self.list)
        cdef Py_ssize_t i
        if 0 <= limit < count:
            count = limit
        # Copied first: text is garbage collected, and what that runs may change the rules.
        rules = <uvn_rule_t*> PyMem_Malloc(count * sizeof(uvn_rule_t))
        if rules == NULL:
            raise MemoryError
        try:
            for i in range(count):
                rule = uvn_block_list_next(self.list, rule)
                rules[i] = rule[0]
            return [rule_text(&rules[i]) for i in range(count)]
        finally:
            PyMem_Free(rules)

    def __len__(self):
        return uvn_block_list_size(self.list)

    def __bool__(self):
        return True

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")
