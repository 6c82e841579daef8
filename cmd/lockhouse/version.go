package main

import (
	"fmt"
	"runtime"
)

type versionCommand struct{}

// Run prints the version and what it was built with.
func (c *versionCommand) Run() error {
	fmt.Println("lockhouse", version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return nil
}
