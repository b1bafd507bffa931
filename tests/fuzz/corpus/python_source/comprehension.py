class Net:
    def __init__(self):
        self.x = [a for a in range(9999) for b in range(9999) for c in range(9999)]
