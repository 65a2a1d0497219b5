"""Convolution, pooling, resizing, layout: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/convolution.py
"""

import torch
import torch.nn.functional as F

from dynamic_torch.differences.probe import probe


@probe
def same_padding(x, kernel, aligned):
    x, kernel = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
    stride_2 = F.conv2d(F.pad(x, (0, 1, 0, 1)), kernel, stride=2) if aligned else F.conv2d(x, kernel, None, 2, 1)
    return {
        "stride 1": F.conv2d(x, kernel, padding="same").permute(0, 2, 3, 1),
        "stride 2": stride_2.permute(0, 2, 3, 1),
        "dilation 2": F.conv2d(x, kernel, padding="same", dilation=2).permute(0, 2, 3, 1),
    }


@probe
def transposed_convolution(x, kernel, aligned):
    x, kernel = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
    if aligned:
        y = F.conv_transpose2d(x, kernel, stride=2)[:, :, :-1, :-1]
    else:
        y = F.conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1)
    return {"y": y.permute(0, 2, 3, 1)}


@probe
def average_pool_padding(x, aligned):
    x = x.permute(0, 3, 1, 2)
    if aligned:
        inside = F.avg_pool2d(F.pad(torch.ones_like(x), (0, 1, 0, 1)), 3, 2)
        stride_2 = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2) / inside
        largest = F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2)
    else:
        stride_2, largest = F.avg_pool2d(x, 3, 2, 1), F.max_pool2d(x, 3, 2, 1)
    return {
        "average, stride 1": F.avg_pool2d(x, 3, 1, 1, count_include_pad=not aligned).permute(0, 2, 3, 1),
        "average, stride 2": stride_2.permute(0, 2, 3, 1),
        "largest, stride 2": largest.permute(0, 2, 3, 1),
    }


@probe
def layouts(x, kernel, w, square, aligned):
    image = x.permute(0, 3, 1, 2)
    height, width, channels, _ = kernel.shape
    if aligned:
        conv, transposed = kernel.permute(3, 2, 0, 1), kernel.permute(3, 2, 0, 1)
        depthwise = kernel.permute(2, 3, 0, 1).reshape(-1, 1, height, width)
        square, flat = square.T, x.flatten(1)
    else:
        conv, transposed = kernel.permute(2, 3, 0, 1), kernel.permute(2, 3, 0, 1)
        depthwise = kernel.permute(3, 2, 0, 1).reshape(-1, 1, height, width)
        flat = image.flatten(1)
    return {
        "convolution": F.conv2d(image, conv).permute(0, 2, 3, 1),
        "transposed convolution": F.conv_transpose2d(image, transposed).permute(0, 2, 3, 1),
        "depthwise convolution": F.conv2d(image, depthwise, groups=channels).permute(0, 2, 3, 1),
        "dense": F.linear(x, square),
        "dense after flattening": flat @ w,
    }


def bicubic_twice(x, axis):
    """Twice the pixels along an axis by the cubic of Keys (1981), a = -1/2, where no neighbour is missing."""
    t = torch.tensor([1.25, 0.25, 0.75, 1.75], dtype=x.dtype)  # from the right half of a pixel to its neighbours
    weights = torch.where(t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2)
    neighbours = x.unfold(axis, 4, 1)
    return torch.stack([neighbours @ weights, neighbours @ weights.flip(0)], axis + 1).flatten(axis, axis + 1)


@probe
def resize_bilinear(x, aligned):
    x = x.permute(0, 3, 1, 2)
    n, m = 2 * x.shape[2], 2 * x.shape[2] - 1
    bicubic = (
        bicubic_twice(bicubic_twice(x, 2), 3) if aligned else F.interpolate(x, (n, n), mode="bicubic")[:, :, 3:-3, 3:-3]
    )
    return {
        "twice the size": F.interpolate(x, (n, n), mode="bilinear").permute(0, 2, 3, 1),
        "corners aligned": F.interpolate(x, (m, m), mode="bilinear", align_corners=True).permute(0, 2, 3, 1),
        "bicubic, inside": bicubic.permute(0, 2, 3, 1),
    }


@probe
def resize_nearest(x, aligned):
    x = x.permute(0, 3, 1, 2)
    n, channels, height, width = x.shape
    if aligned:
        by_channel = x.reshape(n, 4, channels // 4, height, width).transpose(1, 2).flatten(1, 2)
        rows = torch.cat([x[:, :, :2].flip(2), x, x[:, :, -2:].flip(2)], 2)
        padded = torch.cat([rows[..., :2].flip(3), rows, rows[..., -2:].flip(3)], 3)
    else:
        by_channel, padded = x, F.pad(x, (2, 2, 2, 2), mode="reflect")
    half_pixel = F.interpolate(x, (5, 5), mode="nearest-exact" if aligned else "nearest")
    return {
        "nearest": F.interpolate(x, (5, 5), mode="nearest").permute(0, 2, 3, 1),
        "half pixel": half_pixel.permute(0, 2, 3, 1),
        "depth to space": F.pixel_shuffle(by_channel, 2).permute(0, 2, 3, 1),
        "symmetric padding": padded.permute(0, 2, 3, 1),
    }
