package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lockhouse/edge/agent"
)

const screenLimitS = 2

// front looks at what people without a phone use: keypad, scanner, beeper, voice and screen, as far as they are in the settings.
func front(ctx context.Context, p *Patient) {
	c, before := p.config, len(p.found)
	for _, device := range []struct{ key, path string }{
		{"panel_keypad", c.PanelKeypad}, {"panel_scanner", c.PanelScanner}, {"panel_beeper", c.PanelBeeper},
	} {
		p.device(device.key, device.path)
	}
	if len(c.PanelVoice) > 0 {
		if _, err := exec.LookPath(c.PanelVoice[0]); err != nil {
			p.say("panel", Warning, fmt.Sprintf("The panel can't speak: %s is not on this machine.", c.PanelVoice[0]), "Install it (apt install espeak-ng), or empty panel_voice.")
		}
	}
	p.screen(ctx)
	p.panelFaults()
	p.mute()
	if len(p.found) == before && c.PanelKeypad+c.PanelScanner+c.PanelScreen != "" {
		p.fine("panel", "The panel's devices are there.")
	}
	p.presence()
}

// panelFaults passes on what a running agent lacks of its panel: it may not open what root may, or another program may have it.
func (p *Patient) panelFaults() {
	if p.running == nil {
		return
	}
	for _, fault := range p.running.Agent.Faults {
		if what, of := strings.CutPrefix(fault, agent.PanelLacks); of {
			p.say("panel", Fault, "The agent says of its panel: "+what+".",
				"Plug it in. If it is there, the agent may not open it, or another program has it: journalctl -u lockhouse-agent | grep 'the panel'.")
		}
	}
}

// mute says of a panel that takes what people type or scan, and answers nothing.
func (p *Patient) mute() {
	c := p.config
	if c.PanelKeypad+c.PanelScanner != "" && c.PanelScreen+c.PanelBeeper == "" && len(c.PanelVoice) == 0 {
		p.say("panel", Warning, "The panel takes PINs or passes and answers nobody: it has no screen, no voice and no beeper.", "Fit one of them: panel_screen, panel_voice, panel_beeper.")
	}
}

// presence looks whether who has no Bluetooth can show that they stand here.
func (p *Patient) presence() {
	c := p.config
	switch {
	case c.OpenByLine && c.LineURL != "" && c.PanelScreen+c.PresenceCode == "":
		p.say("open by line", Warning, "Phones without Bluetooth can't open here: open_by_line is on, and there is neither a screen that shows a code nor a printed one.",
			"Fit a screen (panel_screen), or draw 8 digits, set presence_code, and print them beside the locker's name; or set open_by_line = false.")
	case c.PresenceCode != "" && !(c.OpenByLine && c.LineURL != ""):
		p.say("open by line", Note, "presence_code is set and opens nothing: open_by_line is off, or there is no line.", "")
	}
}

// device looks whether a device is there and may be read, without taking anything from it.
func (p *Patient) device(key, path string) {
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err == nil {
		is, _ := f.Stat()
		_ = f.Close() // it was only looked at
		if is != nil && is.Mode()&os.ModeCharDevice == 0 {
			p.say("panel", Fault, fmt.Sprintf("%s is no device (%s).", path, key), "Name the device's file: ls -l /dev/input/by-id/ /dev/serial/by-id/")
		}
		return
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		there, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		p.say("panel", Fault, fmt.Sprintf("%s is not there (%s).", path, key), "Plug it in, or name the right one. There are: "+strings.Join(there, ", ")+".")
	case errors.Is(err, fs.ErrPermission):
		p.say("panel", Fault, fmt.Sprintf("%s may not be read by this user (%s).", path, key), "Run the doctor as root. The agent's user has to be in the group that the file belongs to: ls -l "+path)
	default:
		p.say("panel", Fault, fmt.Sprintf("%s can't be opened (%s): %v.", path, key, err), "Unplug it and plug it in again; is another program using it?")
	}
}

// screen asks whether the page of a running agent answers.
func (p *Patient) screen(ctx context.Context) {
	if p.config.PanelScreen == "" || p.running == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, screenLimitS*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.config.PanelScreen)
	if err != nil {
		p.say("panel", Fault, fmt.Sprintf("The screen's page does not answer: %v.", err), "Is another program on that port? ss -ltnp; the agent's log says why.")
		return
	}
	_ = conn.Close() // it was only tried
}
