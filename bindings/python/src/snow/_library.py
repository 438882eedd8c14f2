"""The shared library, loaded: `ffi` and `lib` of cffi, for the declarations of `snow.cdef.h`."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cffi import FFI

_HERE = Path(__file__).parent


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
        message = (
            f"libsnow was not found as {path}, or cannot be loaded on this machine ({platform.machine()}): "
            "install the wheel that is made for it (make wheel builds one), or set SNOW_LIBRARY to the path of "
            f"a libsnow.so of this architecture ({reason})"
        )
        raise ImportError(message, path=path) from None


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
    return ffi, lib


ffi, lib = _open()
