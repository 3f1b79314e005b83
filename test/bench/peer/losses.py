"""The losses of trainer/training/losses.ts in PyTorch, on NCHW tensors."""

import torch
import torch.nn.functional as F

# Side of the squares whose means the low-pass loss compares, in px.
LOWPASS_SIZE = 4
# Weights of red, green and blue in the luma (ITU-R BT.601).
LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def pick_logits(logits, labels):
    return (logits * labels).sum(1)


def real_loss(logits):
    return F.softplus(-logits).mean()


def fake_loss(logits):
    return F.softplus(logits).mean()


def mismatch_loss(logits, labels):
    others = 1 - labels
    return (F.softplus(logits) * others).sum() / others.sum()


def lowpass_loss(change):
    return F.avg_pool2d(change, LOWPASS_SIZE).abs().mean()


def chroma_loss(change):
    return lowpass_loss(change - (change * LUMA).sum(1, keepdim=True))


def outside_loss(change, outside):
    return (change.abs() * outside).mean() / outside.mean()


def l1_loss(change):
    return change.abs().mean()


def overshoot_loss(y):
    return F.relu(y.abs() - 1).square().mean()


def r1_penalty(logits, reals):
    """`logits` as computed from `reals`, which requires a gradient."""
    (gradient,) = torch.autograd.grad(logits.sum(), reals, create_graph=True)
    return gradient.square().sum() / reals.shape[0]
