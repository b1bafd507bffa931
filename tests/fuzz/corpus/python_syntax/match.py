match a:
  case [b, c]: d
  case {'x': y} if z: w
  case _: pass
match(a, b)
match (a):
  case A(b=c): pass
