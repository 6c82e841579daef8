package doctor

import (
	"context"
	"os"
	"path/filepath"

	"lockhouse"
	"lockhouse/edge/ble"
)

// air looks whether phones can find the locker.
func air(ctx context.Context, p *Patient) {
	if !p.config.Bluetooth {
		p.say("bluetooth", Note, "The locker is not to be on the air (bluetooth = false).", "")
		return
	}
	if err := ble.Look(ctx, p.config.DBusAddress); err != nil {
		level := Fault
		if lockhouse.CodeOf(err) == ble.CodeAirOff && p.running == nil && !radioBlocked() {
			level = Note // the agent switches it on
		}
		p.refusal("bluetooth", level, err, "")
		return
	}
	if p.running != nil && p.running.Air != nil && !p.running.Air.Up {
		p.say("bluetooth", Fault, "An adapter is there and on, and the agent is not on the air: "+p.running.Air.Why+".", "systemctl restart bluetooth; the agent follows by itself.")
		return
	}
	p.fine("bluetooth", "BlueZ is there, and an adapter is on.")
	bluezVersion(ctx, p)
	bluezSettings(p)
}

// radioBlocked tells whether a Bluetooth radio is blocked by switch or by software (rfkill).
func radioBlocked() bool {
	kinds, _ := filepath.Glob("/sys/class/rfkill/*/type")
	for _, kind := range kinds {
		dir := filepath.Dir(kind)
		if is(kind, "bluetooth") && (is(filepath.Join(dir, "soft"), "1") || is(filepath.Join(dir, "hard"), "1")) {
			return true
		}
	}
	return false
}

func is(path, want string) bool {
	got, err := os.ReadFile(path)
	return err == nil && string(got) == want+"\n"
}
