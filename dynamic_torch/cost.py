"""The cost of a step, as PyTorch itself measures it: operations, the time inside of them, memory, and a ceiling.

Twin: static_tf/cost.py
"""

import torch
from torch.profiler import ProfilerActivity
from torch.utils.flop_counter import FlopCounterMode

from dynamic_torch.twin import Twin
from shared.profile import Profile, best_of
from shared.spec import Batch


def profile(twin: Twin, batch: Batch) -> Profile:
    """One training step under PyTorch's tracer: every operation that calls no other, with its time in a kernel."""
    on_gpu = twin.arm.device == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with torch.profiler.profile(activities=activities) as traced:
        twin.step(batch)
    operations = [event for event in traced.events() if event.name.startswith("aten::")]
    leaves = [event for event in operations if not any(child.name.startswith("aten::") for child in event.cpu_children)]
    if on_gpu:
        kernel_seconds = 1e-6 * sum(event.self_device_time_total for event in traced.events())
    else:
        kernel_seconds = 1e-6 * sum(event.self_cpu_time_total for event in operations)
    return Profile(operations=len(leaves), kernel_seconds=kernel_seconds)


def arithmetic(twin: Twin, batch: Batch) -> int:
    """Floating-point operations of a step's matrix products and convolutions, forward and backward.

    TWIN: TensorFlow counts them only in a graph whose shapes are all known, and the batch size is not; the pair
    computes the same function, so this count is used for both.
    """
    with FlopCounterMode(display=False) as counter:
        twin.step(batch)
    return counter.get_total_flops()


def size(twin: Twin) -> int:
    """Eager code keeps no graph that could grow."""
    return 0


def precision(dtype: str) -> str:
    """The type in which products of this type are computed on a GPU: itself, or TF32."""
    allowed = torch.get_float32_matmul_precision() != "highest" or torch.backends.cudnn.allow_tf32
    return "tf32" if dtype == "float32" and allowed else dtype


def ceiling(dtype: str, device: str, threads: int, n: int = 1024, seconds: float = 0.3) -> float:
    """Floating-point operations per second of an (n, n) matrix product, which has 2 n^3: the best of some runs."""
    torch.set_num_threads(threads)
    a = torch.randn(n, n, dtype=getattr(torch, dtype), device=device)
    return 2 * n**3 / best_of(lambda: (a @ a).max().item(), seconds)  # a scalar, which needs the whole product


def device_memory(device: str) -> int | None:
    """The peak memory use of the GPU, in bytes; None without one."""
    return torch.cuda.max_memory_allocated() if device == "cuda" else None
