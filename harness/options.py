"""Options that several verbs share: frozen dataclasses, spread over a verb's command line by `options`."""

from __future__ import annotations

import functools
import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.pipeline import BUDGET_S, QUICK_BUDGET_S, Request
from harness.plan.cases import Filters
from harness.store.folder import RESULTS

Names = Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")]
Quick = Annotated[bool, typer.Option("--quick", help="Small sizes, few rounds: a look, not a result.")]
Anyway = Annotated[
    bool,
    typer.Option(
        "--anyway", help="Go on although another harness measures, sources changed, or the machine did."
    ),
]
Results = Annotated[Path, typer.Option(help="Where run folders are.")]
Folder = Annotated[Path | None, typer.Argument(help="A run folder; without it the newest one.")]


def parse_budget(text: str) -> float:
    """Read a time such as `90s`, `15m` or `1h`; a bare number is seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh]?)", text)
    if match is None or float(match[1]) == 0:
        raise typer.BadParameter(f"expected a time such as 90s, 15m or 1h, got '{text}'")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


Budget = Annotated[
    float | None,
    typer.Option(
        parser=parse_budget, metavar="TIME", help="Measuring time of all studies, e.g. 90s, 15m, 1h."
    ),
]


@dataclass(frozen=True)
class Choice:
    """Which cases."""

    workload: Names = None
    language: Names = None
    model: Names = None
    runtime: Names = None
    study: Names = None

    @property
    def filters(self) -> Filters:
        """Return the choice as the plan takes it."""
        return Filters(*(getattr(self, each.name) or [] for each in fields(self)))


@dataclass(frozen=True)
class Measuring:
    """How much measuring, and where to."""

    quick: Quick = False
    budget: Budget = None
    seed: Annotated[int | None, typer.Option(min=0, max=2**32, help="Fixes the order of the rounds.")] = None
    resume: Annotated[Path | None, typer.Option(help="Go on with this run folder.")] = None
    into: Annotated[Path | None, typer.Option(help="Add a session, or a study, to this run folder.")] = None
    replace: Annotated[bool, typer.Option("--replace", help="With --into: measure its studies anew.")] = False
    results: Results = RESULTS
    anyway: Anyway = False

    def make_request(self, choice: Choice) -> Request:
        """Put together what is asked for."""
        default_s = QUICK_BUDGET_S if self.quick else BUDGET_S
        return Request(choice.filters, self.quick, self.budget or default_s, self.seed)


def options(*kinds: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a verb take dataclasses of options: each field becomes an option of its own."""

    def wrap(verb: Callable[..., None]) -> Callable[..., None]:
        hints = {
            name: hint
            for kind in kinds
            for name, hint in typing.get_type_hints(kind, include_extras=True).items()
        }
        spread = [
            inspect.Parameter(
                each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name]
            )
            for kind in kinds
            for each in fields(kind)
        ]
        own_hints = typing.get_type_hints(verb, include_extras=True)
        own = [
            each.replace(annotation=own_hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
            for name, each in inspect.signature(verb).parameters.items()
            if own_hints[name] not in kinds
        ]
        names = {kind: name for name, kind in own_hints.items() if kind in kinds}

        @functools.wraps(verb)
        def command(**given: Any) -> None:  # noqa: ANN401 (whatever the options are)
            for kind in kinds:
                values = {each.name: given.pop(each.name) for each in fields(kind)}
                given[names[kind]] = kind(**values)
            verb(**given)

        command.__signature__ = inspect.Signature([*own, *spread])  # type: ignore[attr-defined]
        return command

    return wrap
