"""Wrong arguments."""

from tracer import attempt

from uvnet import dns


def nothing(*args):
    pass


def lookup(*args, **options):
    return lambda: dns.lookup(*args, **options)


def service(*args):
    return lambda: dns.lookup_service(*args)


attempt("- empty", lookup("", nothing))
attempt("- null", lookup(None, nothing))
attempt("- number", lookup(5, nothing))
attempt("- NUL", lookup("a\0b", nothing))
attempt("- callback", lookup("localhost", 5))
attempt("- empty, callback", lookup("", 5))
attempt("- hints", lookup("localhost", nothing, hints=4096))
attempt("- negative hints", lookup("localhost", nothing, hints=-1))
attempt("- text hints", lookup("localhost", nothing, hints="x"))
attempt("- family", lookup("localhost", nothing, family=5))
attempt("- text family", lookup("localhost", nothing, family="4"))
attempt("- all", lookup("localhost", nothing, all=1))
attempt("- order", lookup("localhost", nothing, order="ipv5first"))
attempt("- default order", lambda: dns.set_default_result_order("first"))
attempt("- service, name", service("localhost", 80, nothing))
attempt("- service, number", service(5, 80, nothing))
attempt("- service, port", service("127.0.0.1", 65536, nothing))
attempt("- service, no port", service("127.0.0.1", None, nothing))
attempt("- service, true", service("127.0.0.1", True, nothing))
attempt("- service, text", service("127.0.0.1", "http", nothing))
attempt("- service, callback", service("127.0.0.1", 80, 5))
