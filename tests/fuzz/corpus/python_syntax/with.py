with a: b
with a as b, c as d: e
with (a as b, c as d,): e
with (a, b): c
with (a, b) as c: d
with (a): b
with (a as b): c