"""A process that has everything imported and forks a kernel for whoever asks (POSIX).

One line of JSON asks for a kernel; the connection then is its lease. When the connection ends,
for whatever reason, the kernel and all that it started are killed; when the kernel ends, its
status comes back. When the process that began the nursery is gone, so are nursery and kernels.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from posanalytics.kernels import process

_TIDYING = 2.0  # seconds in which others may still be writing into the folder


@dataclass
class _Lease:
    """One connection, what has been read from it, and the kernel that it asked for."""

    line: socket.socket
    heard: bytes = b""
    pid: int = 0


@dataclass
class Nursery:
    """The loop between those who ask for kernels and the kernels."""

    listener: socket.socket
    owner: socket.socket
    leases: list[_Lease] = field(default_factory=list)

    def serve(self) -> None:
        """Fork kernels until the owner is gone."""
        process.adopt_orphans()
        woken, waker = socket.socketpair()
        for end in (woken, waker):
            end.settimeout(0)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._mine = (self.listener, self.owner, woken, waker)
        with selectors.DefaultSelector() as self._watched:
            for end in (self.listener, self.owner, woken):
                self._watched.register(end, selectors.EVENT_READ)
            while self._step(woken):
                self._bury()
        for lease in list(self.leases):
            self._end(lease)
        with contextlib.suppress(ChildProcessError):
            while True:
                self._bury_orphans()
                os.waitpid(-1, 0)

    def _step(self, woken: socket.socket) -> bool:
        """Answer what has come; return whether the owner is still there."""
        for key, _ in self._watched.select():
            if key.fileobj is self.owner:
                return False
            if key.fileobj is self.listener:
                self._accept()
            elif key.fileobj is woken:
                with contextlib.suppress(BlockingIOError):
                    woken.recv(4096)
            elif isinstance(key.data, _Lease):
                self._hear(key.data)
        return True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # whoever asked is gone, or too many ask
            line, _ = self.listener.accept()
            lease = _Lease(line)
            self.leases.append(lease)
            self._watched.register(line, selectors.EVENT_READ, lease)

    def _hear(self, lease: _Lease) -> None:
        """Start the kernel that is asked for, pass signals on; an ended lease ends its kernel."""
        try:
            part = lease.line.recv(1 << 20)
        except OSError:
            part = b""
        if not part:
            self._end(lease)
            return
        *lines, lease.heard = (lease.heard + part).split(b"\n")
        try:
            for line in lines:
                if lease.pid:
                    _signal(lease.pid, int(line))
                else:
                    self._start(lease, process.Request(**json.loads(line)))
        except (OSError, TypeError, ValueError):
            self._end(lease)  # no process to be had, or words that nobody here knows

    def _start(self, lease: _Lease, request: process.Request) -> None:
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._child(request, nursery)
        lease.pid = pid
        _tell(lease, {"pid": pid})

    def _child(self, request: process.Request, nursery: int) -> None:
        """Become a kernel; never return."""
        status = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            process.die_with_parent(nursery)
            process.adopt_orphans()
            self._watched.close()
            for end in (*self._mine, *(lease.line for lease in self.leases)):
                end.close()
            process.become_kernel(request, parent=nursery)
            status = 0
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 0
        except BaseException:  # noqa: BLE001 - the last place where it can be told
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _bury(self) -> None:
        """Tell the leases of kernels that have ended how they did; end what these left running."""
        buried = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                buried = True
                pid, status = ended
                for lease in [lease for lease in self.leases if lease.pid == pid]:
                    with contextlib.suppress(OSError):
                        os.killpg(pid, signal.SIGKILL)
                    lease.pid = 0
                    _tell(lease, {"status": os.waitstatus_to_exitcode(status)})
                    self._end(lease)
        if buried:
            self._bury_orphans()

    def _bury_orphans(self) -> None:
        """End processes that a notebook put into a session of their own and left behind.

        A kernel adopts them while it lives; a child of ours that is none is from a dead kernel.
        """
        for pid in _children():
            if all(lease.pid != pid for lease in self.leases):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def _end(self, lease: _Lease) -> None:
        if lease.pid:
            _signal(lease.pid, signal.SIGKILL)
        with contextlib.suppress(KeyError, ValueError):
            self._watched.unregister(lease.line)
        lease.line.close()
        if lease in self.leases:
            self.leases.remove(lease)


def _signal(pid: int, number: int) -> None:
    """Send a signal to a kernel and to all that it started."""
    try:
        os.killpg(pid, number)
    except OSError:  # it may not have its own session yet
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _tell(lease: _Lease, what: dict[str, int]) -> None:
    with contextlib.suppress(OSError):
        lease.line.sendall(json.dumps(what).encode() + b"\n")


def _children() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(pid) for pid in Path("/proc/thread-self/children").read_text("ascii").split()]
    return []


def main(listener: int, owner: int, modules: list[str]) -> None:
    """Load the modules, then serve; both numbers are of sockets that the owner opened."""
    # What reaches the whole group is the owner's to answer: Ctrl-C, a closed terminal, a shutdown.
    # The nursery ends when the owner does, and has yet to tidy up then.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # it was started deaf to it
    if culprit := process.load(modules):
        # A forked thread is a lock that nobody opens. Rather without this module; and where
        # every kernel has it, rather slow kernels than stuck ones.
        if culprit not in modules:
            sys.exit(3)
        _begin_again(listener, owner, [name for name in modules if name != culprit])
    asked = socket.socket(fileno=listener)
    folder = Path(asked.getsockname()).parent
    try:
        Nursery(asked, socket.socket(fileno=owner)).serve()
    finally:
        # The owner may have been killed and cannot tidy up.
        _remove(folder)
        os._exit(0)  # taking apart what was loaded would keep the owner waiting


def _begin_again(listener: int, owner: int, modules: list[str]) -> None:
    """Turn into a nursery without a module; those who wait for kernels notice nothing."""
    call = f"main({listener}, {owner}, {modules!r})"
    boot = sys.orig_argv[-1].rpartition("main(")[0] + call
    os.execv(sys.executable, [*sys.orig_argv[:-1], boot])  # noqa: S606 - our own interpreter


def _remove(folder: Path) -> None:
    """Remove the folder, and again where someone who is ending too still wrote into it."""
    end = time.monotonic() + _TIDYING
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
        shutil.rmtree(folder, ignore_errors=True)
