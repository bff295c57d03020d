"""What is measured is what `wasock run` measures: hosts/measurements/measurements.json has its numbers."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, component

TABLE = ROOT / "hosts/measurements"
CASES = json.loads((TABLE / "measurements.json").read_text())["cases"]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """The scripts as components."""
    folder = tmp_path_factory.mktemp("measurements")
    program = os.environ.get("WASOCK", ROOT / "target/release/wasock")
    made = {}
    for script in {case["script"] for case in CASES if "script" in case}:
        made[script] = folder / f"{script}.wasm"
        subprocess.run([program, "compile", "--quiet", TABLE / script, "-o", made[script]], check=True)
    return made


def comparable(metrics, varies):
    """Of each metric what the table has, but for those that vary."""
    kept = ("kind", "contents", "passes", "fails", "count")
    compared = {name: sums for name, sums in metrics.items() if name not in varies}
    return {name: {key: sums[key] for key in kept if key in sums} for name, sums in compared.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.get('script', case.get('guest'))}-{case['case']}")
def test_the_measurements_are_those_of_wasock_run(case, compiled, server):
    wasm = compiled[case["script"]] if "script" in case else component(case["guest"])
    variables = ["-e", f"WSS={server.ws if 'script' in case else 'ws://127.0.0.1:9'}", "-e", f"CASE={case['case']}"]
    program = [sys.executable, "-m", "wasock_host", "--metrics", "json", *variables, wasm]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=300)
    found = json.loads(ran.stdout.splitlines()[-1])
    varies = case.get("varies", [])
    assert comparable(found["metrics"], varies) == case["metrics"], ran.stderr
    assert set(varies) <= found["metrics"].keys()
    assert ran.returncode == case["exits"]["hosts"], ran.stderr
