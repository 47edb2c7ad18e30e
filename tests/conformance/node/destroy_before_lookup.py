"""destroy() before the lookup has answered."""

from tracer import CLOSED_PORT, HOST, settle, t, watch

from uvnet import net

DIFFERS = "a socket that is destroyed emits nothing but 'error' and 'close'"


def lookup(host, callback, **options):
    def answer():
        callback(None, HOST, 4)
        t("C.answered")

    settle(answer)


client = net.connect(port=CLOSED_PORT, host="name.invalid", auto_select_family=False, lookup=lookup)
watch(client, "C")
client.destroy()
