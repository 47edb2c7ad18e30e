"""With both kinds of listeners nothing flows, until readable is removed."""

from tracer import all, source, steps, t, watch

r = watch(source(), "r", all)


def on_readable():
    t("r.readable")


def remove():
    r.off("readable", on_readable)
    t("r.flowing", r.readable_flowing)


def push():
    t("r.flowing", r.readable_flowing)
    r.push("two")


def end():
    t("r.flowing", r.readable_flowing)
    r.push(None)


r.on("readable", on_readable)
t("r.flowing", r.readable_flowing)
r.push("one")
steps(
    lambda: None,
    lambda: t("r.read", r.read()),
    remove,
    push,
    lambda: r.remove_all_listeners("data"),
    end,
)
