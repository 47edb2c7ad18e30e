"""The encodings that Node knows: text to bytes, bytes to text, and text from chunks of bytes.

They answer to any input, as in Node: what is malformed is replaced, cut off or ignored, and never
an error. Text is Python's, of code points: a pair of surrogates becomes the character it stands
for, and a lone one stays as it is, where the encoding can say it. (Node: lib/buffer.js,
lib/string_decoder.js)
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_UNKNOWN_ENCODING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["StringDecoder", "decode", "encode", "normalize"]

_NAMES = {
    "utf8": "utf8",
    "utf-8": "utf8",
    "utf16le": "utf16le",
    "utf-16le": "utf16le",
    "ucs2": "utf16le",
    "ucs-2": "utf16le",
    "latin1": "latin1",
    "binary": "latin1",
    "ascii": "ascii",
    "hex": "hex",
    "base64": "base64",
    "base64url": "base64url",
    "buffer": "buffer",
}

_HEX = re.compile("(?:[0-9a-fA-F]{2})*")
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_NOT_BASE64 = bytes(byte for byte in range(128) if not chr(byte).isalnum() and byte not in b"+/-_")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


def normalize(name: object) -> str | None:
    """Return the one name of an encoding.

    Args:
        name: A name in upper or lower case: utf8, utf-8, utf16le, utf-16le, ucs2, ucs-2, latin1,
            binary, ascii, hex, base64, base64url; or buffer, which means no encoding at all.

    Returns:
        "utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url" or "buffer", or None if
        there is no such encoding.
    """
    return _NAMES.get(name.lower()) if isinstance(name, str) else None


# ----------------------------------------------------------------------- text to bytes


def _units(text: str) -> bytes:
    """Return the text as UTF-16, which is what JavaScript's strings are."""
    return text.encode("utf-16-le", "surrogatepass")


def _to_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # surrogates: pairs are characters, and the rest is replaced
        return _units(text).decode("utf-16-le", "replace").encode()


def _to_latin1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return _units(text)[::2]  # the low bytes


def _to_bytes_of_hex(text: str) -> bytes:
    match = _HEX.match(text)
    return bytes.fromhex(match[0]) if match else b""


def _to_bytes_of_base64(text: str) -> bytes:
    """Decode either alphabet up to the first `=`. Whatever is not of them is ignored."""
    digits = text.partition("=")[0].encode("ascii", "ignore")
    digits = digits.translate(_URL_ALPHABET, _NOT_BASE64)
    if len(digits) % 4 == 1:  # six bits are no byte
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


# ----------------------------------------------------------------------- bytes to text


def _from_utf8(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _from_utf16le(data: bytes) -> str:
    if len(data) % 2:
        data = data[:-1]
    return data.decode("utf-16-le", "surrogatepass")


def _from_latin1(data: bytes) -> str:
    return data.decode("latin-1")


def _from_ascii(data: bytes) -> str:
    return data.translate(_SEVEN_BITS).decode("ascii")


def _as_base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _as_base64url(data: bytes) -> str:
    return _as_base64(data).rstrip("=").replace("+", "-").replace("/", "_")


# --------------------------------------------- how many bytes at the end are to wait for more


def _no_rest(data: bytes) -> int:
    return 0


def _rest_of_utf8(data: bytes) -> int:
    for count in range(1, min(4, len(data) + 1)):
        byte = data[-count]
        if byte & 0xC0 != 0x80:  # no continuation: the first byte of a character
            size = 2 if byte >> 5 == 0b110 else 3 if byte >> 4 == 0b1110 else 4
            return count if byte >= 0xC0 and byte >> 3 != 0b11111 and count < size else 0
    return 0


def _rest_of_utf16le(data: bytes) -> int:
    odd = len(data) % 2
    if len(data) > 1 and data[-1 - odd] & 0xFC == 0xD8:  # half of a surrogate pair
        return odd + 2
    return odd


def _rest_of_base64(data: bytes) -> int:
    return len(data) % 3


class _Codec(NamedTuple):
    encode: Callable[[str], bytes]
    decode: Callable[[bytes], str]
    rest: Callable[[bytes], int]


_CODECS = {
    "utf8": _Codec(_to_utf8, _from_utf8, _rest_of_utf8),
    "utf16le": _Codec(_units, _from_utf16le, _rest_of_utf16le),
    "latin1": _Codec(_to_latin1, _from_latin1, _no_rest),
    "ascii": _Codec(_to_latin1, _from_ascii, _no_rest),
    "hex": _Codec(_to_bytes_of_hex, bytes.hex, _no_rest),
    "base64": _Codec(_to_bytes_of_base64, _as_base64, _rest_of_base64),
    "base64url": _Codec(_to_bytes_of_base64, _as_base64url, _rest_of_base64),
}


def _codec(name: str) -> _Codec:
    codec = _CODECS.get(normalize(name) or "")
    if codec is None:
        raise ERR_UNKNOWN_ENCODING(name)
    return codec


def _bytes_of(data: ReadableBuffer) -> bytes:
    if type(data) is bytes:
        return data
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise ERR_INVALID_ARG_TYPE("data", ["bytes", "bytearray", "memoryview"], data) from None


# --------------------------------------------------------------------------- what is public


def encode(text: str, name: str = "utf8") -> bytes:
    """Turn text into bytes. (Node: ReadableBuffer.from(text, name))

    Args:
        text: Any text. utf8 makes U+FFFD of a lone surrogate, latin1 and ascii take the low byte of
            each UTF-16 unit, hex stops at the first pair that is not of two digits, and base64 and
            base64url take both alphabets, with or without padding.
        name: An encoding, as for normalize().

    Raises:
        TypeError: ERR_UNKNOWN_ENCODING, or ERR_INVALID_ARG_TYPE if `text` is no str.
    """
    if not isinstance(text, str):
        raise ERR_INVALID_ARG_TYPE("text", "str", text)
    return _codec(name).encode(text)


def decode(data: ReadableBuffer, name: str = "utf8") -> str:
    """Turn bytes into text. (Node: buffer.toString(name))

    Args:
        data: Any bytes. utf8 makes U+FFFD of each malformed part, utf16le leaves out an odd byte
            at the end, and ascii the highest bit of each byte.
        name: An encoding, as for normalize().

    Raises:
        TypeError: ERR_UNKNOWN_ENCODING, or ERR_INVALID_ARG_TYPE if `data` is not bytes-like.
    """
    return _codec(name).decode(_bytes_of(data))


class StringDecoder:
    """Decodes bytes that come in chunks, whose ends may be inside a character.

    What all calls return, joined, is what decode() makes of all bytes at once. (Node:
    string_decoder.StringDecoder)

    Attributes:
        encoding: The normalized name.

    Args:
        name: An encoding, as for normalize().

    Raises:
        TypeError: ERR_UNKNOWN_ENCODING.
    """

    __slots__ = ("_codec", "_rest", "encoding")

    def __init__(self, name: str = "utf8") -> None:
        self._codec = _codec(name)
        self._rest = b""  # the beginning of a character, or of three bytes for base64
        self.encoding = _NAMES[name.lower()]

    def write(self, data: ReadableBuffer | str) -> str:
        """Return the text up to the end of the last whole character; the rest is kept.

        Args:
            data: The next chunk. A str is returned as it is.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE.
        """
        if isinstance(data, str):
            return data
        data = self._rest + _bytes_of(data)
        count = self._codec.rest(data)
        if count:
            self._rest = data[-count:]
            data = data[:-count]
        else:
            self._rest = b""
        return self._codec.decode(data)

    def end(self, data: ReadableBuffer | str = b"") -> str:
        """Return what write(data) would, and then what is kept; incomplete UTF-8 as U+FFFD.

        The decoder may be used again.

        Args:
            data: The last chunk.

        Raises:
            TypeError: As write.
        """
        text = self.write(data)
        rest, self._rest = self._rest, b""
        return text + self._codec.decode(rest)
