"""vendor/libuv/sources.toml says the same as libuv's own CMakeLists.txt."""

from __future__ import annotations

import re
import tomllib

import pytest

from .tree import ROOT, needs_tree

LIBUV = ROOT / "vendor" / "libuv"
CMAKE = LIBUV / "CMakeLists.txt"

pytestmark = [
    needs_tree,
    pytest.mark.skipif(not CMAKE.exists(), reason="libuv's sources have not been fetched"),
]

# What CMake's variables are on each platform; every other variable is false.
PLATFORMS = {
    "linux": {"CMAKE_SYSTEM_NAME": "Linux"},
    "darwin": {"CMAKE_SYSTEM_NAME": "Darwin", "APPLE": "1"},
}


def config() -> dict:
    return tomllib.loads((LIBUV / "sources.toml").read_text())


def holds(condition: str, variables: dict[str, str]) -> bool:
    """Evaluate the condition of a CMake if(): names, NOT, OR, AND, STREQUAL and MATCHES."""
    tokens = re.findall(r'"[^"]*"|[^\s()]+|[()]', condition)
    assert "(" not in tokens, f"a condition that this test cannot read: {condition}"

    def term(words: list[str]) -> bool:
        if words[0] == "NOT":
            return not term(words[1:])
        if len(words) == 1:
            return bool(variables.get(words[0]))
        left, operator, right = words
        value, right = variables.get(left, ""), right.strip('"')
        if operator == "MATCHES":
            return re.search(right, value) is not None
        assert operator == "STREQUAL", f"unknown operator in {condition}"
        return value == right

    alternatives = " ".join(tokens).split(" OR ")
    return any(all(term(part.split()) for part in a.split(" AND ")) for a in alternatives)


def cmake_lists(variables: dict[str, str]) -> dict[str, set[str]]:
    """Run the part of CMakeLists.txt that makes up the lists: set(), list(APPEND) and if()."""
    text = re.sub(r"#.*", "", CMAKE.read_text())
    text = text[text.index("set(uv_sources") : text.index("if(LIBUV_BUILD_SHARED)")]
    lists: dict[str, set[str]] = {"uv_sources": set(), "uv_defines": set(), "uv_libraries": set()}
    stack: list[tuple[bool, bool]] = []  # (this branch is taken, one of this if() was taken)
    command = re.compile(r"^[ \t]*(\w+)[ \t]*\(((?:[^()]|\([^()]*\))*)\)", re.MULTILINE)
    for name, arguments in command.findall(text):
        outside = all(taken for taken, _ in stack[:-1])
        if name == "if":
            taken = all(taken for taken, _ in stack) and holds(arguments, variables)
            stack.append((taken, taken))
        elif name == "elseif":
            taken = outside and not stack[-1][1] and holds(arguments, variables)
            stack[-1] = (taken, taken or stack[-1][1])
        elif name == "else":
            stack[-1] = (outside and not stack[-1][1], True)
        elif name == "endif":
            stack.pop()
        elif all(taken for taken, _ in stack):
            words = arguments.split()
            if name == "list" and words[0] == "APPEND" and words[1] in lists:
                lists[words[1]].update(words[2:])
            elif name == "set" and words[0] in lists:
                lists[words[0]] = set(words[1:])
    assert not stack, "if() and endif() do not match: this test misread CMakeLists.txt"
    return lists


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("what", ["sources", "defines", "libraries"])
def test_lists_equal_cmake(platform: str, what: str) -> None:
    ours = config()["common"][what] + config()[platform][what]
    theirs = cmake_lists(PLATFORMS[platform])[f"uv_{what}"]
    assert len(ours) == len(set(ours)), f"something is twice in {what} of {platform}"
    assert set(ours) == theirs


def test_a_list_was_really_read() -> None:
    found = cmake_lists(PLATFORMS["linux"])
    assert "src/unix/linux.c" in found["uv_sources"]
    assert "src/unix/kqueue.c" not in found["uv_sources"]
    assert not any(source.startswith("src/win/") for source in found["uv_sources"])
    assert "_GNU_SOURCE" in found["uv_defines"]


def test_version_is_the_fetched_one() -> None:
    header = (LIBUV / "include" / "uv" / "version.h").read_text()
    parts = [re.search(rf"UV_VERSION_{part} (\d+)", header) for part in ("MAJOR", "MINOR", "PATCH")]
    assert config()["version"] == ".".join(part[1] for part in parts if part)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_renames_name_something(platform: str) -> None:
    compiled = config()["common"]["sources"] + config()[platform]["sources"]
    for source, names in config()["rename"][platform].items():
        assert source in compiled
        text = (LIBUV / source).read_text()
        for old, new in names.items():
            assert re.search(rf"\b{old}\b", text), f"{source} does not use {old}"
            assert new.startswith(("uvn__", "uv__")), f"{new} is neither of csrc nor of libuv"


def test_source_is_pinned() -> None:
    text = (LIBUV / "source.txt").read_text()
    assert re.fullmatch(r"uvloop==[\d.]+ --hash=sha256:[0-9a-f]{64}\n", text)
