"""Processes that work through tasks under a cap; one that is lost costs its task, not the others.

The pool of the standard library gives up the whole batch when one worker is killed. A file made
to kill its reader, or a notebook that does, must cost itself only (RELIABILITY.md, section 3).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

State = Literal["done", "died", "too_long", "too_much_memory", "not_started"]
Task = TypeVar("Task")

MOST_STARTS = 3  # of workers for one task that never came to begin it
STARTING = 120.0  # seconds that a process may take to begin, on a computer busy with other things
_POLL = 0.05  # seconds between two looks at the memory of a watched worker
_BEGUN = b"begun"
_main = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a task may take; None where there is no limit.

    `memory` is in bytes above what the worker needs before its first task, `answer` in bytes of
    the pickled value. Where the system cannot cap a process (Windows, macOS), it is watched.
    """

    tries: int = 1
    seconds: float | None = None
    memory: int | None = None
    answer: int | None = None
    quiet: bool = False  # what native code prints when it dies is not for people
    watched: bool = sys.platform != "linux"


class Answer(NamedTuple):
    """What became of one task: its value, or how its worker was lost."""

    number: int
    state: State
    value: Any = None


NO_LIMITS = Limits()


@dataclass
class _Worker:
    """A process, our end of its pipe, the task it has and when that began."""

    process: BaseProcess
    pipe: connection.Connection
    task: int | None = None
    handed: float = 0.0
    begun: float | None = None


class Pool(Generic[Task]):
    """Workers that call one function with each of the tasks; processes start on entering.

    The function lives in a module, tasks and values are pickled. It is called once for a task,
    and again (up to `tries`) where its worker died. A worker starts only for a task that waits.
    """

    def __init__(
        self,
        function: Callable[[Task], Any],
        tasks: Sequence[Task],
        *,
        workers: int,
        limits: Limits = NO_LIMITS,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        """Take the work; `prepare` is called in every worker before its memory is capped."""
        if tasks and workers < 1:  # nobody would ever answer
            raise ValueError("Work needs at least one worker.")
        self._told = (function, limits, prepare)
        self._tasks = tasks
        self._most = workers
        self._limits = limits
        self._waiting = deque(range(len(tasks)))
        self._tries = [0] * len(tasks)
        self._starts = [0] * len(tasks)
        self._left = len(tasks)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pool[Task]:
        """Start the first workers: they get going while the caller prepares for the answers."""
        self._fill()
        return self

    def __exit__(self, *_: object) -> None:
        """End every worker and all that it started."""
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            if worker.task is None:
                worker.process.join(2)
            end_tree(worker.process)
        self._workers = []

    def answers(self) -> Iterator[Answer]:
        """Yield one answer per task as they come."""
        while self._left:
            self._fill()
            for answer in self._collected():
                self._left -= 1
                yield answer

    def _fill(self) -> None:
        idle = [worker for worker in self._workers if worker.task is None]
        while self._waiting and (idle or len(self._workers) < self._most):
            if not idle:
                self._workers.append(_started(*self._told))
                idle = self._workers[-1:]
            self._hand_out(idle.pop())

    def _hand_out(self, worker: _Worker) -> None:
        worker.task = self._waiting.popleft()
        worker.handed, worker.begun = time.monotonic(), None
        # A worker that is already dead is found by its sentinel.
        with contextlib.suppress(OSError):
            worker.pipe.send(self._tasks[worker.task])

    def _collected(self) -> Iterator[Answer]:
        """Yield the answers that came while we waited for the next event."""
        ends = [end for worker in self._workers for end in (worker.pipe, worker.process.sentinel)]
        ready = connection.wait(ends, self._patience())
        for worker in list(self._workers):
            if worker.pipe in ready or (worker.process.sentinel in ready and worker.pipe.poll()):
                yield from self._heard(worker)
            elif worker.process.sentinel in ready:
                yield from self._lost(worker, "died")
            elif state := self._trespass(worker):
                yield from self._lost(worker, state)

    def _patience(self) -> float | None:
        """Return the seconds until a limit has to be looked at again."""
        if self._limits.watched and self._limits.memory:
            return _POLL
        ends = [self._deadline(worker) for worker in self._workers if worker.task is not None]
        soonest = min((end for end in ends if end is not None), default=None)
        return None if soonest is None else max(0.0, soonest - time.monotonic())

    def _deadline(self, worker: _Worker) -> float | None:
        if worker.begun is None:
            return worker.handed + STARTING
        return worker.begun + self._limits.seconds if self._limits.seconds else None

    def _trespass(self, worker: _Worker) -> State | None:
        """Return which limit a worker is over, if it is."""
        if worker.task is None:
            return None
        deadline = self._deadline(worker)
        if deadline is not None and time.monotonic() >= deadline:
            return "too_long"
        if self._limits.watched and self._limits.memory:
            return "too_much_memory" if _resident(worker) > self._limits.memory else None
        return None

    def _heard(self, worker: _Worker) -> Iterator[Answer]:
        try:
            message = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            yield from self._lost(worker, "died")
            return
        if message == _BEGUN:
            worker.begun = time.monotonic()
            return
        state, value = ForkingPickler.loads(message)
        number, worker.task = worker.task, None
        if state == "too_much_memory":
            self._end(worker)  # what it still holds would be taken from the next task
        if number is not None:
            yield Answer(number, state, value)

    def _lost(self, worker: _Worker, state: State) -> Iterator[Answer]:
        """End a worker; its task goes to another one while it has tries left."""
        self._end(worker)
        if worker.task is None:
            return
        started = worker.begun is not None
        counts, most = (self._tries, self._limits.tries) if started else (self._starts, MOST_STARTS)
        counts[worker.task] += 1
        if state == "died" and counts[worker.task] < most:
            self._waiting.appendleft(worker.task)
        else:
            yield Answer(worker.task, state if started else "not_started")

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.pipe.close()
        end_tree(worker.process)


def _started(*told: Any) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, *told), daemon=True)
    if sys.platform != "win32":
        # When it starts, the first time, it would let the signal through again.
        resource_tracker.ensure_running()
    with _without_main(), deaf():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach before they have said what it means to them.

    They would show a traceback of their imports. Ours waits for the end of the block.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear_again() -> None:
    """Let what a deaf process starts hear Ctrl-C; called once it has decided for itself."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep a new process from running the caller's script again.

    A script without the customary guard would load its school in every worker; and the command
    line would cost each of them a fifth of a second.
    """
    with _main:
        kept = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = kept


def end_tree(process: BaseProcess) -> None:
    """Kill a process and all that it started."""
    if process.exitcode is None:
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(process.pid)
            for member in [*root.children(recursive=True), root]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
    process.join(5)


def _resident(worker: _Worker) -> int:
    import psutil

    try:
        return int(psutil.Process(worker.process.pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


# In a worker


def _work(
    pipe: connection.Connection,
    function: Callable[[Any], Any],
    limits: Limits,
    prepare: Callable[[], object] | None,
) -> None:
    """Answer the tasks that come through the pipe until it closes."""
    # Ctrl-C reaches the whole group of the terminal; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hear_again()
    threading.Thread(target=_follow_parent, daemon=True).start()
    if limits.quiet:
        _hush()
    if prepare:
        prepare()
    if limits.memory and not limits.watched:
        _cap(limits.memory)
    with contextlib.suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            pipe.send_bytes(_BEGUN)
            pipe.send_bytes(_answered(function, task, limits))


def _answered(function: Callable[[Any], Any], task: Any, limits: Limits) -> bytes | memoryview:
    """Return state and value of a task, pickled; any other exception ends the worker."""
    try:
        message = ForkingPickler.dumps(("done", function(task)))
    except MemoryError:
        return ForkingPickler.dumps(("too_much_memory", None))
    if limits.answer and len(message) > limits.answer:
        return ForkingPickler.dumps(("too_much_memory", None))
    return message


def _hush() -> None:
    """Let nothing that this process prints reach the terminal, native code included."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)


def _cap(memory: int) -> None:
    """Let this process map only so much more than it maps now, and leave no core file."""
    if sys.platform == "win32":
        return
    import resource

    import psutil

    most = psutil.Process().memory_info().vms + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _follow_parent() -> None:
    """End this worker and all that it started as soon as the parent process is gone."""
    import psutil

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        os._exit(1)
