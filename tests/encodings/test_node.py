"""Node as the oracle: the same random input to both, and the same answers."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from typing import Any

import pytest

from uvnet import encodings

NODE = os.environ.get("UVNET_NODE") or shutil.which("node")
NAMES = ["utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"]
SEED = 1

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

# Text goes over as the hexadecimal digits of its UTF-16 units, so that lone surrogates survive.
SCRIPT = """
  const { StringDecoder } = require('string_decoder');
  const text = (units) => Buffer.from(units, 'hex').toString('utf16le');
  const units = (text) => Buffer.from(text, 'utf16le').toString('hex');
  const answer = {
    encode: (name, input) => Buffer.from(text(input), name).toString('hex'),
    decode: (name, input) => units(Buffer.from(input, 'hex').toString(name)),
    chunks: (name, ...inputs) => {
      const decoder = new StringDecoder(name);
      const texts = inputs.map((input) => decoder.write(Buffer.from(input, 'hex')));
      return [...texts, decoder.end()].map(units);
    },
  };
  const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  console.log(JSON.stringify(rows.map(([what, ...args]) => answer[what](...args))));
"""


def node(rows: list[list[Any]]) -> list[Any]:
    assert NODE
    result = subprocess.run(
        [NODE, "-e", SCRIPT], input=json.dumps(rows), capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    answers: list[Any] = json.loads(result.stdout)
    assert len(answers) == len(rows)
    return answers


def units(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").hex()


def some_text(source: random.Random, name: str) -> str:
    alphabets = {
        "hex": "0123456789abcdefABCDEF" * 4 + "gz \xe9",
        "base64": "ABCXYZabcxyz0189+/-_" * 4 + "= \n\t*\xe9\0",
    }
    alphabet = alphabets.get(name.removesuffix("url"))
    if alphabet:
        return "".join(source.choices(alphabet, k=source.randrange(24)))
    ranges = [(0, 0x80), (0x80, 0x100), (0x100, 0xD800), (0xD800, 0xE000), (0x10000, 0x110000)]
    return "".join(
        chr(source.randrange(*source.choice(ranges))) for _ in range(source.randrange(12))
    )


def some_bytes(source: random.Random, name: str) -> bytes:
    """Bytes that are nearly of this encoding, so that every way to be malformed comes up."""
    if name == "utf8":
        edges = b"\x00\x41\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef"
        edges += b"\xf0\xf1\xf3\xf4\xf5\xf7\xf8\xfc\xff" + b"\x80\xa0\xbf" * 8
        return bytes(source.choices(edges, k=source.randrange(12)))
    if name == "utf16le":
        high = b"\x00\xd7\xd8\xdb\xdc\xdf\xe0"
        return bytes(source.choice(high) for _ in range(source.randrange(12)))
    return source.randbytes(source.randrange(12))


@pytest.mark.parametrize("name", NAMES)
def test_encode(name: str) -> None:
    source = random.Random(SEED)
    texts = [some_text(source, name) for _ in range(3000)]
    for text, answer in zip(
        texts, node([["encode", name, units(text)] for text in texts]), strict=True
    ):
        assert encodings.encode(text, name).hex() == answer, repr(text)


@pytest.mark.parametrize("name", NAMES)
def test_decode(name: str) -> None:
    source = random.Random(SEED)
    inputs = [some_bytes(source, name) for _ in range(3000)]
    for data, answer in zip(
        inputs, node([["decode", name, data.hex()] for data in inputs]), strict=True
    ):
        assert units(encodings.decode(data, name)) == answer, data


def splits(data: bytes) -> list[list[bytes]]:
    """Every way to cut these bytes in two, and byte by byte."""
    cuts = [[data[:at], data[at:]] for at in range(len(data) + 1)]
    return [*cuts, [data[at : at + 1] for at in range(len(data))]]


@pytest.mark.parametrize("name", NAMES)
def test_chunks(name: str) -> None:
    source = random.Random(SEED)
    rows = [cut for _ in range(400) for cut in splits(some_bytes(source, name))]
    questions = [["chunks", name, *(part.hex() for part in row)] for row in rows]
    for row, answer in zip(rows, node(questions), strict=True):
        decoder = encodings.StringDecoder(name)
        texts = [units(text) for text in [*map(decoder.write, row), decoder.end()]]
        if name == "utf16le":  # where we wait for the other half of a pair, Node may not
            texts, answer = ["".join(texts)], ["".join(answer)]
        assert texts == answer, row
