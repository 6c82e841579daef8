package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"lockhouse/app/doctor"
)

type doctorCommand struct {
	settingsFlag
	JSON bool `name:"json" help:"Print JSON, for programs."`
}

// bluezSettings is where Debian and most others have them.
const bluezSettings = "/etc/bluetooth/main.conf"

// unwell is an exit code and no further words.
type unwell int

func (u unwell) Error() string { return "" }

// Run looks at everything and prints what it found. The exit code is 0 when all is well, 1 when somebody should see to
// something, 2 when the locker can't do its work.
func (c *doctorCommand) Run(ctx context.Context) error {
	found := doctor.Examine(ctx, doctor.Patient{SettingsFile: c.file(), Now: time.Now, Local: time.Local, Version: version, BlueZSettings: bluezSettings})
	if err := c.print(os.Stdout, found); err != nil {
		return err
	}
	switch doctor.Worst(found) {
	case doctor.Fault:
		return unwell(2)
	case doctor.Warning:
		return unwell(1)
	}
	return nil
}

func (c *doctorCommand) print(w io.Writer, found []doctor.Finding) error {
	if c.JSON {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(found)
	}
	for _, f := range found {
		text := fmt.Sprintf("%-8s %s: %s\n", f.Level, f.About, f.Says)
		if f.Do != "" {
			text += fmt.Sprintf("%-8s → %s\n", "", f.Do)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
