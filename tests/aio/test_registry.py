"""Which transport has which descriptor; and attributes that a transport's class does not know."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from uvnet.aio.registry import Transports
from uvnet.aio.transport import StreamTransport


class Thing:
    pass


def test_mapping():
    table = Transports()
    assert not table and table.values() == [] and table.get(3) is None and 3 not in table
    first, second = Thing(), Thing()
    table[3] = first
    table[3000] = second
    assert len(table) == 2 and table.values() == [first, second]
    assert table[3] is first and table.get(3000) is second and 3000 in table
    table[3] = second
    assert len(table) == 2 and table[3] is second
    table.forget(3, first)  # it is not the one any more
    assert 3 in table
    table.forget(3, second)
    assert 3 not in table and len(table) == 1
    table.forget(3, second)
    del table[3000]
    assert not table


@pytest.mark.parametrize("fd", [-1, 2999, 2**31, 2**70, -(2**70)])
def test_no_such_descriptor(fd):
    table = Transports()
    table[63] = Thing()
    assert table.get(fd) is None and table.get(fd, 1) == 1 and fd not in table
    table.forget(fd, table[63])
    with pytest.raises(KeyError):
        table[fd]
    with pytest.raises(KeyError):
        del table[fd]
    if not 0 <= fd < 2**31:
        with pytest.raises((ValueError, OverflowError)):
            table[fd] = Thing()
    assert len(table) == 1


def test_references():
    thing = Thing()
    before = sys.getrefcount(thing)
    table = Transports()
    for fd in range(1000):
        table[fd] = thing
        table[fd] = thing
    assert sys.getrefcount(thing) == before + 1000
    del table[500]
    assert sys.getrefcount(thing) == before + 999
    table.clear()
    assert sys.getrefcount(thing) == before and len(table) == 0
    table[1] = thing
    del table
    assert sys.getrefcount(thing) == before


def test_a_destructor_that_changes_the_table():
    table = Transports()

    class Meddles:
        def __del__(self):
            table.clear()
            table[5] = 1

    table[4] = Meddles()
    table[4] = Thing()  # dropped with all the others, once it is there
    assert table.values() == [1]
    table[4] = Meddles()
    del table[4]
    assert table.values() == [1]
    table[4] = Meddles()
    table.clear()
    assert table.values() == [1]


def test_attributes_of_a_transport_are_its_own():
    one, two, three = (StreamTransport.__new__(StreamTransport) for _ in range(3))
    one.mark = 1
    assert vars(one) == {"mark": 1} and vars(two) == {} and not hasattr(three, "mark")
    two.__dict__["other"] = 2
    assert two.other == 2 and not hasattr(three, "other") and not hasattr(one, "other")
    with pytest.raises(AttributeError):
        del three.mark
    del one.mark
    assert vars(one) == {}
    with pytest.raises(AttributeError):
        three.__dict__ = {"mark": 3}
    assert "write" in dir(StreamTransport.__new__(StreamTransport))


def test_attributes_of_a_subclass():
    class Transport(StreamTransport):
        def __setattr__(self, name, value):
            super().__setattr__(name, [value])

    transport = Transport.__new__(Transport)
    transport.mark = 1
    assert vars(transport) == {"mark": [1]}
    assert vars(Transport.__new__(Transport)) == {}


def test_a_transport_that_refers_to_itself_is_collected():
    transport = StreamTransport.__new__(StreamTransport)
    transport.me = transport
    gone = weakref.ref(transport)
    del transport
    gc.collect()
    assert gone() is None
