import torch
class Net:
    def __init__(self):
        self.x = torch.ones(10**6, 10**6) @ torch.ones(10**6, 10**6)
        y = 10 ** 10 ** 10
        z = "a" * 10 ** 12
