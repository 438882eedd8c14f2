"""The shared library, loaded: `ffi` and `lib` of cffi, for the declarations of `snow.cdef.h`."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Optional

from cffi import FFI

_HERE = Path(__file__).parent

#: What the package makes values of.
TYPES = (
    "char *[]", "char[]", "intptr_t", "size_t *", "snow_error **", "snow_record **", "struct ArrowArrayStream *",
    "uint64_t *",
)


def _path() -> str:
    """The library to load: the one that the caller names, the package's own, or the system's."""
    named = os.environ.get("SNOW_LIBRARY")
    if named:
        return named
    own = _HERE / "libsnow.so.0"
    return str(own) if own.exists() else "libsnow.so.0"


def _load(ffi: Any, path: str) -> Any:
    try:
        return ffi.dlopen(path)
    except OSError as reason:
        raise ImportError(f"{_problem(path, str(reason))} ({reason})", path=path) from None


def _problem(path: str, reason: str) -> str:
    """Why a library cannot be loaded, and what to do."""
    remedy = (
        "install the wheel that is made for this machine (make wheel builds one), or set SNOW_LIBRARY to the path "
        "of a libsnow.so of this architecture"
    )
    if "/" not in path:
        return f"libsnow was not found: neither in this package nor, as {path}, where the system looks; {remedy}"
    if not os.path.exists(path):
        return f"libsnow was not found as {path}, where SNOW_LIBRARY says; correct it, or unset it to use the package's own"
    theirs, own = _architecture(path), _architecture(sys.executable)
    if theirs is None and own is not None:
        return f"{path} is no shared library; {remedy}"
    if theirs != own:
        return f"{path} is for {theirs}, and this Python is for {own}; {remedy}"
    if "GLIBC" in reason:
        return f"{path} was built on a newer system than this; build the wheel here (make wheel), or on one as old"
    return f"{path} cannot be loaded; {remedy}"


def _architecture(path: str) -> Optional[str]:
    """What a program or library in ELF is for; None for anything else."""
    with open(path, "rb") as file:
        head = file.read(20)
    if len(head) < 20 or not head.startswith(b"\x7fELF"):
        return None
    number = int.from_bytes(head[18:20], "little" if head[5] == 1 else "big")
    known = {3: "x86", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv"}
    return f"{known.get(number, f'the machine {number} of ELF')} ({32 * head[4]} bits)"


def _check(ffi: Any, lib: Any, path: str) -> None:
    """Refuses a library that is not the one this package was made for."""
    remedy = "take both from the same version of libsnow, or unset SNOW_LIBRARY to use the package's own"
    try:
        interface = lib.snow_abi_version()
    except AttributeError:
        raise ImportError(f"{path} is not libsnow: it has no snow_abi_version()", path=path) from None
    if interface != lib.SNOW_ABI_VERSION:
        message = f"{path} has the binary interface {interface}, and this package is for {lib.SNOW_ABI_VERSION}"
        raise ImportError(f"{message}: {remedy}", path=path)
    try:
        package = version("libsnow")
    except PackageNotFoundError:
        return
    library = ffi.string(lib.snow_version()).decode()
    if library != package:
        message = f"{path} is libsnow {library}, and this package is for {package}"
        raise ImportError(f"{message}: {remedy}", path=path)


def _open() -> tuple[Any, Any]:
    ffi = FFI()
    ffi.cdef((_HERE / "snow.cdef.h").read_text(encoding="utf-8"))
    path = _path()
    lib = _load(ffi, path)
    _check(ffi, lib, path)
    # cffi makes each at its first use, with a lock that a signal handler or a forked child would wait on for ever.
    for kind in TYPES:
        ffi.typeof(kind)
    for name in dir(lib):
        getattr(lib, name, None)
    return ffi, lib


ffi, lib = _open()
