"""Makes tests/data/lightning/*.ckpt: checkpoints as PyTorch Lightning writes them, and what their models compute.

Needs what the tests do not install: pip install pytorch_lightning torchmetrics.
"""

import sys
from argparse import Namespace
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

FOLDER = Path(__file__).parent / "lightning"
sys.path.insert(0, str(FOLDER))
import networks  # noqa: E402


def trained(name, model, *columns):
    trainer = pl.Trainer(max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
                         enable_model_summary=False, accelerator="cpu")
    trainer.fit(model, DataLoader(TensorDataset(*columns), batch_size=16))
    trainer.save_checkpoint(FOLDER / f"{name}.ckpt")
    x = columns[0][:3]
    with torch.no_grad():
        return {"input": x.tolist(), "output": model.eval()(x).tolist()}


if __name__ == "__main__":
    import json

    torch.manual_seed(0)
    rows, labels = torch.randn(32, 4), torch.randint(0, 3, (32,))
    mlp = networks.LitMLP(4, hidden_sizes=[8, 6], num_classes=3, activation="relu")
    expected = {"mlp": trained("mlp", mlp, rows, labels),
                "stack": trained("stack", networks.LitStack(Namespace(width=4, depth=2)), rows)}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1))
