if a:
	b
	if c:
		d

# x
  # y
e; f;

if g: # z
      # w
  h
# v
  i
\

j = 1 + \
  2
def k(): pass
