"""Which allocator do the contenders run with? glibc's, told to keep large blocks instead of returning them each time."""

import ctypes
import sys

# Names and numbers of malloc.h.
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4
PAD = 64 << 20


def keep_large_blocks() -> bool:
    """Serve every request from the heap and never shrink it; whether the allocator understood.

    A table of 4096 × 4096 doubles is otherwise mapped and zeroed by the kernel at every allocation, which costs an
    eager program more than its arithmetic. (A larger threshold for mapping would not do: glibc caps it at 32 MB.)
    """
    library = _glibc()
    if library is None:
        return False
    settings = ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1), (TOP_PAD, PAD))
    return all(library.mallopt(name, value) == 1 for name, value in settings)


def release_free_blocks() -> None:
    """Give unused memory back, where the allocator can."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
