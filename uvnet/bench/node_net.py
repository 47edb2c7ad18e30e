"""The net benchmarks of the Node project, under their names and with their parameters.

    python -m uvnet.bench.node_net
    python -m uvnet.bench.node_net net_c2s len=1024 type=buf type=utf dur=1
    python -m uvnet.bench.node_net tcp_raw_pipe --all

Node: benchmark/net. One connection within one process, on one CPU; the figure is what arrives, in
Gbit/s, a Gbit being 2**30 bits, and counted both ways where all is sent back. Beyond what Node's
do, they see to it that all that was sent arrives. As in Node's, a run goes on beyond its time until
write() has once answered False: with len=2 that is seconds.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import micro, turns
from .outcome import failed
from .process import Child, ChildError
from .progress import Progress as LiveProgress
from .report import render
from .shell import exit_status
from .turns import MicroScenario, Progress

ROUNDS = 7
SECONDS = 0.5

K, M = 1024, 1024 * 1024
TYPES = ("utf", "asc", "buf")

Config = dict[str, Any]
Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Benchmark:
    """One of them.

    Attributes:
        about: What it measures.
        values: Its parameters, and the values that Node's benchmark runs through.
        usual: The configuration that is measured unless another is asked for. "dur" is not in it.
        ways: How often each byte is sent.
    """

    about: str
    values: Values
    usual: Config
    ways: int = 1


def of_lengths(*lengths: int, types: Sequence[str] = TYPES, key: str = "len") -> dict[str, Any]:
    """Return the parameters that all of them have."""
    return {key: lengths, "type": types, "dur": (5.0,)}


BENCHMARKS: dict[str, Benchmark] = {
    "tcp_raw_c2s": Benchmark(
        "TCP handles: the client writes, the server reads",
        of_lengths(100 * K, 16 * M),
        {"len": 100 * K, "type": "buf"},
    ),
    "tcp_raw_s2c": Benchmark(
        "TCP handles: the server writes, the client reads",
        of_lengths(100 * K, 16 * M),
        {"len": 100 * K, "type": "buf"},
    ),
    "tcp_raw_pipe": Benchmark(
        "TCP handles: the client writes, the server sends it back",
        of_lengths(100 * K, 16 * M),
        {"len": 100 * K, "type": "buf"},
        ways=2,
    ),
    "net_c2s": Benchmark(
        "Sockets: the client writes, the server's is piped into a sink",
        of_lengths(100 * K, 16 * M),
        {"len": 100 * K, "type": "buf"},
    ),
    "net_s2c": Benchmark(
        "Sockets: the server writes, the client reads with onread or, at recvbuflen 0, is piped "
        "into a sink",
        {
            **of_lengths(256, 32 * K, 128 * K, 16 * M, key="sendchunklen"),
            "recvbuflen": (0, 64 * K, M),
            "recvbufgenfn": ("true", "false"),
        },
        {"sendchunklen": 128 * K, "type": "buf", "recvbuflen": 64 * K, "recvbufgenfn": "false"},
    ),
    "net_pipe": Benchmark(
        "Sockets: the client writes, the server's is piped into itself",
        of_lengths(2, 64, 100 * K, M),
        {"len": 100 * K, "type": "buf"},
        ways=2,
    ),
    "net_c2s_cork": Benchmark(
        "Sockets: the client writes many small chunks while it is corked",
        of_lengths(4, 8, 16, 32, 64, 128, 512, 1024, types=("buf",)),
        {"len": 64, "type": "buf"},
    ),
}

SUBJECTS = {"uvnet": "uvnet", "node": "Node"}

SCENARIOS: dict[str, MicroScenario] = {
    name: MicroScenario(
        name,
        benchmark.about,
        "How uvnet stands beside Node in what Node measures itself with.",
        "What a server of many connections does: there is one, and both ends share a process, so "
        "that with big chunks most of the time is the kernel's, copying.",
        SUBJECTS,
        unit="Gbit/s",
        better="more",
        base="node",
        parameters=benchmark.usual,
    )
    for name, benchmark in BENCHMARKS.items()
}


def convert(key: str, text: str) -> Any:
    """Return the value of a parameter that is given as text.

    Raises:
        ValueError: It is none.
    """
    if key == "type":
        if text not in TYPES:
            raise ValueError(f"type must be one of {', '.join(TYPES)}, got {text!r}")
        return text
    if key == "recvbufgenfn":
        if text not in ("true", "false"):
            raise ValueError(f"recvbufgenfn must be true or false, got {text!r}")
        return text
    kind, what, least = int, "a number of bytes from 1", 1.0
    if key == "recvbuflen":
        what, least = "a number of bytes from 0", 0.0
    elif key == "dur":
        kind, what, least = float, "a number of seconds from 0.01 to 3600", 0.01  # type: ignore
    try:
        value = kind(text)
    except ValueError:
        value = -1
    if not least <= value <= (3600 if key == "dur" else 2**30):
        raise ValueError(f"{key} must be {what}, got {text!r}")
    return value


def parse(words: Sequence[str]) -> tuple[list[str], dict[str, list[Any]]]:
    """Tell the names from the key=value in a command line.

    Returns:
        The benchmarks, all of them where none is named, and by key the values, one or more.

    Raises:
        ValueError: There is no such benchmark, it has no such parameter, or a value is wrong.
    """
    names: list[str] = []
    given: dict[str, list[Any]] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            name = word.replace("-", "_")  # as Node's files are called
            if name not in BENCHMARKS:
                raise ValueError(f"no benchmark {word!r}; there are {', '.join(BENCHMARKS)}")
            names.append(name)
            continue
        known = {key for benchmark in BENCHMARKS.values() for key in benchmark.values}
        if key not in known:
            raise ValueError(f"no parameter {key!r}; there are {', '.join(sorted(known))}")
        given.setdefault(key, []).append(convert(key, text))
    names = names or list(BENCHMARKS)
    for key in given:
        if not any(key in BENCHMARKS[name].values for name in names):
            raise ValueError(f"{', '.join(names)} has no parameter {key!r}")
    return names, given


def configurations(name: str, given: Values, every: bool = False) -> list[Config]:
    """Return each combination of the parameters to run, "dur" among them only if it was given.

    Args:
        name: Which of BENCHMARKS.
        given: Values by key; those that the benchmark does not have are let be.
        every: Whether to run through Node's values where none are given, not the usual one alone.
    """
    benchmark = BENCHMARKS[name]
    keys = [key for key in benchmark.values if key != "dur" or key in given]
    choices = [
        given.get(key) or (benchmark.values[key] if every else [benchmark.usual[key]])
        for key in keys
    ]
    return [dict(zip(keys, values, strict=True)) for values in itertools.product(*choices)]


def checked(name: str, config: Config) -> Config:
    """Return the configuration if it is one of this benchmark.

    Raises:
        ValueError: A parameter is missing, is not the benchmark's, or has a wrong value.
    """
    values = BENCHMARKS[name].values
    for key in [*config, *(key for key in values if key != "dur")]:
        if key not in values:
            raise ValueError(f"{name} has no parameter {key!r}; there are {', '.join(values)}")
        if key not in config:
            raise ValueError(f"{name} needs {key!r}")
    sound = {key: convert(key, str(value)) for key, value in config.items()}
    if sound["type"] == "utf" and (sound.get("len") or sound["sendchunklen"]) < 2:
        raise ValueError("type=utf needs a len of at least 2: each character is two bytes")
    return sound


def measure(
    name: str,
    subjects: Sequence[str] | None = None,
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    base: str | None = None,
    progress: Progress = lambda text: None,
    config: Config | None = None,
) -> dict[str, Any]:
    """Measure one of SCENARIOS; see `turns.measure`.

    Args:
        config: Its parameters, without "dur", which `seconds` is; None for the usual ones.

    Raises:
        ValueError: A parameter is wrong.
    """
    config = checked(name, BENCHMARKS[name].usual if config is None else config)

    def child(subject: str) -> Child:
        return Child("uvnet.bench.transfer", [name, subject, json.dumps(config)])

    def gbits(answer: dict[str, Any]) -> float:
        bits = 8 * BENCHMARKS[name].ways * answer["bytes"]
        return float(bits / 2**30 / answer["seconds"])

    scenario = dataclasses.replace(SCENARIOS[name], parameters={**config, "dur": seconds})
    return turns.measure(scenario, subjects, child, gbits, rounds, seconds, base, progress)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 1 if uvnet failed."""
    prog = "python -m uvnet.bench.node_net"
    parser = micro.command_line(prog, "Run the net benchmarks of the Node project.")
    parser.add_argument(
        "word",
        nargs="*",
        metavar="NAME | KEY=VALUE",
        help=f"out of {', '.join(BENCHMARKS)}; all by default. A key may be given several times",
    )
    parser.add_argument(
        "--all", action="store_true", help="all values of Node's, not the usual ones alone"
    )
    options = parser.parse_intermixed_args(arguments)
    measured = []
    try:
        names, given = parse(options.word)
        micro.known([SCENARIOS[name] for name in names], options.subjects)
        runs = [(n, c) for n in names for c in configurations(n, given, options.all)]
        runs = [(name, checked(name, config)) for name, config in runs]
        with LiveProgress() as progress:
            for name, config in runs:
                seconds = config.pop("dur", SECONDS)
                subjects = micro.chosen(SCENARIOS[name], options.subjects)
                entry = measure(
                    name, subjects, options.rounds, seconds, progress=progress, config=config
                )
                if sum(each == name for each, _ in runs) > 1:  # a document has each name once
                    entry["name"] += "".join(f" {k}={v}" for k, v in entry["parameters"].items())
                measured.append(entry)
    except ValueError as error:
        parser.error(str(error))
    except ChildError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    document = turns.document(measured, options.rounds, given.get("dur", [SECONDS])[-1])
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 1 if failed(document) else 0


if __name__ == "__main__":
    sys.exit(exit_status(main))
