"""mandelbrot, cluster: a scheduler hands out units over TCP; notice that results come back in the units' order."""

from cluster import connect
from contract import Outcome
from mandelbrot.kernel import count_bounded, split, total


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, on `workers` processes of a Dask cluster."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    with connect(workers, count_bounded) as client:
        counts = client.gather(client.map(count_bounded, rows, pure=False))

    # Add up.
    return total(counts)
