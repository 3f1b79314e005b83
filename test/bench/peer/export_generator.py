"""The `modern` generator as PyTorch's own exporter writes it, with the borders of our files.

Usage: export_generator.py FOLDER, with `setup.json` and `tensors.bin` as written by
exported-generator.ts. Writes FOLDER/model.onnx and prints PyTorch's version.
"""

import json
import sys
from pathlib import Path

import torch

from networks import generator_change, load_weights
from stored_tensors import read_tensors


class Generator(torch.nn.Module):
    """uint8 `image` [n, h, w, 3] to uint8 `result` and float32 `residual`, for one target."""

    def __init__(self, config, weights, target):
        super().__init__()
        self.config = config
        self.names = {name.replace("/", "_"): name for name in weights}
        for attribute, name in self.names.items():
            self.register_buffer(attribute, weights[name].detach())
        self.register_buffer("label", torch.eye(config["targets"])[target : target + 1])

    def forward(self, image):
        levels = image.float()
        x = levels.permute(0, 3, 1, 2) / 127.5 - 1
        weights = {name: getattr(self, attribute) for attribute, name in self.names.items()}
        change = generator_change(self.config, weights, x, self.label)
        residual = change.permute(0, 2, 3, 1) * 127.5
        result = (levels + residual).round().clamp(0, 255).to(torch.uint8)
        return result, residual


def main():
    folder = Path(sys.argv[1])
    setup = json.loads((folder / "setup.json").read_text())
    tensors = read_tensors(folder, setup["tensors"])
    config = setup["generator"]
    weights = load_weights("generator", tensors, config)
    generator = Generator(config, weights, setup["target"]).eval()
    # Sizes above 1, which the exporter would take for fixed.
    image = torch.zeros(2, setup["height"], setup["width"], 3, dtype=torch.uint8)
    # Height and width are multiples of 4, or the skips do not fit.
    rows, columns = (torch.export.Dim(name, min=2, max=512) for name in ("rows", "columns"))
    sizes = {0: torch.export.Dim("n", min=1, max=1024), 1: 4 * rows, 2: 4 * columns}
    torch.onnx.export(
        generator,
        (image,),
        folder / "model.onnx",
        input_names=["image"],
        output_names=["result", "residual"],
        dynamic_shapes=(sizes,),
        external_data=False,
        dynamo=True,
        verbose=False,
    )
    print(torch.__version__)


if __name__ == "__main__":
    with torch.no_grad():
        main()
