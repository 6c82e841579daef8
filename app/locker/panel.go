package locker

import (
	"net/netip"
	"slices"
	"strings"

	"lockhouse"
	"lockhouse/edge/panel"
	"lockhouse/internal/settings"
)

// inputDir is where Linux shows what is typed on.
const inputDir = "/dev/input/"

// hasPanel tells whether people without a phone can say anything here, or are shown something.
func (c Config) hasPanel() bool {
	return c.PanelKeypad != "" || c.PanelScanner != "" || c.PanelScreen != ""
}

// checkPanel refuses a panel that could not work, or that others than this machine could reach.
func (c Config) checkPanel() error {
	if c.PanelKeypad != "" && !strings.HasPrefix(c.PanelKeypad, inputDir) {
		return settings.RefuseKey("panel_keypad", "must be a file below /dev/input, such as /dev/input/by-id/usb-…-event-kbd")
	}
	if c.PanelBeeper != "" && !strings.HasPrefix(c.PanelBeeper, inputDir) {
		return settings.RefuseKey("panel_beeper", "must be a file below /dev/input, such as /dev/input/by-path/platform-pcspkr-event-spkr")
	}
	if c.PanelScanner != "" && c.PanelScanner == c.PanelKeypad {
		return settings.RefuseKey("panel_scanner", "must be another file than panel_keypad")
	}
	if c.PanelScanner != "" && c.PanelScanner == c.SerialPort {
		return settings.RefuseKey("panel_scanner", "must be another line than serial_port, where the lock boards are")
	}
	if c.PanelScreen != "" {
		at, err := netip.ParseAddrPort(c.PanelScreen)
		if err != nil || !at.Addr().IsLoopback() || at.Port() == 0 {
			return settings.RefuseKey("panel_screen", "must be an address of this machine alone and a port, such as 127.0.0.1:7480")
		}
	}
	if c.PanelHeightMM < 0 || c.PanelHeightMM > lockhouse.MaxPanelHeightMM {
		return settings.RefuseKey("panel_height_mm", "must be 0 to %d", lockhouse.MaxPanelHeightMM)
	}
	if !slices.Contains(panel.Languages(), c.PanelLanguage) {
		return settings.RefuseKey("panel_language", "must be one of %s", strings.Join(panel.Languages(), ", "))
	}
	if len(c.PanelVoice) > 0 && !slices.ContainsFunc(c.PanelVoice, func(word string) bool { return strings.Contains(word, "{phrase}") }) {
		return settings.RefuseKey("panel_voice", "must have {phrase} where the words go, such as [\"espeak-ng\", \"-v\", \"{language}\", \"{phrase}\"]")
	}
	return nil
}

// newPanel makes the panel, or nil where the locker has none.
func (c Config) newPanel(p Parts, l panel.Locker) *panel.Panel {
	if !c.hasPanel() {
		return nil
	}
	o := panel.Options{
		Name: c.PanelName, Languages: languagesFrom(c.PanelLanguage), Keypad: c.PanelKeypad, Screen: c.PanelScreen,
		Touch: c.PanelTouch, HeightMM: c.PanelHeightMM,
		Voice: c.PanelVoice, Beeper: c.PanelBeeper, Now: p.Now, Log: p.Log,
	}
	if strings.HasPrefix(c.PanelScanner, inputDir) {
		o.ScannerKeys = c.PanelScanner
	} else {
		o.ScannerSerial = c.PanelScanner
	}
	return panel.New(o, l)
}

// languagesFrom puts one language before the others.
func languagesFrom(first string) []string {
	others := slices.DeleteFunc(panel.Languages(), func(l string) bool { return l == first })
	return append([]string{first}, others...)
}
