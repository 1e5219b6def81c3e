"""papermill's engine on warm kernels: ``papermill in.ipynb out.ipynb --engine posanalytics``."""

from __future__ import annotations

import ast
import atexit
from typing import TYPE_CHECKING, Any

from papermill.engines import NBClientEngine

from posanalytics.kernels.manager import WarmKernelManager
from posanalytics.kernels.sources import started

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class WarmEngine(NBClientEngine):  # type: ignore[misc]
    """The standard engine; Python notebooks get a kernel that has their imports ready."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook; any other language goes the standard way."""
        if nb_man.nb.metadata.get("kernelspec", {}).get("language", "python") == "python":
            warm_up(imports(cell.source for cell in nb_man.nb.cells if cell.cell_type == "code"))
            options = {
                "kernel_manager_class": WarmKernelManager,
                "shutdown_kernel": "immediate",
                **options,
            }
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


def warm_up(modules: Iterable[str], environment: Mapping[str, str] | None = None) -> None:
    """Start the source of this process's kernels unless it has one; it ends with the process."""
    if WarmKernelManager.source is None:
        source = started(sorted(modules), environment or {})
        atexit.register(source.close)
        WarmKernelManager.source = source


def imports(sources: Iterable[str]) -> set[str]:
    """Return the modules that the cells of a notebook import.

    >>> sorted(imports(["import os.path as p", "%time 1", "from json import tool, loads"]))
    ['json', 'json.loads', 'json.tool', 'os.path']
    """
    found: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # magics, shell commands
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                # What is imported from a module may be a module itself; if not, loading it fails
                # and nothing is lost.
                found.update((node.module, *(f"{node.module}.{a.name}" for a in node.names)))
    return found
