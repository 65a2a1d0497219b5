"""The facts that a measurement depends on: machine, versions, commit. They contain no user, host or path."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # of the project
PACKAGES = ("numpy", "tensorflow", "torch")
VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_PROC_BIND",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_ENABLE_ONEDNN_OPTS",
    "CUDA_VISIBLE_DEVICES",
)


def environment() -> dict[str, str | int | None]:
    """The facts by name; None where one cannot be determined. Versions are read without importing a framework."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cpu": _cpu(),
        "cores": available_cores(),
        "gpu": _gpu(),
        "memory_bytes": _memory(),
        **{package: _version(package) for package in PACKAGES},
        "commit": _commit(),
        **{name: os.environ.get(name) for name in VARIABLES},
    }


def _cpu() -> str:
    """The processor's name. On Linux only /proc/cpuinfo contains it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _gpu() -> str | None:
    """The name of the first NVIDIA GPU, from a file of its driver; None without one."""
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        found = re.search(r"^Model:\s*(.+)$", information.read_text(), re.MULTILINE)
        if found:
            return found[1].strip()
    return None


def available_cores() -> int:
    """The number of cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    import psutil

    return psutil.virtual_memory().total


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of this checkout, with "-dirty" if files differ from it; None if installed or without git."""
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
