"""Puts the shared library, its declarations and the notices of what it is built of into the wheel, which is then for
one platform.

SNOW_LIBRARY is the library to put in; without it, that of `make build` in this checkout.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface):
    def initialize(self, version, build_data):
        root = Path(self.root).parents[1]
        target = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target")
        library = Path(os.environ.get("SNOW_LIBRARY") or target / "release" / "libsnow.so")
        if not library.is_file():
            raise SystemExit(f"{library} is missing: run make in {root}, or set SNOW_LIBRARY to a built library")
        # The symbols that only a debugger reads are most of its bytes.
        self.made = tempfile.TemporaryDirectory()
        carried = Path(self.made.name, "libsnow.so.0")
        try:
            subprocess.run(["strip", "--strip-unneeded", "-o", carried, library], check=True)
        except FileNotFoundError:
            raise SystemExit("strip is missing: apt-get install binutils") from None
        notices = Path(self.made.name, "THIRD-PARTY-NOTICES")
        if subprocess.run([sys.executable, root / "packaging" / "notices.py", notices]).returncode:
            raise SystemExit("the notices of what the library is built of could not be written")
        # Any Python 3 loads the library, which knows none; it is for the system that this runs on.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(carried)] = "snow/libsnow.so.0"
        build_data["force_include"][str(notices)] = "snow/THIRD-PARTY-NOTICES"
        build_data["force_include"][str(root / "include" / "snow.cdef.h")] = "snow/snow.cdef.h"

    def finalize(self, version, build_data, artifact_path):
        self.made.cleanup()
