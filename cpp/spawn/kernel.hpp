// spawn, kernel: a tree of nodes that add up what their children give; there is no concurrency in
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace spawn {

inline constexpr std::int64_t children = 10;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options) : depth(options.natural("depth", 0, 6)) {}

  std::int64_t depth;  // how many levels of children the root has
};

// Throws std::runtime_error for more than one worker: each node makes its own, so the tree says how
// many there are.
inline void check_workers(const std::size_t workers) {
  if (workers != 1) {
    throw std::runtime_error(
        "argument --workers: expected 1, as --depth says how many there are, got " +
        std::to_string(workers));
  }
}

// A unit: a node of the tree, named by the leaves below it; a leaf is its own only one.
struct Node {
  std::int64_t first;
  std::int64_t leaves;
};

// What a unit gave.
struct Tally {
  std::int64_t ordinals = 0;  // the sum of the ordinals of the leaves below it
  std::size_t nodes = 0;      // how many nodes were visited: itself, and all below it
};

using Nodes = std::vector<Node>;
using Tallies = std::vector<Tally>;

// Lists the one unit that stands at the beginning, the root; it begins all others.
inline Nodes split(const std::int64_t depth) {
  std::int64_t leaves = 1;
  for (std::int64_t level = 0; level < depth; ++level) {
    leaves *= children;
  }
  return {{0, leaves}};
}

// Lists the children of a node that is not a leaf.
inline Nodes branch(const Node& parent) {
  const std::int64_t leaves = parent.leaves / children;
  Nodes nodes(children);
  for (std::int64_t i = 0; i < children; ++i) {
    nodes[static_cast<std::size_t>(i)] = {parent.first + i * leaves, leaves};
  }
  return nodes;
}

// Gives the ordinal of a leaf.
inline Tally count_leaf(const Node& leaf) {
  return {leaf.first, 1};
}

// Adds up what the children of a node gave, and counts the node itself.
inline Tally add(const Tallies& tallies) {
  Tally sum{0, 1};
  for (const Tally& each : tallies) {
    sum.ordinals += each.ordinals;
    sum.nodes += each.nodes;
  }
  return sum;
}

// Says what the root gave.
inline Outcome total(const Tallies& tallies) {
  return {.result = tallies.front().ordinals, .units = tallies.front().nodes};
}

}  // namespace spawn
