"""The Cox model at 100,000 parents with about ten covariates: our fit, R's coxph, and lifelines.

All fit the same data in the same run: 28 columns of ten categorical covariates, days as times, Efron
ties, and errors robust by parent. R is timed without robust errors too: its residuals for them take nearly all of its time. It
is left out where it is missing. Seconds are those of processor time, which a
busy machine does not lengthen; ours the shortest of three fits, theirs of one.
Writes benchmarks/results/cox.json.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from fjanalysis.folders import write_text
from fjanalysis.statistics.cox import fit
from fjanalysis.statistics.risk_sets import Spells

RESULTS = Path(__file__).parent / "results" / "cox.json"
PARENTS = 100_000
LEVELS = (5, 4, 2, 4, 9, 3, 2, 3, 4, 2)
REPEATS = 3
R_CODE = """
suppressPackageStartupMessages(library(survival))
data <- read.csv("data.csv")
model <- as.formula(paste("Surv(time, event) ~", paste(grep("^x", names(data), value = TRUE), collapse = "+")))
plain <- sum(system.time(coxph(model, data))[1:2])
seconds <- sum(system.time(fit <- coxph(model, data, cluster = id))[1:2])
cat(format(plain, digits = 6), format(seconds, digits = 6), format(coef(fit), digits = 15), format(sqrt(diag(fit$var)), digits = 15))
"""


def made() -> tuple[pd.DataFrame, Spells]:
    """Return parents as a frame of columns of 0 and 1, and as spells."""
    chance = np.random.default_rng(20)
    codes = np.column_stack([chance.integers(0, size, PARENTS) for size in LEVELS])
    columns = [codes[:, at] == level for at, size in enumerate(LEVELS) for level in range(1, size)]
    design = np.column_stack(columns).astype(np.float64)
    effects = chance.normal(0, 0.3, design.shape[1])
    returned = chance.exponential(6000 / np.exp(design @ effects)).astype(np.int64)
    followed = chance.integers(30, 5600, PARENTS)
    stop, events = np.minimum(returned, followed) + 1, returned <= followed
    frame = pd.DataFrame(design, columns=[f"x{at}" for at in range(design.shape[1])])
    frame = frame.assign(id=np.arange(PARENTS), time=stop, event=events.astype(int))
    mixed = np.ravel_multi_index(tuple(codes.T), LEVELS)
    first, patterns = np.unique(mixed, return_index=True, return_inverse=True)[1:]
    zeros = np.zeros(PARENTS, dtype=np.int64)
    spells = Spells(zeros, stop, events, design[first], patterns, np.arange(PARENTS), zeros)
    return frame, spells


def seconds_of(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the shortest processor time that a run takes."""
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return min(taken)


def of_r(frame: pd.DataFrame) -> tuple[float, float, np.ndarray, np.ndarray] | None:
    """Return R's coxph: its time without robust errors and with them, its coefficients and those errors."""
    if not shutil.which("Rscript"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "data.csv", index=False)
        done = subprocess.run(
            ["Rscript", "-e", R_CODE], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        return None
    numbers = np.array(done.stdout.split(), dtype=float)
    width = (len(numbers) - 2) // 2
    return float(numbers[0]), float(numbers[1]), numbers[2 : width + 2], numbers[width + 2 :]


def of_lifelines(frame: pd.DataFrame) -> float:
    """Return the time that lifelines takes for the same model with its own errors."""
    from lifelines import CoxPHFitter

    columns = [name for name in frame if name.startswith("x")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = frame[[*columns, "time", "event"]]
        return seconds_of(lambda: CoxPHFitter().fit(data, "time", "event"), 1)


def main() -> None:
    """Measure, print and write."""
    frame, spells = made()
    found = fit(spells)
    result: dict[str, object] = {
        "parents": PARENTS,
        "events": int(spells.events.sum()),
        "columns": spells.covariates.shape[1],
        "fjanalysis_seconds": round(seconds_of(lambda: fit(spells)), 3),
        "lifelines_seconds": round(of_lifelines(frame), 3),
    }
    oracle = of_r(frame)
    if oracle:
        plain, robust, coefficients, errors = oracle
        ours = float(str(result["fjanalysis_seconds"]))
        result["r_coxph_without_robust_errors_seconds"] = round(plain, 3)
        result["r_coxph_seconds"] = round(robust, 3)
        result["ratio_to_r_without_robust_errors"] = round(ours / plain, 4)
        result["ratio_to_r"] = round(ours / robust, 4)
        result["largest_difference_of_coefficients"] = float(
            f"{np.abs(found.coefficients - coefficients).max():.1e}"
        )
        result["largest_relative_difference_of_robust_errors"] = float(
            f"{np.abs(found.errors / errors - 1).max():.1e}"
        )
    else:
        result["r_coxph_seconds"] = None
    for name, value in result.items():
        print(f"{name:<48}{value}")
    write_text(RESULTS, json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
