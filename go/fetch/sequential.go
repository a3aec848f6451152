// fetch, sequential: one page after another on one connection; notice that nearly all of the time is waiting.

package fetch

import "sidebyside/contract"

// Sequential gets the pages one at a time.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	paths := listPaths(arguments.Requests, arguments.DelayMs)
	answers := make([]*answer, len(paths))

	// Do every unit.
	client := Connect(arguments.TimeoutMs, 1)
	defer client.CloseIdleConnections()
	for i, path := range paths {
		answer, err := fetchPage(client, arguments.URL+path)
		if err != nil {
			return contract.Outcome{}, err
		}
		answers[i] = answer
	}

	// Add up.
	return total(answers), nil
}
