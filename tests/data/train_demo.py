"""Trains the two networks of the demo on real data and writes them with their held-out rows.

    .deps/venv/bin/python tests/data/train_demo.py

iris:   scikit-learn's iris set, an MLP 4 -> 16 -> 3 that returns log-probabilities.
digits: scikit-learn's 8x8 digits, a small CNN with BatchNorm and Dropout that returns log-probabilities.

Everything is seeded: another run gives the same weights. What it writes is committed, so nobody needs to run it to build or to test:

    demo/models/iris.pt                   scripted, a bare file of a model folder
    demo/models/digits/1/model.pt         scripted, a version folder
    demo/weights/digits_state_dict.pth    the same weights, torch.save(model.state_dict())
    demo/heldout/NAME_{inputs,labels,expected}.npy    rows kept out of the training, their classes,
                                          and what PyTorch itself answers for them
"""

import pathlib

import numpy as np
import torch
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split
from torch import nn

DEMO = pathlib.Path(__file__).resolve().parent / "demo"


class IrisNet(nn.Module):
    def __init__(self, hidden: int = 16):
        super().__init__()
        self.hidden = nn.Linear(4, hidden)
        self.classes = nn.Linear(hidden, 3)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        return self.log_softmax(self.classes(torch.relu(self.hidden(x))))


class DigitsNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * 2 * 2, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10),
            nn.LogSoftmax(dim=1))

    def forward(self, x):
        return self.classifier(self.convolutions(x))


def train(model, inputs, labels, epochs, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    # On log-probabilities its own log-softmax changes nothing. Smoothing keeps them small enough for a float32 that an
    # agreement to 1e-5 says something.
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(batch):
            optimizer.zero_grad()
            loss_of(model(inputs[rows]), labels[rows]).backward()
            optimizer.step()
        schedule.step()
    return model.eval()


def make(name, model, inputs, labels, epochs, least_accuracy, model_file):
    """One model: train, save scripted, keep the held-out rows and PyTorch's answers."""
    kept_out = 30 if name == "iris" else 360
    train_x, test_x, train_y, test_y = train_test_split(
        inputs.astype(np.float32), labels.astype(np.int64), test_size=kept_out, random_state=7,
        stratify=labels)
    train(model, torch.from_numpy(train_x), torch.from_numpy(train_y), epochs, batch=32)
    model_file.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.script(model).save(str(model_file))
    with torch.inference_mode():
        expected = model(torch.from_numpy(test_x)).numpy()
    accuracy = float((expected.argmax(1) == test_y).mean())
    assert accuracy >= least_accuracy, f"{name}: accuracy {accuracy:.4f} < {least_accuracy}"
    heldout = DEMO / "heldout"
    heldout.mkdir(parents=True, exist_ok=True)
    for kind, array in (("inputs", test_x), ("labels", test_y), ("expected", expected)):
        np.save(heldout / f"{name}_{kind}.npy", array)
    print(f"{name}: accuracy {accuracy:.4f} on {len(test_y)} held-out rows, "
          f"{model_file.stat().st_size} bytes")


def main():
    torch.manual_seed(7)
    torch.set_num_threads(1)  # the order of additions, and with it every bit, stays the same
    iris = load_iris()
    make("iris", IrisNet(), iris.data, iris.target, 120, 0.93, DEMO / "models" / "iris.pt")

    digits = load_digits()
    model = DigitsNet()
    images = (digits.images / 16.0)[:, None, :, :]
    make("digits", model, images, digits.target, 30, 0.95, DEMO / "models/digits/1/model.pt")
    weights = DEMO / "weights" / "digits_state_dict.pth"
    weights.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), weights)


if __name__ == "__main__":
    main()
