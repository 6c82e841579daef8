// Empty does nothing until its input ends: what a Go program takes to start, and to be there.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // however it ends
}
