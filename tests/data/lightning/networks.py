"""A script as people write it with PyTorch Lightning; the checkpoints beside it are of its classes."""

from argparse import Namespace
from typing import List

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn


class LitMLP(pl.LightningModule):
    def __init__(self, input_dim: int, hidden_sizes: List[int] = [32, 32], num_classes: int = 10,
                 activation: str = "gelu", lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters(ignore=["lr"])
        sizes = [self.hparams.input_dim] + list(self.hparams.hidden_sizes)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.head = nn.Linear(sizes[-1], self.hparams.num_classes)
        self.act = {"relu": F.relu, "gelu": F.gelu}[self.hparams.activation]
        self.train_acc = torchmetrics.Accuracy(task="multiclass", num_classes=num_classes)
        self.lr = lr

    def forward(self, x):
        for layer in self.layers:
            x = self.act(layer(x))
        return self.head(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        out = self(x)
        loss = F.cross_entropy(out, y)
        self.train_acc(out, y)
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


class LitStack(pl.LightningModule):
    def __init__(self, hparams):
        super().__init__()
        self.save_hyperparameters(hparams)
        self.net = nn.Sequential(*[nn.Linear(self.hparams.width, self.hparams.width) for _ in range(hparams.depth)])

    def forward(self, x):
        return self.net(x).to(self.device)

    def training_step(self, batch, batch_idx):
        return self(batch[0]).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


if __name__ == "__main__":
    args = Namespace(width=4, depth=2)
    pl.Trainer(max_epochs=10).fit(LitStack(args))
