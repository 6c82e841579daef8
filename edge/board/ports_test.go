package board

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPortsGoByNamesThatLast(t *testing.T) {
	dev, links := t.TempDir(), t.TempDir()
	var ports []string
	for _, name := range []string{"ttyS0", "ttyUSB0"} {
		port := filepath.Join(dev, name)
		if err := os.WriteFile(port, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	link := filepath.Join(links, "usb-FTDI-port0")
	if err := os.Symlink(ports[1], link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dev, "gone"), filepath.Join(links, "dangling")); err != nil {
		t.Fatal(err)
	}
	if got, want := lasting(slices.Clone(ports), links), []string{ports[0], link}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := lasting(slices.Clone(ports), filepath.Join(links, "none")); !slices.Equal(got, ports) {
		t.Errorf("without links: %v", got)
	}
}
