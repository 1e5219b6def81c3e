"""Time reports as everyone makes them, papermill and nbconvert in turn, beside ours.

    python benchmarks/reports.py            a few reports the usual way, the rest reckoned from them
    python benchmarks/reports.py --full     all of them the usual way (some minutes)

One class report per class and term of the demo school. The usual way is two commands for each
report, with plotly's renderer as a new user has it. Ours is one process from its start to its
end, two workers. Outputs of cells are compared byte for byte, execution metadata left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
REPORTS, MEASURED = 20, 3
ANY = (
    "import pandas as pd, plotly.express as px",
    "table = pd.DataFrame({'x': range(1000)}).assign(y=lambda t: t.x % 7)",
    "px.line(table.groupby('y').mean())",
)
OURS = """
import dataclasses, sys
from pathlib import Path
from posanalytics.reports import runner
runner.get_ready()
from posanalytics.reports import batch
from posanalytics.workspace import open_workspace
workspace, out = open_workspace(Path(sys.argv[1])), Path(sys.argv[2])
jobs = [
    dataclasses.replace(job, output=out / job.output.name, executed=out / job.executed.name)
    for job in (
        batch.job_for(workspace, "class_profile", {"class_label": label, "term": term})
        for label, term in (pair.split("|") for pair in sys.argv[3:])
    )
]
results = runner.run_reports(jobs, processes=2)
sys.exit("\\n".join(result.failure for result in results if result.failure) or 0)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="run every naive report")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POSANALYTICS_KEY_FILE"] = str(Path(folder) / "vault" / "key")
        os.environ["PYTHONPATH"] = str(ROOT)
        os.environ.pop("PLOTLY_RENDERER", None)
        school = Path(folder) / "school"
        command("demo", str(school))
        command("load", "-C", str(school))
        measure(school, Path(folder), full=full)


def measure(school, folder, *, full):
    pairs = class_reports(school)
    print(f"{os.cpu_count()} cores, {REPORTS} class reports of the demo school, 2 workers")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}\n")
    first = ours(school, folder / "one", pairs[:1])
    many = ours(school, folder / "many", pairs)
    single = timed(lambda: command("report", "class_profile", "-C", str(school), *given(pairs[0])))
    count = REPORTS if full else MEASURED
    usual = [naive(school, folder / "usual", pair) for pair in pairs[:count]]
    each = sum(usual) / count
    marginal = (many - first) / (REPORTS - 1)
    how = "all measured" if full else f"{count} measured: {seconds(usual)}; the rest reckoned"
    print(f"the usual way, each report: {each:.2f} s ({how})\n")
    print(f"{'':34}{'usual, s':>10}{'ours, s':>10}{'ratio':>8}")
    row("one report from cold", each, first)
    row("  by `posanalytics report` + index", each, single)
    row(f"{REPORTS} reports", each * REPORTS, many)
    row("each further report", each, marginal)
    compare(folder, count)
    with_figures(school, folder / "figures", pairs[0])
    unchanged(school)
    collection(folder / "any", full=full)


def class_reports(school):
    """Return class and term of the reports, the latest terms first."""
    sys.path.insert(0, str(ROOT))
    from posanalytics.workspace import open_workspace

    terms = open_workspace(school).terms_of
    pairs = sorted(((term, label) for label, each in terms.items() for term in each), reverse=True)
    return [(label, term) for term, label in pairs][:REPORTS]


def ours(school, out, pairs):
    script = [sys.executable, "-c", OURS, str(school), str(out), *map("|".join, pairs)]
    return timed(lambda: subprocess.run(script, check=True))


def naive(school, out, pair):
    """Run papermill, then nbconvert, as their first pages say."""
    out.mkdir(exist_ok=True)
    executed = out / f"{'-'.join(pair)}.ipynb"
    source = str(school / "notebooks" / "class_profile.ipynb")
    papermill = [str(PROGRAMS / "papermill"), source, str(executed), *given(pair, joined=False)]
    convert = [str(PROGRAMS / "jupyter"), "nbconvert", "--to", "html", str(executed)]

    def both():
        for line in (papermill, convert):
            subprocess.run(line, cwd=school, check=True, capture_output=True)

    return timed(both)


def given(pair, *, joined=True):
    named = [("class_label", pair[0]), ("term", pair[1])]
    if joined:
        return [word for name, value in named for word in ("-p", f"{name}={value}")]
    return [word for name, value in named for word in ("-p", name, value)]


def compare(folder, count):
    """Print whether the cells' outputs are equal, and how big the pages are."""
    names = sorted(path.stem for path in (folder / "usual").glob("*.ipynb"))
    ours_by = {key(path): path for path in (folder / "many").glob("*.ipynb")}
    theirs_by = {key(folder / "usual" / f"{name}.ipynb"): name for name in names}
    equal = sum(
        outputs(ours_by[which]) == outputs(folder / "usual" / f"{name}.ipynb")
        for which, name in theirs_by.items()
    )
    print(f"\ncell outputs equal to the standard engine's: {equal} of {count}")
    which, name = next(iter(theirs_by.items()))
    page = ours_by[which].with_suffix(".html").stat().st_size
    stock = (folder / "usual" / f"{name}.html").stat().st_size
    print(f"page: {page / 1e6:.2f} MB with its figures; nbconvert {stock / 1e6:.2f} MB without any")


def key(path):
    return json.dumps(read(path)["metadata"]["papermill"]["parameters"], sort_keys=True)


def outputs(path):
    """Return the outputs of the code cells, without counts and times."""
    kept = []
    for cell in read(path)["cells"]:
        if cell["cell_type"] == "code":
            for output in cell["outputs"]:
                output.pop("execution_count", None)
            kept.append(cell["outputs"])
    return json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()


def read(path):
    return json.loads(path.read_text("utf-8"))


def with_figures(school, out, pair):
    """Print what the usual way costs once its pages are to show their figures."""
    os.environ["PLOTLY_RENDERER"] = "notebook"
    took = naive(school, out, pair)
    del os.environ["PLOTLY_RENDERER"]
    size = next(out.glob("*.html")).stat().st_size
    print(f"the usual way with PLOTLY_RENDERER=notebook: {took:.2f} s, {size / 1e6:.2f} MB")


def collection(folder, *, full):
    """Print how fast any notebooks run: `papermill` for each beside the command of the wing."""
    import nbformat

    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(source) for source in ANY]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    paths = [folder / f"n{number}.ipynb" for number in range(REPORTS)]
    for path in paths:
        nbformat.write(book, path)
    papermill, out = str(PROGRAMS / "papermill"), str(folder / "out")
    wing = [sys.executable, "-m", "posanalytics.kernels", "--out", out]
    Path(out).mkdir()

    def usual(path, *options):
        line = [papermill, str(path), str(folder / "x.ipynb"), *options]
        return timed(lambda: subprocess.run(line, check=True, capture_output=True))

    count = REPORTS if full else MEASURED
    each = sum(usual(path) for path in paths[:count]) / count
    ran = timed(lambda: subprocess.run([*wing, *map(str, paths)], check=True, capture_output=True))
    print(f"\n{REPORTS} notebooks with pandas and plotly, papermill for each ({count} measured)")
    row("python -m posanalytics.kernels", each * REPORTS, ran)


def unchanged(school):
    command("run", "-C", str(school))
    print(f"second run, nothing changed: {timed(lambda: command('run', '-C', str(school))):.2f} s")


def command(*words):
    subprocess.run([sys.executable, "-m", "posanalytics", *words], check=True, capture_output=True)


def timed(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def row(name, usual, mine):
    print(f"{name:34}{usual:10.2f}{mine:10.2f}{usual / mine:7.1f}×")


def seconds(values):
    return ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    main()
