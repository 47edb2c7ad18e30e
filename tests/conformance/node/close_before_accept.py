"""listen(), connect() and close() in one turn."""

from tracer import HOST, hide_port, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "connection", "close"])
server.listen(0)
port = server.address().port
hide_port(port)
watch(net.connect(port, HOST), "C")
server.close()
