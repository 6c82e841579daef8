package network

import (
	"fmt"
	"os"

	"lockhouse/estate/cells"
	"lockhouse/internal/settings"
)

// readCells reads the directory of a network of several cells. This cell must stand in it: one that does not know itself would
// send everybody away.
func readCells(c Cells) (cells.Directory, error) {
	if (c.This == "") != (c.DirectoryFile == "") {
		return cells.Directory{}, settings.RefuseKey("cells.this", "and cells.directory_file go together")
	}
	if c.DirectoryFile == "" {
		return cells.Directory{}, nil
	}
	file, err := os.Open(c.DirectoryFile)
	if err != nil {
		return cells.Directory{}, fmt.Errorf("cells.directory_file: %w", err)
	}
	defer file.Close()
	d, err := cells.Read(file, "docs/growing.md")
	if err != nil {
		return cells.Directory{}, err
	}
	if _, found := d.Named(c.This); !found {
		return cells.Directory{}, settings.RefuseKey("cells.this", "is %q, which the directory does not have", c.This)
	}
	return d, nil
}
