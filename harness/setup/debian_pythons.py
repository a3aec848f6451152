"""Get CPythons that this machine's Debian does not have, without touching its packages.

    python3 -m harness.setup.debian_pythons 3.14 3.15 3.13t

"3.14" is unpacked from the binary packages of a newer suite, together with the C library and all
others that it needs: they want a newer one than the machine may have. "3.13t", free-threaded, is
compiled from the source package, for Debian has no binary of it: some three minutes, and without
the profile-guided optimisation of the binary packages. Each gets a folder of its own in
~/.local/share/side-by-side/pythons, where 'make pythons' finds it; to be rid of it, remove that.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.setup.pythons import SetUpError, data_home, output_of, probe, run

# The newest suite that is tested as a whole; "sid" is newer still.
SUITE = "forky"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# All of apt's state in one folder, so that neither the machine's is touched nor root is needed.
# With no package installed, all that is needed counts as missing. The hooks are the machine's.
CONFIGURATION = """
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
"""

# What compiling needs beside a compiler: the headers, and the packages that have them.
HEADERS = {
    "bzlib.h": "libbz2-dev",
    "ffi.h": "libffi-dev",
    "lzma.h": "liblzma-dev",
    "openssl/ssl.h": "libssl-dev",
    "sqlite3.h": "libsqlite3-dev",
    "zlib.h": "zlib1g-dev",
}

# What the workloads and their packages stand on; a process that is spawned starts sys.executable.
CHECK = """
import asyncio, bz2, ctypes, lzma, multiprocessing, sqlite3, ssl, zlib
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=ssl.create_default_context)
    process.start()
    process.join()
    raise SystemExit(process.exitcode)
"""


def home() -> Path:
    """The folder that they are put into."""
    return data_home() / "side-by-side" / "pythons"


class Apt:
    """apt with a configuration of its own: the machine's archive, but another suite of it."""

    def __init__(self, folder: Path, kind: str, suite: str) -> None:
        """The kind is "deb" for binary packages, "deb-src" for source packages."""
        self.suite = suite
        self.configuration = folder / "apt.conf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
        (folder / "sources.list").write_text(f"{kind} {signed}{archive()} {suite} main\n")
        (folder / "status").touch()
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        self.get("update")

    def command(self, *words: str) -> tuple[str, ...]:
        return "apt-get", "-c", str(self.configuration), "-qq", *words

    def get(self, *words: str, folder: Path | None = None) -> None:
        run(*self.command(*words), folder=folder)

    def needed_by(self, *packages: str) -> list[str]:
        """Those packages and all they depend on, down to the C library."""
        planned = output_of(*self.command("--simulate", "install", *packages))
        names = re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
        if not names:
            raise SetUpError(f"expected {packages[0]} in {self.suite}, got none: name another --suite")
        return names


def archive() -> str:
    """Where this machine's apt gets Debian itself from."""
    form = "$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)"
    targets = output_of("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    for line in targets.splitlines():
        *origin, release, component, address = line.split(" ")
        ours = "Debian" in origin or address.rstrip("/").endswith("/debian")
        if ours and component == "main" and "-" not in release:
            return address
    raise SetUpError("expected a Debian archive in apt's sources, got none: get the Pythons with uv")


def unpack(series: str, suite: str, prefix: Path) -> None:
    """From binary packages: what they put into /usr becomes the prefix."""
    with tempfile.TemporaryDirectory(dir=home()) as name:
        folder = Path(name)
        apt = Apt(folder, "deb", suite)
        packages = apt.needed_by(f"python{series}", f"python{series}-venv", "patchelf")
        apt.get("download", *packages, folder=folder)
        for package in sorted(folder.glob("*.deb")):
            run("dpkg", "-x", package, folder / "root")
        usr = folder / "root" / "usr"
        relocate(usr, series, prefix)
        usr.rename(prefix)


def relocate(usr: Path, series: str, prefix: Path) -> None:
    """Make it run in its prefix, with the libraries that came with it before the machine's.

    The path of the loader has to be in the program itself: were the loader called with the
    program as its argument, sys.executable would be the loader. An rpath of the old kind, which
    is forced, holds for the extension modules too, and for what those load.
    """
    loaders = sorted(usr.glob("lib/*/ld-linux*.so.*"))
    if not loaders:
        raise SetUpError("expected a loader in the package of the C library, got none: name another --suite")
    loader = loaders[0]
    libraries = prefix / loader.parent.relative_to(usr)
    # It comes from the same suite, so it needs these libraries itself.
    patchelf = (loader, "--library-path", loader.parent, usr / "bin" / "patchelf")
    python = usr / "bin" / f"python{series}"
    run(*patchelf, "--force-rpath", "--set-rpath", libraries, python)
    run(*patchelf, "--set-interpreter", prefix / loader.relative_to(usr), python)
    # ensurepip, and so venv, takes the wheel of pip from a folder that is fixed when it is compiled.
    wheels = "/share/python-wheels"
    for file in (usr / "lib" / f"python{series}").glob("_sysconfigdata*.py"):
        file.write_text(file.read_text().replace(f"/usr{wheels}", f"{prefix}{wheels}"))


def build(series: str, suite: str, prefix: Path) -> None:
    """Free-threaded, from the source package, with this machine's compiler and libraries."""
    if missing := [package for header, package in HEADERS.items() if not compiles(header)]:
        words = " ".join(missing)
        raise SetUpError(
            f"expected a C compiler and {words}, got no header: run 'apt-get install gcc {words}'"
        )
    with tempfile.TemporaryDirectory(dir=home()) as name:
        folder = Path(name)
        apt = Apt(folder, "deb-src", suite)
        apt.get("source", "--download-only", f"python{series.rstrip('t')}", folder=folder)
        # The original alone: Debian's changes are for a Python in /usr.
        [source] = folder.glob("*.orig.tar.*")
        tree = folder / "tree"
        tree.mkdir()
        run("tar", "-xf", source, "-C", tree, "--strip-components=1")
        run(tree / "configure", f"--prefix={prefix}", "--disable-gil", "--without-ensurepip", folder=tree)
        run("make", f"-j{os.cpu_count()}", folder=tree)
        run("make", "altinstall", folder=tree)


def compiles(header: str) -> bool:
    """Whether the compiler sees it, wherever the machine keeps it."""
    program = f"__has_include(<{header}>)"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "program.c")
        source.write_text(f"#if !{program}\n#error missing\n#endif\nint main(void) {{ return 0; }}\n")
        return bool(output_of("cc", "-E", source))


def check(series: str, prefix: Path) -> None:
    """It runs, is what was asked for, and makes virtual environments with pip that can do all that we need."""
    executable = prefix / "bin" / f"python{series}"
    python = probe(executable)
    if python is None or (python.series, python.executable) != (series, str(executable)):
        raise SetUpError(
            f"expected {executable} to be a {series}, got {python or 'nothing'}: name another --suite"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(executable, "-m", "venv", folder / "venv")
        program = folder / "program.py"
        program.write_text(CHECK)
        run(folder / "venv" / "bin" / "python", program)


def get(series: str, suite: str) -> None:
    """One of them, all or nothing."""
    prefix = home() / f"cpython-{series}"
    if prefix.exists():
        print(f"{prefix} is there; to get it anew, remove it first")
        return
    prefix.parent.mkdir(parents=True, exist_ok=True)
    print(f"getting {prefix}", flush=True)
    try:
        (build if series.endswith("t") else unpack)(series, suite, prefix)
        check(series, prefix)
    except BaseException:  # Ctrl-C too
        shutil.rmtree(prefix, ignore_errors=True)
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="get CPythons from a newer suite of Debian")
    parser.add_argument("series", nargs="+", metavar="SERIES", help="such as 3.14, or 3.13t: free-threaded")
    parser.add_argument("--suite", default=SUITE, help="of Debian (%(default)s)")
    asked = parser.parse_args(arguments)
    for series in asked.series:
        if not re.fullmatch(r"3\.\d+t?", series):
            parser.error(f"expected a series such as 3.14 or 3.13t, got '{series}'")
    failed = False
    for series in asked.series:
        try:
            get(series, asked.suite)
        except SetUpError as error:
            print(f"{series}: {error}", file=sys.stderr)
            failed = True
    print("run 'make pythons' to use them")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
