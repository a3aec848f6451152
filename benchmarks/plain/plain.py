"""Each kernel as a plain program: no units, no contract; prints nanoseconds and result.

plain.py KERNEL NUMBER FILE
"""

from __future__ import annotations

import hashlib
import math
import sys
import time
from collections import Counter
from pathlib import Path


def primes(limit: int) -> int:
    count = 0
    for number in range(2, limit):
        if number % 2 == 0:
            count += number == 2
            continue
        divisor = 3
        while divisor * divisor <= number:
            if number % divisor == 0:
                break
            divisor += 2
        else:
            count += 1
    return count


def nqueens(n: int, columns: int = 0, left: int = 0, right: int = 0) -> int:
    full = (1 << n) - 1
    if columns == full:
        return 1
    count = 0
    free = full & ~(columns | left | right)
    while free:
        queen = free & -free
        free ^= queen
        count += nqueens(n, columns | queen, (left | queen) << 1, (right | queen) >> 1)
    return count


def mandelbrot(size: int) -> int:
    count = 0
    for y in range(size):
        ci = 2.0 * y / size - 1.0
        for x in range(size):
            cr = 2.0 * x / size - 1.5
            zr = zi = 0.0
            for _ in range(50):
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                if zr * zr + zi * zi > 4.0:
                    break
            else:
                count += 1
    return count


def matmul(a: list[list[float]]) -> int:
    columns = list(zip(*a))
    product = []
    for row in a:
        line = []
        for column in columns:
            number = 0.0
            for x, y in zip(row, column):
                number += x * y
            line.append(number)
        product.append(line)
    return math.floor(product[len(a) // 2][len(a) // 2] * 1e6 + 0.5)


def sha256(count: int, size: int = 16_384) -> int:
    found = 0
    for number in range(count):
        buffer = number.to_bytes(8, "little") * (size // 8)
        found ^= int.from_bytes(hashlib.sha256(buffer).digest()[:6], "little")
    return found


def wordcount(text: str) -> int:
    counts = Counter(text.split())
    return sum(int.from_bytes(w.encode(), "big") % (2**31 - 1) * n * n for w, n in counts.items()) % 2**53


def main() -> None:
    """Make what the kernel works on, then time it."""
    name, number = sys.argv[1], int(sys.argv[2])
    a = [
        [(i - j) * (i + j) / (number * number) for j in range(number)]
        for i in range(number * (name == "matmul"))
    ]
    text = Path(sys.argv[3]).read_text(encoding="utf-8") if name == "wordcount" else ""
    kernels = {
        "primes": lambda: primes(number),
        "nqueens": lambda: nqueens(number),
        "mandelbrot": lambda: mandelbrot(number),
        "matmul": lambda: matmul(a),
        "hash": lambda: sha256(number),
        "wordcount": lambda: wordcount(text),
    }
    begin = time.perf_counter_ns()
    result = kernels[name]()
    print(time.perf_counter_ns() - begin, result)


main()
