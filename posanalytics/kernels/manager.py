"""Kernels of the running interpreter as Jupyter sees them, warm where there is a source."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Type

from posanalytics.kernels.process import Request
from posanalytics.kernels.sources import LeasedKernel, findable, short_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posanalytics.kernels.sources import Leases, Nursery, SpareKernels

# The kernel of the running interpreter, whatever kernelspecs the machine has. -P: a statistics.py
# in the folder of a notebook must not stand in for the library's.
_BOOT = findable(
    "sys.modules['rfc3987_syntax'] = None; "
    "from posanalytics.kernels.process import die_with_parent; die_with_parent({parent}); "
    "from ipykernel.kernelapp import launch_new_instance as start; start()"
)
_ARGUMENTS = (sys.executable, "-P", "-c")
_POLL = 0.004  # seconds between two looks at a kernel that starts or ends
_STARTING = 60.0  # seconds in which a kernel opens its sockets; whoever waits for it says more


class WarmProvisioner(LocalProvisioner):
    """Take a kernel from the source of its manager; start one anew where that fails."""

    @property
    def _manager(self) -> Any:
        return self.parent

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return the connection of a kernel that runs the command."""
        arguments = cmd[len(_ARGUMENTS) + 1 :]
        request = Request(arguments, kwargs["env"], str(kwargs.get("cwd") or Path.cwd()))
        source = self._manager.source
        with contextlib.suppress(OSError):
            self.process = source.take(request) if source else None
        if self.process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid, self.pgid = self.process.pid, None
        await self._listening()
        return self.connection_info

    async def _listening(self) -> None:
        """Wait for the sockets: zmq would look again only a tenth of a second after finding none.

        That of output is the last that a kernel opens for us before it sets up the rest.
        """
        manager = self._manager
        if manager.transport != "ipc":
            return
        last = f"{manager.ip}-{manager.iopub_port}"
        deadline = time.monotonic() + _STARTING
        # Nobody tells us when a file appears, or a kernel is gone: we look.
        while not _exists(last) and time.monotonic() < deadline:
            if await self.poll() is not None:
                return
            await asyncio.sleep(_POLL)

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - Jupyter's
        """End the kernel and what it started; a nursery does that for those forked from it."""
        below = [] if isinstance(self.process, LeasedKernel) else _descendants(self.pid)
        await super().kill(restart)
        for process in below:
            with contextlib.suppress(psutil.Error):
                process.kill()

    async def wait(self) -> int | None:
        """Return the exit status, looking often: a report is done when its kernel is."""
        process = self.process
        if process is None:
            return 0
        while (status := await self.poll()) is None:  # noqa: ASYNC110 - a process, no event
            await asyncio.sleep(_POLL)
        if isinstance(process, LeasedKernel):
            process.close()
            self.process = None
            return status
        return await super().wait()

    async def cleanup(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - Jupyter's
        """Give back the lease of a kernel that ended by itself."""
        if isinstance(self.process, LeasedKernel):
            self.process.close()
            self.process = None
        await super().cleanup(restart)

    async def poll(self) -> int | None:
        """Return the exit status; note where a kernel went with what it was forked from."""
        status = await super().poll()
        if isinstance(self.process, LeasedKernel) and self.process.lost:
            self._manager.lose_source()
        return status


def _exists(place: str) -> bool:
    return os.path.lexists(place)


def _descendants(pid: int | None) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True) if pid else []
    return []


class PromptClient(AsyncKernelClient):
    """A client that takes a kernel for ready once it says so, without listening on for 0.2 s."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - Jupyter's
        """Return once the kernel has answered on both channels."""
        deadline = asyncio.get_running_loop().time() + (timeout or 60)
        while True:
            asked = self.kernel_info()
            with contextlib.suppress(Exception):
                if await self._ready(asked):
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if asyncio.get_running_loop().time() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _ready(self, asked: str) -> bool:
        """Return whether the reply and the idle state that follows it have both come."""
        reply = await self.get_shell_msg(timeout=1)
        if reply["msg_type"] != "kernel_info_reply":
            return False
        while True:
            heard = await self.get_iopub_msg(timeout=0.2)
            state = heard["content"].get("execution_state")
            if heard["parent_header"].get("msg_id") == asked and state == "idle":
                self._handle_kernel_info_reply(reply)
                return True


class WarmKernelManager(AsyncKernelManager):
    """Manage one kernel of this very interpreter."""

    client_factory = Type(klass="jupyter_client.KernelClient", default_value=PromptClient)
    source: ClassVar[Leases | Nursery | SpareKernels | None] = None
    source_lost: ClassVar[bool] = False
    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **options: Any) -> None:
        """Give the kernel a private place to speak in, where the system has such."""
        super().__init__(**options)
        self._private = None
        if sys.platform != "win32":
            # Other people of the same computer could read plain TCP.
            self._private = _place(self.source)
            self.transport, self.ip = "ipc", str(self._private / "k")
            self.connection_file = str(self._private / "kernel.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return how such a kernel is started when none is warm."""
        boot = _BOOT.replace("{parent}", str(os.getpid()))
        return KernelSpec(
            argv=[*_ARGUMENTS, boot, "-f", "{connection_file}"],
            display_name="posanalytics",
            language="python",
            env=dict(self.environment),
            metadata={"supported_encryption": ["curve"]},
        )

    @classmethod
    def lose_source(cls) -> None:
        """Start kernels anew from now on: the process that they were forked from is gone."""
        cls.source_lost = True

    async def _async_wait(self, pollinterval: float = _POLL) -> None:
        await super()._async_wait(min(pollinterval, _POLL))

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        if self.provisioner is None:
            # Not by entry point: those that the machine has installed have no say here.
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = WarmProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**options)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - Jupyter's
        await super()._async_cleanup_resources(restart=restart)
        if self._private and not restart:
            shutil.rmtree(self._private, ignore_errors=True)


def _place(source: Leases | Nursery | SpareKernels | None) -> Path:
    """Return a new folder, where possible in that of the source, which outlives no kill."""
    with contextlib.suppress(OSError):
        return short_folder(source.folder if source else None)
    return short_folder()
