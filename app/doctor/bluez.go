package doctor

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"lockhouse/edge/ble"
)

// bluezVersion looks whether BlueZ is one that was tried.
func bluezVersion(ctx context.Context, p *Patient) {
	v, err := ble.RunningVersion(ctx, p.config.DBusAddress)
	switch {
	case err != nil || v == ble.Version{}:
		p.say("bluez", Note, "BlueZ does not say its version.", "")
	case v.IsOlderThan(ble.Oldest):
		p.say("bluez", Warning, fmt.Sprintf("BlueZ is %s; %s is the oldest with which lockers were tried.", v, ble.Oldest), "Upgrade the package bluez, as with Debian 12.")
	default:
		p.fine("bluez", fmt.Sprintf("BlueZ is %s.", v))
	}
}

// bluezSettings looks whether BlueZ is told what a locker wants of it (docs/howto/run-a-locker.md).
func bluezSettings(p *Patient) {
	if p.BlueZSettings == "" {
		return
	}
	said, err := readGeneral(p.BlueZSettings)
	if err != nil {
		p.say("bluez settings", Note, fmt.Sprintf("What BlueZ is told can't be read: %v.", err), "")
		return
	}
	sound := true
	for _, want := range []struct{ key, value, others, why string }{
		{"Privacy", "device", " network on ", "has one address on the air for life, by which anybody can follow it"},
		{"ControllerMode", "le", "", "answers to classic Bluetooth too, which it does not need, with an address that never changes"},
	} {
		if got := said[want.key]; got != want.value && !strings.Contains(want.others, " "+got+" ") {
			sound = false
			p.say("bluez settings", Warning, fmt.Sprintf("This locker %s: %s does not say %s = %s.", want.why, p.BlueZSettings, want.key, want.value),
				fmt.Sprintf("Write %s = %s below [General] there, then: systemctl restart bluetooth. The agent follows by itself.", want.key, want.value))
		}
	}
	if sound {
		p.fine("bluez settings", "BlueZ changes its address, and leaves classic Bluetooth alone.")
	}
}

// readGeneral reads what a file of BlueZ's says below [General]; of a key that is there twice, the last counts. A file that is not
// there says nothing.
func readGeneral(path string) (map[string]string, error) {
	said := map[string]string{}
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return said, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	section := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		key, value, isSetting := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "["):
			section = line
		case section == "[General]" && isSetting && line[0] != '#':
			said[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return said, lines.Err()
}
