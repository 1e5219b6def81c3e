"""`lab`: JupyterLab on the workspace."""

from __future__ import annotations

from posanalytics.cli.errors import plain_errors
from posanalytics.cli.options import FolderOption
from posanalytics.cli.schools import opened


@plain_errors
def lab(folder: FolderOption = None) -> int:
    """Open JupyterLab on the workspace."""
    from posanalytics.reports import launch

    return launch.lab(opened(folder).root)
