"""What a report's kernel would import and set up before its first figure, done ahead."""

from __future__ import annotations


def rehearse() -> None:
    """Import what notebooks reach for, and draw once what every figure has."""
    import plotly.graph_objects as go

    import posanalytics as pos

    for name in pos.__all__:
        getattr(pos, name)
    go.Figure(go.Scatter(x=[0], y=[0]))._repr_mimebundle_()
