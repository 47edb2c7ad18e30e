"""What promises resolve to, and what they reject with."""

from tracer import message, spawn, t

from uvnet.dns import promises


async def failure(line, coroutine):
    try:
        t(line, await coroutine)
    except Exception as err:
        t(line, err, message(err) if hasattr(err, "syscall") else "argument")


async def main():
    t("- literal", await promises.lookup("127.0.0.1"))
    t("- all", *await promises.lookup("::1", all=True))
    t("- name", await promises.lookup("localhost", family=4))
    t("- service", *(await promises.lookup_service("127.0.0.1", 80))._fields)
    await failure("- no name", promises.lookup("a..b"))
    await failure("- empty", promises.lookup(""))
    await failure("- family", promises.lookup("localhost", family=5))
    await failure("- no literal", promises.lookup_service("localhost", 80))
    await failure("- port", promises.lookup_service("127.0.0.1", -1))


spawn(main())
t("- sync")
