// matmul, sequential: one unit after another; the time every other model is held against.

#include <cstddef>

#include "matmul/kernel.hpp"

namespace matmul {

// Multiplies a by b on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto columns = transpose(arguments.b);
  const auto bands = split(arguments.a, columns, arguments.units);
  Slots<Matrix> products(bands.size());

  // Do every unit.
  for (std::size_t i = 0; i < bands.size(); ++i) {
    products[i] = multiply(bands[i]);
  }

  // Put the product together.
  return join(products);
}

}  // namespace matmul
