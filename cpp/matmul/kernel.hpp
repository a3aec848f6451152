// matmul, kernel: multiplies two matrices, row by column; there is no concurrency in here.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace matmul {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

// Makes a matrix of `n` rows and columns with numbers of both signs.
inline Matrix make(const std::int64_t n) {
  Matrix matrix;
  for (std::int64_t i = 0; i < n; ++i) {
    Row row;
    for (std::int64_t j = 0; j < n; ++j) {
      row.push_back(static_cast<double>((i - j) * (i + j)) / static_cast<double>(n * n));
    }
    matrix.push_back(std::move(row));
  }
  return matrix;
}

// Arguments of the workload.
struct Arguments {
  // Takes them off the command line, and makes the matrices: no model is timed for that.
  explicit Arguments(Options& options) {
    const std::int64_t n = options.natural("n", 1, 1'500);
    units = static_cast<std::size_t>(options.natural("units", 1, 1'500));
    options.finish();  // nothing is made for a command line that is wrong
    a = make(n);
    b = make(n);
  }

  Matrix a;  // both have n rows and columns
  Matrix b;
  std::size_t units;  // the rows are cut into so many units
};

// A unit: some rows of the first matrix, and all columns of the second.
struct Band {
  std::span<const Row> rows;
  std::span<const Row> columns;
};

// Lists the columns of a matrix, so that the numbers of one lie one after another, as those of a
// row do.
inline Matrix transpose(const Matrix& matrix) {
  Matrix columns;
  for (std::size_t j = 0; j < matrix.size(); ++j) {
    Row column;
    for (const Row& row : matrix) {
      column.push_back(row[j]);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

// Cuts `a` into `units` bands of rows, each of which needs all `columns`; one band is a unit. The
// caller owns both.
inline std::vector<Band> split(const Matrix& a, const Matrix& columns, const std::size_t units) {
  const std::span<const Row> rows(a);
  std::vector<Band> bands;
  for (std::size_t i = 0; i < units; ++i) {
    const std::size_t first = rows.size() * i / units;
    const std::size_t end = rows.size() * (i + 1) / units;
    bands.push_back({rows.subspan(first, end - first), columns});
  }
  return bands;
}

// Does one unit: computes as many rows of the product as the band has.
inline Matrix multiply(const Band& band) {
  Matrix product;
  for (const Row& row : band.rows) {
    Row line(band.columns.size());
    for (std::size_t j = 0; j < line.size(); ++j) {
      const Row& column = band.columns[j];
      double number = 0;
      for (std::size_t k = 0; k < row.size(); ++k) {
        number += row[k] * column[k];
      }
      line[j] = number;
    }
    product.push_back(std::move(line));
  }
  return product;
}

// Puts what the units gave together: the number in the middle of the product, in millionths, and
// the sum of all; a slot that is still empty was not done.
inline Outcome join(const Slots<Matrix>& bands) {
  Matrix product;
  Outcome outcome;
  for (const auto& rows : bands) {
    if (rows) {
      product.insert(product.end(), rows->begin(), rows->end());
      ++outcome.units;
    }
  }
  double sum = 0;
  for (const Row& row : product) {
    for (const double number : row) {
      sum += number;
    }
  }
  const std::size_t middle = product.size() / 2;
  outcome.result = static_cast<std::int64_t>(std::floor(product[middle][middle] * 1e6 + 0.5));
  outcome.metrics = {{"sum_of_product", sum}};
  return outcome;
}

}  // namespace matmul
