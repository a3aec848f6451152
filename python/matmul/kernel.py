"""matmul, kernel: multiplies two matrices, row by column; there is no concurrency in here."""

from __future__ import annotations

import math
from typing import Dict, List, NamedTuple, Sequence, Union

from contract import Outcome
from options import Options

Matrix = List[List[float]]


def read_arguments(options: Options) -> Dict[str, Union[int, Matrix]]:
    """Take the arguments of the workload off the command line, and make the matrices: no model is timed for that."""
    n = options.natural("n", 1, 1_500)  # rows and columns of both matrices
    units = options.natural("units", 1, 1_500)  # the rows are cut into so many units
    options.finish()  # nothing is made for a command line that is wrong
    return {"a": make(n), "b": make(n), "units": units}


def make(n: int) -> Matrix:
    """Make a matrix of `n` rows and columns with numbers of both signs."""
    return [[(i - j) * (i + j) / (n * n) for j in range(n)] for i in range(n)]


class Band(NamedTuple):
    """A unit: some rows of the first matrix, and all columns of the second."""

    rows: Matrix
    columns: Matrix


def transpose(matrix: Matrix) -> Matrix:
    """List the columns of a matrix, so that the numbers of one lie one after another, as those of a row do."""
    return [list(column) for column in zip(*matrix)]


def cut(rows: Matrix, units: int) -> List[Matrix]:
    """Cut rows into `units` bands of equal height."""
    n = len(rows)
    return [rows[n * i // units : n * (i + 1) // units] for i in range(units)]


def split(a: Matrix, columns: Matrix, units: int) -> List[Band]:
    """Cut `a` into `units` bands of rows, each of which needs all `columns`; one band is a unit."""
    return [Band(rows, columns) for rows in cut(a, units)]


def multiply(band: Band) -> Matrix:
    """Do one unit: compute as many rows of the product as the band has."""
    product = []
    for row in band.rows:
        line = []
        for column in band.columns:
            number = 0.0
            for x, y in zip(row, column):
                number += x * y
            line.append(number)
        product.append(line)
    return product


def join(bands: Sequence[Matrix]) -> Outcome:
    """Put what the units gave together: the number in the middle of the product, in millionths, and the sum of all."""
    product = [row for band in bands for row in band]
    middle = len(product) // 2
    result = math.floor(product[middle][middle] * 1e6 + 0.5)
    return Outcome(result, len(bands), {"sum_of_product": sum(map(sum, product))})
