"""A client with a block list, and one address: 'connection_attempt' comes before the check."""

from tracer import CLOSED_PORT, HOST, message, nt, t, watch

from uvnet import net

block_list = net.BlockList()
block_list.add_address(HOST)

client = watch(net.connect(port=CLOSED_PORT, host=HOST, block_list=block_list), "C")


def on_error(err):
    t("C.message", message(err))
    t("C.state", destroyed=client.destroyed, connecting=client.connecting)


def on_close(had_error):
    def lookup(host, callback, **options):
        callback(None, HOST, 4)

    watch(
        net.connect(
            port=CLOSED_PORT,
            host="name.invalid",
            lookup=lookup,
            auto_select_family=False,
            block_list=block_list,
        ),
        "C2",
    )


client.on("error", on_error)
client.on("close", on_close)
t("C.sync")
nt("C.nt")
