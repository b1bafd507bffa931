class A:
    def __getattr__(self, n): return getattr(self, n + "x")
    def __eq__(self, o): return self == o
class Net(A):
    def __init__(self):
        self.a = self; self.b = [self, {1: self}]; self.b.append(self.b)
        print(self.b); str(self.b == self.b)
        self.q
