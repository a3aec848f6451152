// echo, sequential: one connection after another; notice that each message waits for the one before it.

package echo

import "sidebyside/contract"

// Sequential sends the messages one connection at a time.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	talks := listTalks(arguments)
	came := make([][]int64, len(talks))

	// Do every unit.
	for i, talk := range talks {
		numbers, err := holdTalk(talk)
		if err != nil {
			return contract.Outcome{}, err
		}
		came[i] = numbers
	}

	// Add up.
	return total(came), nil
}
