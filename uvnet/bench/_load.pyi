from os import PathLike
from typing import Literal, TypedDict, type_check_only

class LoadError(RuntimeError):
    kind: str
    errno: int
    connection: int
    messages: int

@type_check_only
class Latency(TypedDict):
    min: float
    mean: float
    p50: float
    p90: float
    p99: float
    p99_9: float
    max: float

@type_check_only
class Result(TypedDict):
    messages: int
    bytes: int
    seconds: float
    cpu_seconds: float
    messages_total: int
    rate_offered: float
    latency: Latency
    histogram: list[tuple[int, int]]

def run(
    address: tuple[str, int] | str | bytes | PathLike[str] | PathLike[bytes],
    *,
    kind: Literal["echo", "sink", "source", "churn", "storm", "http"] = "echo",
    connections: int = 16,
    size: int = 1024,
    depth: int = 1,
    rate: float = 0.0,
    lines: bool = False,
    messages: int = 0,
    seconds: float = 0.0,
    warmup: int = 0,
    deadline: float = 30.0,
    datagrams: bool = False,
    tls: bool = False,
) -> Result: ...
