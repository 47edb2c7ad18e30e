"""Text and bytes, by examples."""

from __future__ import annotations

import array
import pickle

import pytest

from uvnet import encodings, errors

NAMES = ["utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"]


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        *((name, name) for name in [*NAMES, "buffer"]),
        *(("UTF-8", "utf8"), ("UCS2", "utf16le"), ("ucs-2", "utf16le"), ("UTF-16le", "utf16le")),
        *(("Binary", "latin1"), ("BASE64URL", "base64url"), ("Hex", "hex")),
        *((name, None) for name in ["", "utf", "utf16-le", " utf8", "latin-1", None, 5, b"utf8"]),
    ],
)
def test_names(name: object, normal: str | None) -> None:
    assert encodings.normalize(name) == normal


@pytest.mark.parametrize("name", ["", "utf7", "buffer", None, 5])
def test_unknown_names(name: str) -> None:
    for use in (
        lambda: encodings.encode("x", name),
        lambda: encodings.decode(b"x", name),
        lambda: encodings.StringDecoder(name),
    ):
        with pytest.raises(errors.ERR_UNKNOWN_ENCODING, match=f"^Unknown encoding: {name}$"):
            use()


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("utf8", "a\u20ac\U0001f600", b"a\xe2\x82\xac\xf0\x9f\x98\x80"),
        ("utf8", "a\ud83d", b"a\xef\xbf\xbd"),
        ("utf8", "\ude00\ud83dx", b"\xef\xbf\xbd\xef\xbf\xbdx"),
        ("utf8", "\ud83d\ude00", b"\xf0\x9f\x98\x80"),
        ("utf16le", "a\U0001f600", b"a\0\x3d\xd8\x00\xde"),
        ("utf16le", "\ud83d", b"\x3d\xd8"),
        ("latin1", "\xe9\u0142", b"\xe9\x42"),
        ("ascii", "\xe9\u20ac", b"\xe9\xac"),
        ("latin1", "\U0001f600", b"\x3d\x00"),
        ("hex", "00fFa", b"\x00\xff"),
        ("hex", "12 34", b"\x12"),
        ("hex", "12\u0661\u0661", b"\x12"),
        ("hex", "x12", b""),
        ("base64", "YQ==YQ==", b"a"),
        ("base64", "Y Q\n", b"a"),
        ("base64", "YWJ-_+/", b"\x61\x62\x7e\xff\xef"),
        ("base64", "YWJjY", b"abc"),
        ("base64", "\u0430Y*Q", b"a"),
        ("base64", "=YQ==", b""),
        ("base64url", "YWI=", b"ab"),
    ],
)
def test_encode(name: str, text: str, data: bytes) -> None:
    assert encodings.encode(text, name) == data
    assert encodings.encode(text, name.upper()) == data


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("utf8", b"\xef\xbb\xbfa", "\ufeffa"),
        ("utf8", b"\xe2\x82", "\ufffd"),
        ("utf8", b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        ("utf8", b"\xf0\x9f\x98a\xff", "\ufffda\ufffd"),
        ("utf16le", b"a\0\x3d\xd8\x00", "a\ud83d"),
        ("utf16le", b"\x3d\xd8\x00\xde", "\U0001f600"),
        ("latin1", b"\xe9", "\xe9"),
        ("ascii", b"\xe9a", "ia"),
        ("hex", b"\x00\xff", "00ff"),
        ("base64", b"\xfb\xff", "+/8="),
        ("base64url", b"\xfb\xff", "-_8"),
    ],
)
def test_decode(name: str, data: bytes, text: str) -> None:
    assert encodings.decode(data, name) == text


def test_utf8_is_the_default() -> None:
    assert encodings.encode("\xe9") == b"\xc3\xa9"
    assert encodings.decode(b"\xc3\xa9") == "\xe9"
    assert encodings.StringDecoder().encoding == "utf8"


@pytest.mark.parametrize(
    "data", [bytearray(b"ab"), memoryview(b"xabx")[1:3], memoryview(b"a_b")[::2]]
)
def test_what_bytes_are(data: bytes) -> None:
    assert encodings.decode(data) == "ab"
    assert encodings.StringDecoder().write(data) == "ab"
    assert encodings.decode(array.array("H", [0x6261]), "hex") in ("6162", "6261")


@pytest.mark.parametrize("value", [5, None, [1]])
def test_what_is_neither(value: object) -> None:
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"data" argument must be one of type'):
        encodings.decode(value)  # type: ignore[arg-type]
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"data" argument must be one of type'):
        encodings.StringDecoder().write(value)  # type: ignore[arg-type]
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"text" argument must be of type str'):
        encodings.encode(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str) -> None:
    data = bytes(range(128)) if name in ("utf8", "ascii") else bytes(range(256))
    assert encodings.encode(encodings.decode(data, name), name) == data


# ------------------------------------------------------------------------- in chunks

SAMPLES = [
    b"",
    "a\xe9\u20ac\U0001f600z".encode(),
    b"\xe2\x82\xf0\x9f\x98\xf0\x9fa\xc3",
    b"\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf5\x80\xff\x80\x80\x80\x80",
    "a\xe9\u20ac\U0001f600z".encode("utf-16-le"),
    b"\x3d\xd8\x3d\xd8\x00\xde\x00\xde\x3d\xd8a",
    bytes(range(0, 256, 7)),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", SAMPLES)
def test_chunks_make_the_whole(name: str, data: bytes) -> None:
    whole = encodings.decode(data, name)
    decoder = encodings.StringDecoder(name)
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1):
            parts = [data[:first], data[first:second], data[second:]]
            assert "".join(map(decoder.write, parts)) + decoder.end() == whole
            texts = [decoder.write(parts[0]), decoder.write(parts[1]), decoder.end(parts[2])]
            assert "".join(texts) == whole
    assert "".join(decoder.write(bytes([byte])) for byte in data) + decoder.end() == whole


def test_only_whole_characters_come_out() -> None:
    decoder = encodings.StringDecoder("utf8")
    euro = "\u20ac".encode()
    assert [decoder.write(euro[i : i + 1]) for i in range(3)] == ["", "", "\u20ac"]
    decoder = encodings.StringDecoder("ucs2")
    smile = "\U0001f600".encode("utf-16-le")
    assert [decoder.write(smile[i : i + 1]) for i in range(4)] == ["", "", "", "\U0001f600"]
    decoder = encodings.StringDecoder("base64")
    assert [decoder.write(b"a"), decoder.write(b"bcd"), decoder.end()] == ["", "YWJj", "ZA=="]


def test_end_starts_anew() -> None:
    decoder = encodings.StringDecoder("utf8")
    assert decoder.end(b"\xe2\x82") == "\ufffd"
    assert decoder.end() == ""
    assert decoder.write(b"\xac") == "\ufffd"
    assert decoder.end(b"a") == "a"


def test_text_passes() -> None:
    decoder = encodings.StringDecoder("utf8")
    assert decoder.write(b"\xe2") == ""
    assert decoder.write("text") == "text"
    assert decoder.end("end") == "end\ufffd"


def test_decoder_is_pickled() -> None:
    decoder = encodings.StringDecoder("utf8")
    decoder.write(b"\xe2\x82")
    assert pickle.loads(pickle.dumps(decoder)).write(b"\xac") == "\u20ac"
