"""Tensors as written by stored-tensors.ts."""

import torch

DTYPES = {"float32": torch.float32, "uint8": torch.uint8}


def read_tensors(folder, index):
    """Tensors that lie one after the other in `tensors.bin`, by name."""
    data = bytearray((folder / "tensors.bin").read_bytes())
    tensors, offset = {}, 0
    for entry in index:
        dtype, shape = DTYPES[entry["type"]], entry["shape"]
        count = torch.Size(shape).numel()
        flat = torch.frombuffer(data, dtype=dtype, count=count, offset=offset)
        tensors[entry["name"]] = flat.view(shape)
        offset += count * dtype.itemsize
    return tensors
