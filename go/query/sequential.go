// query, sequential: one query after another on one connection; the time every other model is held against.

package query

import "sidebyside/contract"

// Sequential asks the queries one at a time.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into batches.
	batches := split(arguments)
	answers := make([]*answer, len(batches))

	// Do every batch.
	database, err := connect(arguments.Database, 1)
	if err != nil {
		return contract.Outcome{}, err
	}
	defer database.Close()
	for i, queries := range batches {
		if answers[i], err = doBatch(database, queries); err != nil {
			return contract.Outcome{}, err
		}
	}

	// Add up.
	return total(answers), nil
}
