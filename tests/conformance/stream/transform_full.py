"""A Transform whose reader is slow holds its writer up."""

from tracer import cb, steps, t, watch

from uvnet import stream

for options in [
    {"high_water_mark": 2},
    {"high_water_mark": 0},
    {"readable_high_water_mark": 0},
    {"readable_high_water_mark": 0, "writable_high_water_mark": 3},
    {"writable_high_water_mark": 1},
    {"object_mode": True, "high_water_mark": 1},
]:
    p = stream.PassThrough(**options)
    t("p.marks", p.readable_high_water_mark, p.writable_high_water_mark)
    t("p.write", [p.write(chunk) for chunk in ["ab", "cd", "ef"]])
    t("p.length", p.readable_length, p.writable_length)
p = watch(stream.PassThrough(high_water_mark=2), "p")
for chunk in ["ab", "cd", "ef"]:
    p.write(chunk, cb(f"p.{chunk}"))
steps(
    lambda: None,
    lambda: t("p.read", p.read()),
    lambda: t("p.length", p.readable_length, p.writable_length),
    lambda: p.resume(),
    lambda: t("p.length", p.readable_length, p.writable_length, p.writable_need_drain),
)
