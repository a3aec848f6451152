"""Expressions of the TOML files: numbers, texts and conditions over names, evaluated without `eval`.

One evaluator serves results, units, workers, open files, skips, derived quantities, ideal lines and the
conditions of findings. Values may be numpy arrays: then the answer is one.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import Any

import numpy as np

from harness.errors import HarnessError

LONGEST = 500
LARGEST = 2**64

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


def power(base: Any, exponent: Any) -> Any:
    """Raise whole numbers to a power, as far as they can be counted."""
    found = 1
    for _ in range(min(exponent, LARGEST.bit_length())):
        found *= base
    return bound(found)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "max": lambda *values: reduce(np.maximum, values),
    "min": lambda *values: reduce(np.minimum, values),
    "power": power,
    "sqrt": np.sqrt,
}
CONSTANTS: dict[str, object] = {"true": True, "false": False, "none": None}


class ExpressionError(HarnessError):
    """An expression that cannot be read or evaluated; the message says why."""


@cache
def parse(text: str) -> ast.expr:
    """Read an expression; raises ExpressionError for anything but names, numbers, texts and operators."""
    if len(text) > LONGEST:
        raise ExpressionError(f"expected at most {LONGEST} characters, got {len(text)}")
    try:
        tree = ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(
            f"expected an expression such as 'requests * (requests + 1) // 2', got {text!r}"
        ) from None
    for node in ast.walk(tree):
        check(node, text)
    return tree


def check(node: ast.AST, text: str) -> None:
    """Raise ExpressionError for a part that expressions do not have."""
    match node:
        case ast.Constant(value=str()):
            return
        case ast.Constant(value=int() | float() as value) if abs(value) <= LARGEST:
            return
        case ast.BinOp(op=op) if type(op) in BINARY:
            return
        case ast.Compare(ops=ops) if all(type(op) in COMPARE for op in ops):
            return
        case ast.UnaryOp(op=ast.USub() | ast.Not()) | ast.BoolOp() | ast.IfExp() | ast.Name() | ast.Tuple():
            return
        case ast.Attribute(attr=name) if not name.startswith("_"):
            return
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return
        case ast.operator() | ast.cmpop() | ast.unaryop() | ast.boolop() | ast.expr_context():
            return
    raise ExpressionError(
        f"expected names, numbers, texts and operators, got {type(node).__name__} in {text!r}"
    )


def list_names(text: str) -> set[str]:
    """List the names that an expression needs; raises ExpressionError."""
    names = {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}
    return names - FUNCTIONS.keys() - CONSTANTS.keys()


def list_attributes(text: str) -> list[str]:
    """List what an expression asks of the things it names; raises ExpressionError."""
    return [node.attr for node in ast.walk(parse(text)) if isinstance(node, ast.Attribute)]


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """Evaluate an expression; raises ExpressionError for an unknown name or an operation that fails."""
    try:
        with np.errstate(all="ignore"):  # what cannot be divided is NaN, without a word
            found = walk(parse(text), values)
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise ExpressionError(f"{text!r} cannot be evaluated: {error}") from None
    return found.item() if isinstance(found, np.generic) else found


def walk(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Evaluate one part."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return look_up(name, values)
        case ast.Attribute(value=owner, attr=name):
            return getattr(walk(owner, values), name)
        case ast.IfExp(test=test, body=body, orelse=other):
            return choose(walk(test, values), body, other, values)
        case ast.BoolOp(op=op, values=parts):
            return join(op, parts, values)
        case ast.Tuple(elts=parts):
            return tuple(walk(part, values) for part in parts)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(walk(each, values) for each in arguments))
    return operate(node, values)


def operate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Evaluate an operator."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return bound(BINARY[type(op)](number(walk(left, values)), number(walk(right, values))))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -walk(operand, values)
        case ast.UnaryOp(operand=operand):
            return np.logical_not(walk(operand, values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return compare(walk(left, values), ops, [walk(each, values) for each in others])
    raise ExpressionError(f"expected an expression, got {ast.unparse(node)!r}")


def look_up(name: str, values: Mapping[str, Any]) -> Any:
    """Return what a name stands for."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name not in values:
        raise ExpressionError(f"expected one of {', '.join(sorted(values))}, got {name!r}")
    return values[name]


def number(value: Any) -> Any:
    """Refuse to reckon with texts: Python would repeat and fill them."""
    if isinstance(value, str | tuple):
        raise ExpressionError(f"expected a number, got {value!r}")
    return value


def bound(value: Any) -> Any:
    """Refuse whole numbers that no computer counts to."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ExpressionError("expected a number below 2^64")
    return value


def choose(test: Any, body: ast.expr, other: ast.expr, values: Mapping[str, Any]) -> Any:
    """Evaluate `body if test else other`, for each element where the test is an array."""
    if isinstance(test, np.ndarray):
        return np.where(test, walk(body, values), walk(other, values))
    return walk(body if test else other, values)


def join(op: ast.boolop, parts: list[ast.expr], values: Mapping[str, Any]) -> Any:
    """Evaluate `a and b`, `a or b`; what is not needed is not evaluated."""
    found: Any = isinstance(op, ast.And)
    for part in parts:
        value = walk(part, values)
        found = np.logical_and(found, value) if isinstance(op, ast.And) else np.logical_or(found, value)
        if not isinstance(found, np.ndarray) and bool(found) != isinstance(op, ast.And):
            break
    return found


def compare(left: Any, ops: list[ast.cmpop], others: list[object]) -> Any:
    """Evaluate `a < b <= c`."""
    found: Any = True
    for op, right in zip(ops, others, strict=True):
        found = np.logical_and(found, COMPARE[type(op)](left, right))
        left = right
    return found
