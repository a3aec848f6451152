// files, sequential: one file after another; the time every other model is held against.

package files

import "sidebyside/contract"

// Sequential reads the files on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	units := listFiles(arguments.Folder, arguments.Files, arguments.Size)
	found := make([]*int64, len(units))

	// Do every unit.
	for i, unit := range units {
		each, err := readFile(unit)
		if err != nil {
			return contract.Outcome{}, err
		}
		found[i] = each
	}

	// Add up.
	return total(found), nil
}
