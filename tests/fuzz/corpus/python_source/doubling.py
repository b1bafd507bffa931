class Net:
    def __init__(self):
        x = [1]
        for i in range(100):
            x = x + x
