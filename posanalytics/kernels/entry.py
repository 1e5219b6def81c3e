"""What papermill loads by its entry point: it asks for this while it is itself half imported."""

from __future__ import annotations

from typing import Any

from papermill.engines import Engine


class EntryEngine(Engine):  # type: ignore[misc]
    """Hand notebooks on to the engine on warm kernels, imported when the first one comes."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook on a warm kernel."""
        from posanalytics.kernels.engine import WarmEngine

        return WarmEngine.execute_managed_notebook(nb_man, kernel_name, **options)
