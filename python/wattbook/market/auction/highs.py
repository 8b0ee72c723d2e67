"""The solver HiGHS, silent and on one thread."""

import highspy

__all__ = ["quiet_solver"]


def quiet_solver() -> highspy.Highs:
    """Return a solver without columns and rows that writes nothing."""
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS's own call
    solver.setOptionValue("threads", 1)
    return solver
