"""The networks people learn PyTorch with, and the training loop they learn beside them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, load_iris
from torch import nn


class IrisMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 16)
        self.fc2 = nn.Linear(16, 3)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        return self.log_softmax(self.fc2(torch.relu(self.fc1(x))))


class LeNet(nn.Module):
    """The convolutional network of PyTorch's tutorials."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, x):
        return self.layers(x)


class LSTMClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 24, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, 10)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


class GRUClassifier(nn.Module):
    def __init__(self, input_size=8, hidden_size=16, num_classes=10):
        super().__init__()
        self.hidden_size = hidden_size
        self.gru = nn.GRU(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden_size, device=x.device)
        out, hidden = self.gru(x, h0)
        return self.fc(hidden[-1])


class PositionalEncoding(nn.Module):
    """The one of PyTorch's tutorials, batch first."""

    def __init__(self, d_model, dropout=0.1, max_len=32):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        x = x + self.pe[:, : x.size(1)]
        return self.dropout(x)


class TransformerClassifier(nn.Module):
    def __init__(self, num_classes=10, d_model=16, nhead=4, num_layers=2):
        super().__init__()
        self.embed = nn.Linear(8, d_model)
        self.positions = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers)
        self.head = nn.Linear(d_model, num_classes)

    def forward(self, x):
        x = self.positions(self.embed(x) * math.sqrt(self.embed.out_features))
        return self.head(self.encoder(x).mean(dim=1))


def iris():
    data = load_iris()
    return torch.tensor(data.data, dtype=torch.float32), torch.tensor(data.target)


def digits(shape):
    data = load_digits()
    x = torch.tensor(data.data[:256] / 16, dtype=torch.float32)
    return x.reshape(len(x), *shape), torch.tensor(data.target[:256])


def pictures():
    x, y = digits((1, 8, 8))
    return F.interpolate(x, size=(32, 32)).repeat(1, 3, 1, 1), y


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


# name -> (class, data, optimizer)
EXAMPLES = {
    "iris": (IrisMLP, iris, lambda p: torch.optim.Adam(p, lr=0.01)),
    "lenet": (LeNet, pictures, sgd),
    "simplenet": (SimpleNet, lambda: digits((64,)), lambda p: torch.optim.AdamW(p, lr=0.01)),
    "lstm": (LSTMClassifier, lambda: digits((8, 8)), lambda p: torch.optim.RMSprop(p, lr=0.001)),
    "gru": (GRUClassifier, lambda: digits((8, 8)), lambda p: torch.optim.Adam(p, lr=0.01)),
    "transformer": (TransformerClassifier, lambda: digits((8, 8)), lambda p: torch.optim.AdamW(p, lr=0.001)),
}


def train(model, optimizer, x, y, epochs, first=0):
    """The losses of each epoch. Seeded by the epoch's number, so that a resumed run draws what the first one would have."""
    losses = []
    model.train()
    for epoch in range(first, first + epochs):
        torch.manual_seed(epoch)
        order = torch.randperm(len(x))
        for rows in order.split(64):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


def answers(model, x):
    with torch.inference_mode():
        return model.eval()(x).numpy()


def rows(x, count=16):
    return np.ascontiguousarray(x[:count].numpy())
