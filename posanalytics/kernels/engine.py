"""papermill's engine on warm kernels: ``papermill in.ipynb out.ipynb --engine posanalytics``."""

from __future__ import annotations

import atexit
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient.exceptions import CellControlSignal, DeadKernelError
from papermill.engines import NBClientEngine

from posanalytics.kernels.manager import WarmKernelManager
from posanalytics.kernels.sources import CAN_FORK, imports, started

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from posanalytics.kernels.sources import Leases

_PATIENCE = 60  # seconds for output that is still on its way when a busy computer's cell is done


class WarmEngine(NBClientEngine):  # type: ignore[misc]
    """The standard engine; Python notebooks get a kernel that has their imports ready."""

    # Whether every notebook gets this interpreter, whatever kernel it names.
    any_kernel: ClassVar[bool] = False
    # What was run last, as far as it came: after a failure papermill gives it to nobody.
    running: ClassVar[Any] = None

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook; one for another interpreter or language goes the standard way."""
        WarmEngine.running = nb_man.nb
        if not cls.any_kernel and not is_ours(kernel_name):
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        warm_up(imports(cell.source for cell in nb_man.nb.cells if cell.cell_type == "code"))
        warm = {
            "kernel_manager_class": WarmKernelManager,
            "shutdown_kernel": "immediate",
            "iopub_timeout": _PATIENCE,
            **options,
        }
        lost_before = WarmKernelManager.source_lost
        try:
            return cls._run(nb_man, kernel_name, warm)
        except RuntimeError:  # dead, or dead before it was ready
            if lost_before or not WarmKernelManager.source_lost:
                raise
        # It was not the notebook that ended its kernel: the process behind all kernels is gone.
        nb_man.notebook_start()
        return cls._run(nb_man, kernel_name, warm)

    @classmethod
    def _run(cls, nb_man: Any, kernel_name: str, options: Mapping[str, Any]) -> Any:
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        except (DeadKernelError, CellControlSignal, RuntimeError) as error:
            _mark(nb_man, error)
            raise


def warm_up(
    modules: Iterable[str],
    environment: Mapping[str, str] | None = None,
    *,
    forking: bool = CAN_FORK,
) -> None:
    """Start the source of this process's kernels unless it has one; it ends with the process."""
    if WarmKernelManager.source is None:
        source = started(sorted(modules), environment or {}, forking=forking)
        atexit.register(source.close)
        WarmKernelManager.source = source


def is_ours(kernel_name: str) -> bool:
    """Return whether a kernelspec starts the interpreter that runs this."""
    try:
        command = KernelSpecManager().get_kernel_spec(kernel_name).argv
    except NoSuchKernel:
        return False
    named = Path(command[0])
    if len(named.parts) == 1 and named.stem.startswith("python"):
        return "ipykernel_launcher" in command  # Jupyter puts its own interpreter there
    with contextlib.suppress(OSError):
        return named.samefile(sys.executable) and named.parent.samefile(Path(sys.executable).parent)
    return False


def settle(
    scratch: str,
    leases: Leases | None,
    modules: Iterable[str],
    environment: Mapping[str, str],
) -> None:
    """Make a worker take its kernels from a nursery, and keep what is temporary in a folder.

    Both are tidied up by others where this worker is killed. Without a nursery it has kernels of
    its own standing by.
    """
    tempfile.tempdir = scratch
    WarmKernelManager.source = leases
    if leases is None:
        warm_up(modules, environment, forking=False)


def _mark(nb_man: Any, error: Exception) -> None:
    """Show in the notebook where it stopped: papermill takes such a cell for completed."""
    begun = [
        (number, cell)
        for number, cell in enumerate(nb_man.nb.cells)
        if cell.cell_type == "code" and cell.metadata.papermill["start_time"]
    ]
    if not begun:
        return
    number, cell = begun[-1]
    nb_man.cell_exception(cell, cell_index=number)
    said = str(error).strip() or type(error).__name__
    cell.outputs.append(
        nbformat.v4.new_output(  # type: ignore[no-untyped-call]
            "error", ename=type(error).__name__, evalue=said.splitlines()[0], traceback=[said]
        )
    )
