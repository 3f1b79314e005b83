"""The `modern` networks of trainer/networks/ in PyTorch, over a dictionary of weights by our names.

Tensors are NCHW and kernels OIHW, as PyTorch has them.
"""

import torch
import torch.nn.functional as F

SLOPE = 0.2
# Samples that share one standard deviation map.
DEVIATION_GROUP = 4


def load_weights(prefix, tensors, config):
    """Parameters by name from ours: HWIO kernels turned, the logits' rows reordered to CHW."""
    weights = {}
    for name, value in tensors.items():
        group, _, rest = name.partition("/")
        if group != prefix:
            continue
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)
        if rest == "logits/kernel":
            value = logits_by_channel(value, config)
        weights[rest] = value.clone(memory_format=torch.contiguous_format).requires_grad_()
    return weights


def logits_by_channel(kernel, config):
    """[h * w * c, targets] to [targets, c * h * w]."""
    height, width = config["height"], config["width"]
    for _ in config["widths"]:
        height, width = -(-height // 2), -(-width // 2)
    rows = kernel.view(height, width, config["top"], config["targets"])
    return rows.permute(3, 2, 0, 1).flatten(1)


def same_conv(x, kernel, stride=1, bias=None):
    """A convolution with TensorFlow's SAME padding, whose odd pixel goes to the end."""
    size = kernel.shape[2]
    total = [max(0, (-(-n // stride) - 1) * stride + size - n) for n in x.shape[2:]]
    rows, columns = (n % 2 for n in total)
    if rows or columns:
        x = F.pad(x, (0, columns, 0, rows))
    return F.conv2d(x, kernel, bias, stride, [n // 2 for n in total])


def film_norm(w, name, x, labels):
    """Instance norm, then the gains and shifts of each face's target."""
    gain = (labels @ w[f"{name}/gain"])[:, :, None, None]
    shift = (labels @ w[f"{name}/shift"])[:, :, None, None]
    return torch.addcmul(shift, F.instance_norm(x), gain)


def up_conv(x, kernel):
    return same_conv(F.interpolate(x, scale_factor=2, mode="nearest"), kernel)


def generator_change(config, w, x, labels):
    """The change that the generator makes to x, [n, 3, h, w] in [-1, 1]; labels are one-hot."""

    def conv(name, h, stride=1):
        return same_conv(h, w[f"{name}/kernel"], stride, w.get(f"{name}/bias"))

    def norm(name, h):
        return film_norm(w, name, h, labels)

    stem = F.relu(conv("stem", x))
    half = F.relu(F.instance_norm(conv("down1", stem, 2)))
    h = F.relu(F.instance_norm(conv("down2", half, 2)))
    for i in range(1, config["blocks"] + 1):
        inner = F.relu(norm(f"block{i}/norm1", conv(f"block{i}/conv1", h)))
        outer = norm(f"block{i}/norm2", conv(f"block{i}/conv2", inner))
        h = h + outer * w[f"block{i}/scale"]
    h = F.relu(norm("up1/norm", up_conv(h, w["up1/kernel"]) + conv("skip1", half)))
    h = F.relu(norm("refine1/norm", conv("refine1", h)))
    h = F.relu(norm("up0/norm", up_conv(h, w["up0/kernel"]) + conv("skip0", stem)))
    return torch.tanh(conv("head", h))


def discriminate(config, w, x):
    """One logit per target, [n, targets]."""
    h = x
    for i in range(len(config["widths"])):
        conv = same_conv(h, w[f"down{i}/kernel"], 2, w[f"down{i}/bias"])
        h = F.leaky_relu(conv, SLOPE)
    h = torch.cat([h, deviation_map(h)], 1)
    h = F.leaky_relu(same_conv(h, w["top/kernel"], 1, w["top/bias"]), SLOPE)
    return F.linear(h.flatten(1), w["logits/kernel"], w["logits/bias"])


def deviation_map(x):
    """Mean standard deviation over groups of samples as one more channel, [n, 1, h, w]."""
    n, _, height, width = x.shape
    group = min(DEVIATION_GROUP, n)
    variance = x.reshape(group, n // group, -1).var(0, correction=0)
    per_group = (variance + 1e-8).sqrt().mean(1)
    return per_group.repeat(group)[:, None, None, None].expand(n, 1, height, width)
