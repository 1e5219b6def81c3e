"""Kernels of the running interpreter, warm where there is a source of them, as Jupyter sees them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

from posanalytics.kernels.process import Request
from posanalytics.kernels.sources import LeasedKernel, short_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posanalytics.kernels.sources import Leases, Nursery, SpareKernels

# The kernel of the running interpreter, whatever kernelspecs the machine has. The last entry of
# its path finds this package where it runs from a checkout. -P: a statistics.py in the folder of
# a notebook must not stand in for the library's.
_BOOT = (
    "import sys; sys.modules['rfc3987_syntax'] = None; "
    f"sys.path.append({str(Path(__file__).parents[2])!r}); "
    "from ipykernel.kernelapp import launch_new_instance as start; start()"
)
_ARGUMENTS = (sys.executable, "-P", "-c", _BOOT)
_POLL = 0.005  # seconds between two looks at a kernel that is ending


class WarmProvisioner(LocalProvisioner):
    """Take a kernel from the source of its manager; start one anew where that fails."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return the connection of a kernel that runs the command."""
        arguments = cmd[len(_ARGUMENTS) :]
        request = Request(arguments, kwargs["env"], str(kwargs.get("cwd") or Path.cwd()))
        source = self.parent.source
        with contextlib.suppress(OSError):
            self.process = source.take(request) if source else None
        if self.process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid, self.pgid = self.process.pid, None
        return self.connection_info

    async def wait(self) -> int | None:
        """Return the exit status, looking often: a report is done when its kernel is."""
        process = self.process
        if process is None:
            return 0
        while (status := await self.poll()) is None:
            await asyncio.sleep(_POLL)
        if isinstance(process, LeasedKernel):
            process.close()
            self.process = None
            return status
        return await super().wait()

    @property
    def lost(self) -> bool:
        """Whether the kernel went with the process that it was forked from."""
        return isinstance(self.process, LeasedKernel) and self.process.lost


class PromptClient(AsyncKernelClient):
    """A client that takes a kernel for ready once it says so, without listening on for 0.2 s."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # type: ignore[override]
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
    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **options: Any) -> None:
        """Give the kernel a private place to speak in, where the system has such."""
        super().__init__(**options)
        self._private = None
        if sys.platform != "win32":
            # Other people of the same computer could read plain TCP.
            self._private = short_folder(getattr(self.source, "folder", None))
            self.transport, self.ip = "ipc", str(self._private / "k")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return how such a kernel is started when none is warm."""
        return KernelSpec(
            argv=[*_ARGUMENTS, "-f", "{connection_file}"],
            display_name="posanalytics",
            language="python",
            env=dict(self.environment),
            metadata={"supported_encryption": ["curve"]},
        )

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        if self.provisioner is None:
            # Not by entry point: those that the machine has installed have no say here.
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = WarmProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**options)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:  # noqa: FBT
        await super()._async_cleanup_resources(restart=restart)
        if self._private and not restart:
            shutil.rmtree(self._private, ignore_errors=True)
