"""asyncpg on PostgreSQL and redis-py on Redis, on our loop."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

import uvnet

from .processes import require

# ------------------------------------------------------------------------ PostgreSQL


def address(postgres: dict[str, str], *, unix: bool = False) -> dict[str, Any]:
    """Return the arguments of asyncpg.connect()."""
    return {
        "host": postgres["PGSOCKETS"] if unix else postgres["PGHOST"],
        "port": int(postgres["PGPORT"]),
        "user": postgres["PGUSER"],
        "database": postgres["PGDATABASE"],
    }


@pytest.fixture(autouse=True)
def _needs_clients() -> None:
    require("asyncpg", "redis")


async def queries(where: dict[str, Any], tasks: int, each: int) -> None:
    import asyncpg

    async with asyncpg.create_pool(min_size=5, max_size=20, **where) as pool:

        async def client(number: int) -> None:
            for turn in range(each):
                row = await pool.fetchrow("SELECT $1::int AS a, $2::text AS b", number, "x" * turn)
                assert tuple(row) == (number, "x" * turn)

        async with asyncio.TaskGroup() as group:
            for number in range(tasks):
                group.create_task(client(number))


@pytest.mark.parametrize("how", ["tcp", "unix", "tls"])
def test_queries(postgres: dict[str, str], how: str) -> None:
    where = address(postgres, unix=how == "unix")
    where["ssl"] = "require" if how == "tls" else "disable"
    uvnet.run(queries(where, 50, 4))


@pytest.mark.parametrize("ssl", ["disable", "require"])
def test_copies_transactions_and_notifications(postgres: dict[str, str], ssl: str) -> None:
    import asyncpg

    rows = [(number, "x" * (number % 100)) for number in range(20000)]
    text = "".join(f"{a}\t{b}\n" for a, b in rows).encode()

    async def main() -> None:
        connection = await asyncpg.connect(**address(postgres), ssl=ssl)
        try:
            await connection.execute("CREATE TEMPORARY TABLE t (a int, b text)")
            await connection.copy_records_to_table("t", records=rows)
            assert await connection.fetchval("SELECT count(*) FROM t") == len(rows)
            out = io.BytesIO()
            await connection.copy_from_query("SELECT a, b FROM t ORDER BY a", output=out)
            assert out.getvalue() == text
            async with connection.transaction():
                cursor = connection.cursor("SELECT a FROM t ORDER BY a LIMIT 500", prefetch=50)
                assert [row["a"] async for row in cursor] == list(range(500))
            with pytest.raises(asyncpg.UniqueViolationError):
                async with connection.transaction():
                    await connection.execute("CREATE UNIQUE INDEX ON t (b)")

            heard: asyncio.Queue[str] = asyncio.Queue()
            await connection.add_listener("news", lambda *args: heard.put_nowait(args[3]))
            await connection.execute("NOTIFY news, 'hello'")
            assert await heard.get() == "hello"
            await connection.reset()
        finally:
            await connection.close()

    uvnet.run(main())


def test_a_query_can_be_given_up(postgres: dict[str, str]) -> None:
    import asyncpg

    async def main() -> None:
        connection = await asyncpg.connect(**address(postgres))
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await connection.fetchval("SELECT pg_sleep(60)", timeout=0.1)
            assert await connection.fetchval("SELECT 1") == 1
        await connection.close()

    uvnet.run(main())


@pytest.mark.slow
@pytest.mark.parametrize("ssl", ["disable", "require"])
def test_many_queries(postgres: dict[str, str], ssl: str) -> None:
    uvnet.run(queries(address(postgres) | {"ssl": ssl}, 50, 400))


# ----------------------------------------------------------------------------- Redis


async def commands(client: Any, tasks: int, each: int) -> None:
    async def worker(number: int) -> None:
        for turn in range(each):
            key = f"key-{number}-{turn}"
            await client.set(key, turn)
            assert await client.get(key) == str(turn).encode()
            assert await client.incr(key) == turn + 1

    async with asyncio.TaskGroup() as group:
        for number in range(tasks):
            group.create_task(worker(number))


def test_commands(redis_port: int) -> None:
    from redis import asyncio as redis

    big = bytes(range(256)) * 16384

    async def main() -> None:
        async with redis.Redis(port=redis_port) as client:
            await commands(client, 50, 5)
            async with client.pipeline() as pipeline:
                for number in range(1000):
                    pipeline.set(f"p{number}", number)
                assert all(await pipeline.execute())
            await client.set("big", big)
            assert await client.get("big") == big
            await client.flushall()

    uvnet.run(main())


def test_waiting_and_publishing(redis_port: int) -> None:
    from redis import asyncio as redis

    async def main() -> None:
        async with redis.Redis(port=redis_port) as client, client.pubsub() as pubsub:
            await pubsub.subscribe("news")
            for number in range(100):
                await client.publish("news", number)
            messages = pubsub.listen()
            assert (await anext(messages))["type"] == "subscribe"
            for number in range(100):
                assert (await anext(messages))["data"] == str(number).encode()

            waiting = asyncio.create_task(client.blpop("queue", timeout=30))
            await asyncio.sleep(0.05)
            await client.rpush("queue", "job")
            assert await waiting == (b"queue", b"job")

            given_up = asyncio.create_task(client.blpop("queue", timeout=30))
            await asyncio.sleep(0.05)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            assert await client.ping()

    uvnet.run(main())


def test_a_unix_socket(redis_port: int, redis_socket: Path) -> None:
    from redis import asyncio as redis

    async def main() -> None:
        async with redis.Redis(unix_socket_path=str(redis_socket)) as client:
            await commands(client, 10, 5)

    uvnet.run(main())


@pytest.mark.slow
def test_many_commands(redis_port: int) -> None:
    from redis import asyncio as redis

    async def main() -> None:
        pool = redis.BlockingConnectionPool(port=redis_port, max_connections=50)
        async with redis.Redis.from_pool(pool) as client:
            await commands(client, 100, 200)

    uvnet.run(main())
