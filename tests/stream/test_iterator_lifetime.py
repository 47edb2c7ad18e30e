"""An async iterator that nobody keeps lives as long as somebody waits for its next chunk."""

from __future__ import annotations

import uvnet
from uvnet.errors import AbortError
from uvnet.stream import Readable


def test_the_first_chunk_of_a_temporary_iterator() -> None:
    async def main() -> None:
        stream = Readable(read=lambda stream, size: None)
        errors: list[Exception] = []
        stream.on("error", errors.append)
        uvnet.set_immediate(stream.push, b"first")
        assert await anext(aiter(stream)) == b"first"
        assert stream.destroyed  # it was left early
        assert isinstance(stream.errored, AbortError)

    uvnet.run(main())


def test_a_kept_iterator_goes_on() -> None:
    async def main() -> list[bytes]:
        stream = Readable.from_([b"1", b"2"])
        iterator = aiter(stream)
        chunks = [await anext(iterator), await anext(iterator)]
        assert await anext(iterator, None) is None
        return chunks

    assert uvnet.run(main()) == [b"1", b"2"]
