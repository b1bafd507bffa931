# What torch had for two Pythons until 1.13, and old vision models still import.
import collections.abc as container_abcs

string_classes = (str, bytes)
int_classes = int
FileNotFoundError = FileNotFoundError
PY3 = True
PY37 = True
inf = float("inf")
nan = float("nan")
