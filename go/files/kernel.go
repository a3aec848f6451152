// Package files reads files and checks their bytes; there is no concurrency in this file.
package files

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	Folder string // where the files are, each named by its number
	Files  int    // how many there are, numbered from 0
	Size   int    // bytes of each
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Folder: options.Text("folder"),
		Files:  options.Natural("files", 0, 100_000),
		Size:   options.Natural("size", 0, 100_000_000),
	}
}

// file is a unit: one file of size bytes.
type file struct {
	path string
	size int
}

// listFiles names the files 0 … files - 1 of folder; one file is a unit.
func listFiles(folder string, files, size int) []file {
	units := make([]file, files)
	for number := range units {
		units[number] = file{filepath.Join(folder, strconv.Itoa(number)), size}
	}
	return units
}

// readFile does one unit: it reads the file, all of it, and computes its CRC-32.
func readFile(unit file) (*int64, error) {
	const remedy = "prepare the folder anew"
	name := filepath.Base(unit.path)
	content, err := os.ReadFile(unit.path)
	if err != nil {
		return nil, fmt.Errorf("expected to read file %s, got: %w: %s", name, cause(err), remedy)
	}
	if len(content) != unit.size {
		return nil, fmt.Errorf("expected %d bytes in file %s, got %d: %s", unit.size, name, len(content), remedy)
	}
	found := int64(crc32.ChecksumIEEE(content))
	return &found, nil
}

// cause takes the path off an error of the system.
func cause(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

// total joins what the units gave; a slot that is still nil was not done.
func total(found []*int64) contract.Outcome {
	var outcome contract.Outcome
	for _, each := range found {
		if each != nil {
			outcome.Result ^= *each
			outcome.Units++
		}
	}
	return outcome
}
