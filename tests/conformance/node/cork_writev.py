"""Corked writes leave in one _writev, and an uncorked one in a _write."""

from tracer import HOST, collect, serve, t, watch

import uvnet
from uvnet import net


class Spy(net.Socket):
    def _write(self, chunk, encoding, callback):
        t("C._write", chunk)
        super()._write(chunk, encoding, callback)

    def _writev(self, chunks, callback):
        t("C._writev", len(chunks))
        super()._writev(chunks, callback)


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(Spy(), "C")
    client.connect(port, HOST)
    client.resume()

    def end():
        client.uncork()
        client.end()

    def on_connect():
        client.cork()
        client.write("a")
        client.write("b")
        client.write(b"c")
        t("C.corked", writable_length=client.writable_length, corked=client.writable_corked)
        client.uncork()
        t("C.uncorked", writable_length=client.writable_length, corked=client.writable_corked)
        client.write(b"d")
        client.cork()
        client.write(b"e")
        client.write(b"f")
        uvnet.next_tick(end)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
