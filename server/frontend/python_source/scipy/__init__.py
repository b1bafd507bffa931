# What constructors call of SciPy, by torch; arrays are those of numpy here.
