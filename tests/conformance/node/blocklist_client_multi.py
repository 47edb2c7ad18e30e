"""A client with a block list, and several addresses: those that it forbids are not attempted."""

from tracer import CLOSED_PORT, HOST, t, watch

from uvnet import net

found = [("::1", 6), (HOST, 4)]


def lookup(host, callback, **options):
    callback(None, found)


def connect(end, block_list):
    return watch(
        net.connect(
            port=CLOSED_PORT,
            host="name.invalid",
            lookup=lookup,
            auto_select_family=True,
            block_list=block_list,
        ),
        end,
    )


block_list = net.BlockList()
block_list.add_address("::1", "ipv6")
block_list.add_range("127.0.0.0", "127.0.0.9")
client = connect("C", block_list)


def on_error(err):
    t("C.errors", *err.errors)
    t("C.attempted", len(client.auto_select_family_attempted_addresses))


def on_close(had_error):
    # One of two: the other one is refused.
    block_list.clear()
    block_list.add_address("::1", "ipv6")
    second = connect("C2", block_list)

    def on_error(err):
        t("C2.errors", *err.errors)
        t("C2.attempted", *second.auto_select_family_attempted_addresses)

    second.on("error", on_error)


client.on("error", on_error)
client.on("close", on_close)
