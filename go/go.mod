module sidebyside

go 1.22

require (
	golang.org/x/sync v0.10.0
	golang.org/x/sys v0.30.0
)
