"""What identifies the address of a server."""

from tracer import HOST, serve, t, temp_path

from uvnet import net


def on_listening(port):
    t("srv.zero", first._connection_key)

    def on_close(err):
        second = net.create_server()

        def on_second():
            t("srv.port", second._connection_key)
            second.close()

        second.listen(port, HOST, on_second)

    first.close(on_close)


def on_path():
    t("unix.path", third._connection_key)
    third.close()


first = serve(lambda socket: None, on_listening)
third = net.create_server()
third.listen(temp_path(), on_path)
