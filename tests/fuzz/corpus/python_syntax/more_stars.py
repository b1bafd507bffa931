[*a, b] = c
(*a, b), c = d
*a, = b
for x in *a, b: pass
for *a, b in c: pass
def f(): return *a, b
x[*a]; x[*a, b]