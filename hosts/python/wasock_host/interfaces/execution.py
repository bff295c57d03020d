"""`wasock:websocket/execution`: there is one user, who runs one iteration after the other."""

import time
from typing import Any

from ..guest_state import GuestState, Verdict
from ..interface import Interface
from ..values import Record


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def vu() -> Any:
        number = 0 if state.iteration is None else 1
        begun = state.iteration or 0
        return Record(
            id_in_instance=number,
            id_in_test=number,
            iteration_in_instance=begun,
            iteration_in_scenario=begun,
        )

    def scenario() -> Any:
        if state.iteration is None:
            return None
        return Record(
            name=state.scenario,
            executor="shared-iterations",
            start_time=state.started * 1e3,
            progress=0.0,
            iteration_in_instance=state.iteration,
            iteration_in_test=state.iteration,
        )

    def instance() -> Any:
        return Record(
            current_test_run_duration=(time.time() - state.started) * 1e3,
            iterations_completed=state.completed,
            iterations_interrupted=state.cut_short,
            vus_active=0 if state.iteration is None else 1,
            vus_initialized=1,
        )

    def abort(message: str) -> None:
        state.failures.append(message)
        state.verdict = Verdict("abort", message)
        state.shared.interrupt()

    def fail(message: str) -> None:
        state.failures.append(message)
        state.verdict = state.verdict or Verdict("fail", message)

    interface.functions(
        vu=vu,
        scenario=scenario,
        instance=instance,
        options=lambda: state.options,
        abort=abort,
        fail=fail,
        interrupted=lambda: state.shared.interrupted,
    )
