def f():
    x = (a +
b)
    y = [1,  # one
# two
  2,
]
    return {
'a': (b.
c)}
def g(a,
  b): pass
