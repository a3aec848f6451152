"""expressions: the one evaluator of the TOML files; what it computes, and that nothing else gets through."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.plan.expressions import ExpressionError, evaluate, list_names

VALUES: dict[str, object] = {
    "n": 10,
    "cores": 2,
    "share": 0.5,
    "mode": "racy",
    "nothing": None,
    "case": SimpleNamespace(ratio=1.9, verdict="faster"),
    "many": np.array([1.0, 0.0, np.nan]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n * (n + 1) // 2", 55),
        ("n / 4 - 1", 1.5),
        ("-n % 503 + 1", 494),
        ("n\n  + 1", 11),
        ("1.5*cores", 3.0),
        ("max(1, n, cores) - min(n, cores)", 8),
        ("ceil(share) + floor(share) + abs(-1)", 2),
        ("sqrt(n - 1)", 3.0),
        ("0 < cores <= n", True),
        ('mode == "racy" and n > 2', True),
        ('not (mode in ("locked", "atomic"))', True),
        ('mode not in ("locked", "racy") or false', False),
        ('none if mode == "racy" else n', None),
        ("n if true else 1 / 0", 10),
        ("false and 1 / 0 > 1", False),
        ("true or 1 / 0 > 1", True),
        ('case.verdict == "faster" and case.ratio < 2', True),
        ("nothing == none", True),
    ],
)
def test_an_expression_gives(text: str, expected: object) -> None:
    assert evaluate(text, VALUES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("many * 2 + n", [12, 10, np.nan]),
        ("many if many > 0 else -1", [1, -1, -1]),
        ("many >= 0 and many < n", [True, True, False]),
        ("not many > 0", [False, True, True]),
        ("max(many, 0.5)", [1, 0.5, np.nan]),
        ("1 / many", [1, np.inf, np.nan]),
        ("ceil(many / 2) + floor(many / 2)", [1, 0, np.nan]),
        ("sqrt(many - 1)", [0, np.nan, np.nan]),
    ],
)
def test_an_expression_over_arrays_is_one_of_each_element(text: str, expected: list[float]) -> None:
    np.testing.assert_array_equal(np.asarray(evaluate(text, VALUES), dtype=float), np.array(expected))


def test_names_are_those_that_must_be_known() -> None:
    assert list_names('max(n, cores) if mode == "racy" and true else case.ratio') == {
        "n",
        "cores",
        "mode",
        "case",
    }


REFUSED = {
    "call": "print(1)",
    "call of an attribute": "mode.upper()",
    "named argument": "max(n, key=n)",
    "spread": "max(*many)",
    "private attribute": "mode.__class__",
    "lambda": "lambda: 1",
    "power": "9**9**9**9",
    "shift": "1 << 99",
    "bits": "n | 1",
    "complement": "~" * 400 + "1",
    "comprehension": "[x for x in many]",
    "list": "[1, 2]",
    "subscript": "many[0]",
    "slice": "mode[:1]",
    "f-string": "f'{n}'",
    "bytes": "b'abc'",
    "complex": "1j",
    "ellipsis": "...",
    "assignment": "(n := 2)",
    "statement": "import os",
    "await": "await n",
    "nothing": "   ",
    "comment": "# n",
    "NUL": "n\0",
    "half a letter": "'\ud800'",
    "deep": "(" * 250 + "n" + ")" * 250,
    "long": "n + " * 250_000 + "n",
    "huge literal": "9" * 400,
    "endless literal": "1e999",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=list(REFUSED))
def test_anything_else_is_refused_before_it_is_evaluated(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        list_names(text)
    assert len(str(raised.value)) < 700


FAILING = {
    "unknown name": ("m + 1", "expected one of case, cores, many, mode, n, nothing, share, got 'm'"),
    "division by zero": ("n / 0", "'n / 0' cannot be evaluated: division by zero"),
    "text and number": ("mode + 1", "expected a number, got 'racy'"),
    "text times number": ("mode * 999999999999", "expected a number, got 'racy'"),
    "formatting": ("'%999999999d' % n", "expected a number, got '%999999999d'"),
    "tuple times number": ("(n, n) * 99999999999", "expected a number, got (10, 10)"),
    "unordered": ("mode < n", "cannot be evaluated"),
    "unknown attribute": ("case.weight", "cannot be evaluated"),
    "no argument": ("max()", "cannot be evaluated"),
    "too large": ("18446744073709551615 * 18446744073709551615", "expected a number below 2^64"),
}


@pytest.mark.parametrize(("text", "message"), FAILING.values(), ids=list(FAILING))
def test_what_cannot_be_evaluated_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        evaluate(text, VALUES)
    assert message in str(raised.value)


ARITHMETIC = ["+", "-", "*", "/", "//", "%", "**", "<", "==", "(", ")", "[", ",", "."]
KEYWORDS = ["in", "not", "and", "or", "if", "else", "lambda", "true", "none", "max", "ceil", "sqrt", "ratio"]
WORDS = st.sampled_from([*VALUES, *ARITHMETIC, *KEYWORDS, "1", "0", "2.5", "'a'"])
LEAVES = st.sampled_from(
    ["n", "cores", "share", "mode", "nothing", "many", "case.ratio", "0", "2.5", "'a'", "true"]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "==", "!=", "in", "and", "or"]), inner
        ).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(st.sampled_from(["max", "min", "ceil", "abs", "sqrt"]), inner, inner).map(
            lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        inner.map(lambda part: f"(-{part})"),
        inner.map(lambda part: f"(not {part})"),
    ),
    max_leaves=12,
)


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=15).map(" ".join), TREES))
@example("-" * 499 + "1")
@example("not " * 120 + "n")
@example("abs(" * 120 + "n" + ")" * 120)
@example(".a" * 200)
@example("n" + ".real" * 99)
def test_any_text_is_evaluated_or_refused(text: str) -> None:
    try:
        evaluate(text, VALUES)
    except ExpressionError as error:
        assert str(error)  # noqa: PT017 (whatever else is raised fails the test)
