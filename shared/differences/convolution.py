"""Convolution, pooling, resizing, layout: the known differences."""

from shared.differences.difference import Difference
from shared.randomness import generator

WHOLE_PIXELS = generator("differences", "pixels").integers(-8, 8, (2, 8, 8, 2)).astype(float)


ROWS = (
    Difference(
        name="same_padding",
        topic="convolution",
        title="SAME with stride 2 pads more behind than before, padding=1 alike on both sides",
        static="total = max((ceil(n / s) - 1) s + (k - 1) d + 1 - n, 0); before = total // 2, the rest behind",
        dynamic="padding=1: one before, one behind; padding='same' refuses strides",
        align="F.pad(x, (0, 1, 0, 1)), then convolve without padding",
        arrays={"x": (2, 8, 8, 2), "kernel": (3, 3, 2, 3)},
        expected={"stride 1": 0, "stride 2": 1.5, "dilation 2": 0},
    ),
    Difference(
        name="transposed_convolution",
        topic="convolution",
        title="A transposed convolution with SAME is cropped at the end, not padded on both sides",
        static="SAME, stride 2, kernel 3: the full result, its first 2 n pixels",
        dynamic="padding=1, output_padding=1: the full result without its first pixel",
        align="padding 0, then crop the end to 2 n",
        arrays={"x": (2, 4, 4, 2), "kernel": (3, 3, 3, 2)},
        expected={"y": 1.4},
    ),
    Difference(
        name="average_pool_padding",
        topic="convolution",
        title="Pooling with SAME leaves the padding out of its averages, and pads unevenly",
        static="the mean over the pixels inside of the image; the maximum over the same window",
        dynamic="padding=1: zeros count (count_include_pad=True), one before, one behind",
        align="count_include_pad=False; with stride 2, pad behind and divide by the share of pixels inside",
        arrays={"x": (2, 6, 6, 2)},
        expected={"average, stride 1": 0.34, "average, stride 2": 0.79, "largest, stride 2": 0.48},
    ),
    Difference(
        name="layouts",
        topic="convolution",
        title="Layouts: channels, kernels and dense weights stand in another order",
        static="images NHWC; kernels HWIO, transposed HWOI, depthwise HWCM; dense (in, out)",
        dynamic="images NCHW; kernels OIHW, transposed IOHW, depthwise (C M) 1 H W; dense (out, in)",
        align="permute(3, 2, 0, 1); depthwise permute(2, 3, 0, 1); transpose; NHWC before an image is flattened",
        arrays={"x": (2, 4, 4, 4), "kernel": (3, 3, 4, 4), "w": (64, 3), "square": (4, 4)},
        expected={
            "convolution": 1.5,
            "transposed convolution": 1.3,
            "depthwise convolution": 1.4,
            "dense": 1.4,
            "dense after flattening": 0.89,
        },
        note="The default stands for what fits without an error: equal numbers of channels hide an exchange.",
    ),
    Difference(
        name="resize_bilinear",
        topic="convolution",
        title="Resizing: TF1 takes the corner of a pixel for its place, PyTorch the middle; bicubics differ too",
        static="bilinear: source = target * scale; bicubic with a = -0.5",
        dynamic="source = (target + 0.5) scale - 0.5; bicubic with a = -0.75",
        align="half_pixel_centers=True, or align_corners=True on both sides; the cubic written out",
        arrays={"x": WHOLE_PIXELS},
        expected={"twice the size": 0.52, "corners aligned": 0, "bicubic, inside": 0.087},
        note="TF1's kernels return float32: whole numbers at twice the size, which float32 computes exactly. At the"
        " border the bicubics differ once more (PyTorch repeats it, TF1 leaves it out), so the inside is compared.",
    ),
    Difference(
        name="resize_nearest",
        topic="convolution",
        title="Nearest neighbours, depth to space and mirrored padding: other conventions under similar names",
        static="nearest by corners; depth_to_space reads (r, r, C); SYMMETRIC repeats the border",
        dynamic="'nearest' alike, 'nearest-exact' by middles; pixel_shuffle reads (C, r, r); reflect has no repeat",
        align="'nearest-exact' for half_pixel_centers; reorder the channels; concatenate flipped borders",
        arrays={"x": (2, 8, 8, 8)},
        expected={"nearest": 0, "half pixel": 1.3, "depth to space": 1.2, "symmetric padding": 1},
    ),
)
