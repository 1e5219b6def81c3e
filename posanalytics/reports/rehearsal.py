"""What a report's kernel would import and set up before its first figure, done ahead."""

from __future__ import annotations

import importlib
import pkgutil
from importlib import resources

# Parts of figures that ours are made of; plotly loads each when it is first used.
_PARTS = ("bar", "box", "heatmap", "layout", "scatter")


def rehearse() -> None:
    """Import what notebooks reach for, and do once what every report does."""
    import pandas as pd
    import plotly.graph_objects as go
    import pyarrow.dataset
    import pyarrow.parquet

    import posanalytics as pos
    from posanalytics.wording.catalogue import catalogue

    for name in pos.__all__:
        getattr(pos, name)
    for part in _PARTS:
        _with_all_below(f"plotly.graph_objs.{part}")
    for room in resources.files("posanalytics.wording").iterdir():
        if room.name.endswith(".yml"):
            catalogue(room.name.removesuffix(".yml"))
    frame = pd.DataFrame({"x": [0.0], "text": ["a"]})
    pos.blocks.facts([("a", "b")])
    pos.blocks.frame_table(frame)
    frame.to_dict("records")
    # In this thread: a process with threads cannot fork.
    table = pyarrow.Table.from_pandas(frame, nthreads=1)
    table.to_pandas(use_threads=False)
    figure = go.Figure([go.Scatter(x=frame["x"], y=[0]), go.Bar(x=[0], y=[0]), go.Heatmap(z=[[0]])])
    figure.update_layout(template="plotly_white", annotations=[{"text": "a"}])
    figure._repr_mimebundle_()


def _with_all_below(name: str) -> None:
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(found.name)
