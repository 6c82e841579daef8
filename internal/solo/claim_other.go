//go:build !linux

package solo

import "os"

func claim(*os.File) (string, error) { return "", ErrTaken }
