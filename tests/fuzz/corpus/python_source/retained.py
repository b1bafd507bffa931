class Net:
    def __init__(self):
        kept = []
        texts = {}
        for i in range(100000):
            kept.append([0] * 1000000)
            texts[i] = "a" * 1000000
