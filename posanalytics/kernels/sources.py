"""Where kernels come from: forked from a nursery, from a spare process, or started anew."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from posanalytics.workers import deaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from posanalytics.kernels.process import Request

CAN_FORK = hasattr(os, "fork")
LONGEST_ADDRESS = 90  # bytes; a socket's name may have 104 to 108, and zmq adds some
_PATIENCE = 120.0  # seconds for a nursery to import what it is to have ready
# Of a process that stands ready. A process with threads cannot fork, and libraries would start
# some when they are imported: pyarrow's jemalloc one, OpenBLAS one for each processor.
_STANDING_BY = {
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # debugpy would tell the terminal of frozen modules
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class LeasedKernel:
    """A forked kernel as its owner sees it, in the manner of ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, request: Request) -> None:
        """Ask the nursery at an address for a kernel; raise OSError where there is none to get."""
        self._heard = b""
        self.returncode: int | None = None
        self.lost = False
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._line.connect(address)
            self._line.sendall(json.dumps(request._asdict()).encode() + b"\n")
            self.pid = self._born()
        except BaseException:
            self._line.close()
            raise

    def _born(self) -> int:
        pid = self._told("pid", _PATIENCE)
        if not pid:
            raise ConnectionRefusedError
        return pid

    def poll(self) -> int | None:
        """Return the exit status, None while the kernel runs."""
        return self.wait(0.0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status once there is one, None where it does not come in time."""
        if self.returncode is None:
            self._told("status", timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Pass a signal to the kernel and to what it started, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(OSError):
                self._line.settimeout(None)
                self._line.sendall(b"%d\n" % number)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Give the lease back: whatever still runs is killed."""
        self._line.close()

    def _told(self, key: str, timeout: float | None) -> int | None:
        """Return what the nursery says under a key; None where nothing came in time."""
        while b"\n" not in self._heard:
            try:
                self._line.settimeout(timeout)
                part = self._line.recv(4096)
            except (BlockingIOError, TimeoutError):
                return None
            except OSError:
                part = b""
            if not part:
                self._lose()
                return None
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        value: int = json.loads(line)[key]
        if key == "status":
            self.returncode = value
        return value

    def _lose(self) -> None:
        """Take it that the nursery is gone, and its kernel with it; end what that one started."""
        self.lost, self.returncode = True, -int(signal.SIGTERM)
        if pid := getattr(self, "pid", 0):
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


class Leases(NamedTuple):
    """The address of a nursery: what another process of the same user needs to get kernels."""

    address: str

    @property
    def folder(self) -> Path:
        """Return a folder that is deleted with the nursery, whoever is killed."""
        return Path(self.address).parent

    def take(self, request: Request) -> LeasedKernel:
        """Return a kernel forked for this request."""
        return LeasedKernel(self.address, request)

    def close(self) -> None:
        """Leave the nursery to its owner."""


class Nursery:
    """A process of one's own from which kernels are forked; also a context manager.

    ``modules`` are imported there once, ``environment`` holds from its start. ``leases`` can be
    handed to other processes: kernels live as long as both they and this do.
    """

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it; it imports while the caller goes on."""
        self._folder = short_folder()
        self.leases = Leases(str(self._folder / "k"))
        self._owner, theirs = socket.socketpair()
        try:
            with theirs:
                self.process = self._started(theirs, modules, environment)
        except BaseException:
            self._owner.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _started(
        self, theirs: socket.socket, modules: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self.leases.address)
            listener.listen(128)
            numbers = (listener.fileno(), theirs.fileno())
            boot = (
                "from posanalytics.kernels.nursery import main; "
                f"main({numbers[0]}, {numbers[1]}, {list(modules)!r})"
            )
            with deaf():
                return subprocess.Popen(  # noqa: S603 - our own interpreter
                    [sys.executable, "-P", "-c", findable(boot)],
                    env={**os.environ, **_STANDING_BY, **environment},
                    pass_fds=numbers,
                    stdin=subprocess.DEVNULL,
                )

    @property
    def folder(self) -> Path:
        """Return a folder that is deleted with the nursery, whoever is killed."""
        return self._folder

    def take(self, request: Request) -> LeasedKernel:
        """Return a kernel forked for this request."""
        return self.leases.take(request)

    def close(self) -> None:
        """End it and every kernel that was forked from it."""
        self._owner.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def discard(self) -> None:
        """End it before anyone has asked it for a kernel, without waiting for its imports."""
        self.process.kill()
        self.close()

    def __enter__(self) -> Self:
        """Return itself: it is started already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it and every kernel that was forked from it."""
        self.close()


def started(
    modules: Sequence[str], environment: Mapping[str, str], *, forking: bool = CAN_FORK
) -> Nursery | SpareKernels:
    """Return a source of kernels that fits the system."""
    return (Nursery if forking else SpareKernels)(modules, environment)


class SpareKernels:
    """Processes that have everything imported, one kept ready ahead of its need.

    For systems without fork. Each serves one kernel; the next is started when one is taken.
    """

    folder = None

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the first one."""
        self._environment = {**os.environ, **_STANDING_BY, **environment}
        self._boot = (
            f"from posanalytics.kernels.spare import main; main({os.getpid()}, {list(modules)!r})"
        )
        self._ready = self._started()

    def take(self, request: Request) -> subprocess.Popen[bytes]:
        """Return the process that becomes the kernel asked for."""
        taken, self._ready = self._ready, self._started()
        assert taken.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            taken.stdin.write(json.dumps(request._asdict()).encode() + b"\n")
            taken.stdin.flush()
        except OSError:  # it did not live to be needed
            taken.kill()
            taken.communicate()
            raise
        return taken

    def close(self) -> None:
        """End the process that nobody needed."""
        self._ready.kill()
        self._ready.communicate()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", findable(self._boot)],
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,  # out of the terminal's reach: Ctrl-C is the owner's to answer
        )


@contextlib.contextmanager
def shared(nursery: Nursery | None) -> Iterator[tuple[str, Leases | None]]:
    """Yield a folder for what is temporary, and where several workers get their kernels.

    Workers that are killed cannot tidy up after themselves: the folder goes with the nursery,
    even where this process is killed too.
    """
    if nursery:
        with nursery:
            yield tempfile.mkdtemp(prefix="work-", dir=nursery.folder), nursery.leases
        return
    with tempfile.TemporaryDirectory(prefix="pos-", ignore_cleanup_errors=True) as scratch:
        yield scratch, None


def short_folder(within: Path | None = None) -> Path:
    """Return a new folder, for this user only, whose name is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="pos-", dir=within))
    if len(os.fsencode(folder)) > LONGEST_ADDRESS and Path("/tmp").is_dir():  # noqa: S108
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="pos-", dir="/tmp"))
    return folder


def findable(boot: str) -> str:
    """Return code that finds this very package, also where it runs from a checkout.

    Only the package comes first on the path, for the time of its import: what lies beside it
    must not stand in for the library's modules.
    """
    root = str(Path(__file__).parents[2])
    return (
        f"import sys; sys.path.insert(0, {root!r}); import posanalytics; "
        f"sys.path.append(sys.path.pop(0)); {boot}"
    )


def imports(sources: Iterable[str]) -> set[str]:
    """Return the modules of installed distributions that the cells of a notebook import for sure.

    Not what stands under a condition or in a function, which may never run. Not the author's own
    files: what they hold when imported, a random generator say, all kernels would share.

    >>> sorted(imports(["import nbformat.v4 as v, os", "%time 1", "from psutil import Popen"]))
    ['nbformat.v4', 'psutil', 'psutil.Popen']
    >>> imports(["if False: import psutil"])
    set()
    """
    found: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):  # magics, shell commands, a NUL
            continue
        for node in tree.body:
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                # What is imported from a module may be a module itself; if not, loading it fails
                # and nothing is lost.
                found.update((node.module, *(f"{node.module}.{a.name}" for a in node.names)))
    return {name for name in found if _installed(name.partition(".")[0])}


def _installed(package: str) -> bool:
    """Return whether a package comes from an installed distribution, as a notebook here sees it."""
    folders = [
        *site.getsitepackages(),
        *([site.getusersitepackages()] if site.ENABLE_USER_SITE else []),
    ]
    found = PathFinder.find_spec(package, [str(Path.cwd()), *filter(None, sys.path)])
    if not found:
        return False
    places = [*(found.submodule_search_locations or [found.origin or ""])]
    return all(any(Path(place).is_relative_to(at) for at in folders) for place in places)
