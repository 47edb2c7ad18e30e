"""A signal that is aborted already."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net
from uvnet.abort import AbortSignal

DIFFERS = "Node connects all the same, after 'error' and 'close'; ours does not"


def on_listening(port):
    client = net.connect(port=port, host=HOST, signal=AbortSignal.abort())
    watch(client, "C")

    def stop():
        client.destroy()
        server.close()

    settle(stop)


server = serve(lambda socket: t("srv.connection"), on_listening)
