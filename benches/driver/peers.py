"""The programs that are measured: built beside the library, or named as missing with the reason."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

BENCHES = Path(__file__).parents[1]
ROOT = BENCHES.parent
CLIENTS = BENCHES / "clients"
JUDGES = ROOT / "tests/instance/judges"
YYJSON = "yyjson-4.0.6"

# What a C or C++ client is made of: its source, packages that pkg-config knows and who has them.
PROGRAMS = {
    "snow_export": ("snow_export.c", {}),
    "snow_calls": ("snow_calls.c", {}),
    "snow_start": ("snow_start.c", {}),
    "yyjson_export": ("yyjson_export.c", {"libcurl": "libcurl4-openssl-dev"}),
    "yyjson_calls": ("yyjson_calls.c", {"libcurl": "libcurl4-openssl-dev"}),
    "simdjson_export": (
        "simdjson_export.cpp",
        {"libcurl": "libcurl4-openssl-dev", "simdjson": "libsimdjson-dev"},
    ),
}

# The requirements of each environment of Python.
ENVIRONMENTS = {
    "pysnow": JUDGES / "requirements/pysnow.txt",
    "pysnc": JUDGES / "requirements/pysnc.txt",
    "orjson": BENCHES / "requirements/orjson.txt",
    "snow": BENCHES / "requirements/snow.txt",
    "chart": BENCHES / "requirements/chart.txt",
}


class Peers:
    def __init__(self, target, debug, installs):
        self.missing = {}
        self._installs = installs
        self.target = target.resolve()
        self.folder = self.target / "bench"
        self.folder.mkdir(parents=True, exist_ok=True)
        cargo = ["cargo", "build", "--quiet"]
        if debug:
            # The test, for the features that all tests are built with.
            run([*cargo, "--workspace", "--lib", "--bins", "--test", "abi"])
        else:
            # One by one: the library as `make` builds it, with no more features than are its own.
            run([*cargo, "--release", "--lib"])
            run([*cargo, "--release", "--package", "snow-pages", "--bins"])
        built = self.target / ("debug" if debug else "release")
        self.library = built / "libsnow.so"
        self.pages = built / "snow-pages"
        self._known = {"pump": [built / "pump"]}
        shutil.copy(self.library, self.folder / "libsnow.so.0")

    def command(self, name):
        """How a client is started, up to its arguments; None where it is missing."""
        if name not in self._known:
            try:
                self._known[name] = self._made(name)
            except Missing as missing:
                self._known[name] = None
                self.missing[name] = str(missing)
        return self._known[name]

    def _made(self, name):
        kind, _, environment = name.partition(" ")
        if kind == "python":
            home = self.target / "judges" / environment
            self._may_install(home / "installed-from", environment)
            run([JUDGES / "install.sh", ENVIRONMENTS[environment]], CARGO_TARGET_DIR=self.target)
            if environment == "snow":
                self._lend_package(home)
            return [home / "bin/python"]
        if name.endswith(".py"):
            python = self.command(f"python {name.split('_')[0]}")
            if python is None:
                raise Missing(self.missing[f"python {name.split('_')[0]}"])
            return [*python, CLIENTS / name]
        return [self._compiled(name)]

    def _lend_package(self, home):
        """Has an environment find libsnow's package, with the library that is measured."""
        lent = self.folder / "python/snow"
        shutil.rmtree(lent, ignore_errors=True)
        shutil.copytree(ROOT / "bindings/python/src/snow", lent)
        for part in (self.library, ROOT / "include/snow.cdef.h"):
            name = "libsnow.so.0" if part == self.library else part.name
            shutil.copy(part, lent / name)
        packages = next(home.glob("lib/python*/site-packages"))
        (packages / "snow.pth").write_text(f"{lent.parent}\n")

    def _compiled(self, name):
        source, packages = PROGRAMS[name]
        # Only those that call it are linked with the library; all find it.
        flags = [f"-I{ROOT / 'include'}", "-Wl,--as-needed", self.folder / "libsnow.so.0"]
        flags += [f"-Wl,-rpath,{self.folder}"]
        for package, debian in packages.items():
            try:
                flags += run(["pkg-config", "--cflags", "--libs", package]).split()
            except Missing:
                raise Missing(f"{package} is missing: apt-get install {debian}") from None
        if name.startswith("yyjson"):
            flags += [f"-I{self._yyjson()}", self._yyjson() / "yyjson.c"]
        compiler = ["cc", "-std=c99"] if source.endswith(".c") else ["c++", "-std=c++17"]
        program = self.folder / name
        strict = ["-O3", "-DNDEBUG", "-Wall", "-Wextra", "-D_GNU_SOURCE"]
        run([*compiler, *strict, "-o", program, CLIENTS / source, *flags, "-lpthread", "-ldl"])
        return program

    def _yyjson(self):
        """Where yyjson's own sources are, which its package for Python carries."""
        folder = self.folder / YYJSON / "yyjson"
        self._may_install(folder, "yyjson")
        if not folder.exists():
            package = YYJSON.replace("-", "==")
            pip = ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
            run([*pip, f"--dest={self.folder}", package])
            with tarfile.open(self.folder / f"{YYJSON}.tar.gz") as archive:
                archive.extractall(self.folder)
        return folder

    def _may_install(self, path, name):
        if not self._installs and not path.exists():
            raise Missing(f"{name} is not installed: make bench")


class Missing(Exception):
    """Why a client is not there."""


def run(command, **environment):
    """Runs a command and returns what it printed."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in environment.items()},
            text=True,
        )
    except FileNotFoundError as error:
        raise Missing(f"{error.filename} is missing") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        raise Missing(f"{Path(command[0]).name}: {lines[-1] if lines else error}") from error
    return done.stdout
