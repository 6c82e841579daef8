package locker

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"lockhouse/edge/agent"
	"lockhouse/edge/board"
	"lockhouse/edge/panel"
	"lockhouse/internal/settings"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Config is what a technician decides. The doc tags are what `lockhouse-agent config` prints.
type Config struct {
	StateDir     string   `toml:"state_dir" doc:"Directory of the locker's identity and its journal: on a disk that keeps what was synced, readable by nobody else."`
	Keys         string   `toml:"keys" doc:"Where the locker's keys are made at its enrolment: file, in the state directory; tpm, in a TPM 2.0, which they never leave. Later changes do nothing."`
	TPMDevice    string   `toml:"tpm_device" doc:"The TPM, for keys = tpm."`
	Compartments string   `toml:"compartments" doc:"CSV file of the compartments: number,size,rank,column,row,floor_mm,board,channel. board is the lock board's address as its switches say, channel its lock from 0; which there can be is the dialect's to say."`
	SerialPort   string   `toml:"serial_port" doc:"The line to the lock boards; a name below /dev/serial/by-id stays the same when the machine is started anew."`
	BoardDialect string   `toml:"board_dialect" doc:"How the lock boards speak: cu16 (KERONG CU12, CU16), cu24, cu48 (KERONG), 8a (YK and alike), winnsen, wkly. 'lockhouse-agent probe' finds it out."`
	SerialBaud   int      `toml:"serial_baud" doc:"The line's speed. 0: that with which boards of the dialect leave the factory."`
	HookReversed bool     `toml:"hook_reversed" doc:"For locks whose contact says the opposite of what the boards say of a lock that holds its door. Wrong, and every shut door is taken for an open one."`
	LineURL      string   `toml:"line_url" doc:"Where the locker's line goes, as the network's /v1/about shows it: tls://parcels.example:7422. It is all that the locker calls, from inside out. Empty: as the network said when the locker was enrolled. none: the locker works without a line, and phones carry its receipts."`
	CAFile       string   `toml:"ca_file" doc:"File with the certificates, in PEM, by which the line's other end is known, and nothing else is. It may hold several, and is read anew at each call: put a new authority beside the old one, and take the old one out when the network has changed. Empty: the machine's own list, as it was when the agent started."`
	IssuerKeys   []string `toml:"issuer_keys" doc:"The network's public keys by which grants are checked: base64url of 65 bytes, as /v1/about shows them. Empty: as the network said when the locker was enrolled. Without one, no door opens."`
	OpenByLine   bool     `toml:"open_by_line" doc:"Whether phones without Bluetooth may open over the line, with a code that is read at the locker: off the panel's screen, or presence_code. Without both of them nobody can."`
	PresenceCode string   `toml:"presence_code" doc:"8 digits that are printed beside the locker's name, for a locker without a screen. Whoever ever stood there knows them; draw others, and print them anew, from time to time."`
	Bluetooth    bool     `toml:"bluetooth" doc:"Whether to be on the air, by BlueZ."`
	DBusAddress  string   `toml:"dbus_address" doc:"The message bus on which BlueZ is. Empty: the system's."`

	PanelKeypad   string   `toml:"panel_keypad" doc:"For people without a phone: the keypad's file below /dev/input/by-id, or below by-path. docs/howto/fit-a-panel.md has how a panel is fitted. Empty: there is none, as with the others."`
	PanelScanner  string   `toml:"panel_scanner" doc:"The QR scanner: a serial line (/dev/serial/by-id/…), or below /dev/input for one that plays a keyboard."`
	PanelScreen   string   `toml:"panel_screen" doc:"Where the screen's page is served, to a browser on this machine alone: 127.0.0.1:7480."`
	PanelTouch    bool     `toml:"panel_touch" doc:"Whether the screen can be touched: then its page has keys of its own, and the screen may be the whole panel."`
	PanelHeightMM int      `toml:"panel_height_mm" doc:"How high above the ground the highest part of the panel is that is touched or held something to, in mm. People are told whether it is in reach from a wheelchair. 0: not known."`
	PanelName     string   `toml:"panel_name" doc:"The locker's name as it is painted on it, for the screen."`
	PanelLanguage string   `toml:"panel_language" doc:"The first language of screen and voice: en, es or hi."`
	PanelVoice    []string `toml:"panel_voice" doc:"A command that speaks: [\"espeak-ng\", \"-v\", \"{language}\", \"{phrase}\"]. It is told fixed phrases and numbers of doors, never a PIN."`
	PanelBeeper   string   `toml:"panel_beeper" doc:"A file below /dev/input that makes tones, such as the one of pcspkr or pwm-beeper."`

	Updates Updates `toml:"updates" doc:"New versions of the agent, from a TUF repository (docs/updates.md)."`
}

// Defaults is a locker with one USB adapter, on the air, without a line.
func Defaults() Config {
	return Config{StateDir: "/var/lib/lockhouse-agent", Keys: KeysInFiles, TPMDevice: "/dev/tpmrm0", Compartments: "/etc/lockhouse/compartments.csv", SerialPort: "/dev/ttyUSB0", BoardDialect: board.Names()[0], OpenByLine: true, Bluetooth: true, PanelTouch: true, PanelLanguage: panel.Languages()[0], Updates: defaultUpdates()}
}

// ReadConfig reads TOML over the defaults, adds what the network said at the enrolment, and checks it all.
func ReadConfig(r io.Reader) (Config, error) {
	c := Defaults()
	if err := settings.Read(r, &c, "lockhouse-agent config"); err != nil {
		return c, err
	}
	c, err := c.Learned()
	if err != nil {
		return c, err
	}
	return c, c.Check()
}

// ReadUnchecked reads TOML over the defaults, for a locker that is not set up yet.
func ReadUnchecked(r io.Reader) (Config, error) {
	c := Defaults()
	return c, settings.Read(r, &c, "lockhouse-agent config")
}

// Check refuses what is dangerous or can't work, with the key's name.
func (c Config) Check() error {
	if c.StateDir == "" {
		return settings.RefuseKey("state_dir", "must name a directory")
	}
	if c.Keys != KeysInFiles && c.Keys != KeysInTPM {
		return settings.RefuseKey("keys", "must be file or tpm")
	}
	if c.Compartments == "" {
		return settings.RefuseKey("compartments", "must name a file")
	}
	if c.SerialPort == "" {
		return settings.RefuseKey("serial_port", "must name the line to the lock boards")
	}
	if err := c.checkBoards(); err != nil {
		return err
	}
	if err := c.checkLine(); err != nil {
		return err
	}
	if err := c.Updates.check(); err != nil {
		return err
	}
	if err := c.checkPresence(); err != nil {
		return err
	}
	if err := c.checkPanel(); err != nil {
		return err
	}
	if !c.Bluetooth && c.LineURL == "" && !c.hasPanel() {
		return settings.RefuseKey("bluetooth", "is off, line_url is empty and there is no panel: nobody could reach this locker")
	}
	_, err := c.Issuers()
	return err
}

// speedsBaud are the speeds that serial lines run at.
var speedsBaud = []int{0, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200}

func (c Config) checkBoards() error {
	if _, err := board.Named(c.BoardDialect); err != nil {
		return settings.RefuseKey("board_dialect", "must be one of %s", strings.Join(board.Names(), ", "))
	}
	if !slices.Contains(speedsBaud, c.SerialBaud) {
		return settings.RefuseKey("serial_baud", "must be one of %v", speedsBaud)
	}
	return nil
}

// checkLine refuses a line that others can read, unless it ends on this very machine.
func (c Config) checkLine() error {
	if c.LineURL == "" {
		return nil
	}
	return settings.CheckLine("line_url", c.LineURL)
}

// checkPresence refuses a printed code that is none, or would be guessed.
func (c Config) checkPresence() error {
	if c.PresenceCode != "" && (len(c.PresenceCode) != wire.MaxPresenceDigits || !wire.IsPresence([]byte(c.PresenceCode))) {
		return settings.RefuseKey("presence_code", "must have %d digits", wire.MaxPresenceDigits)
	}
	return nil
}

// presence is what opens over the line besides a grant.
func (c Config) presence() agent.Presence {
	if !c.OpenByLine || c.LineURL == "" {
		return agent.Presence{}
	}
	return agent.Presence{Shown: c.PanelScreen != "", Printed: c.PresenceCode}
}

// Issuers gives the keys that grants are checked with.
func (c Config) Issuers() (credential.Issuers, error) {
	if len(c.IssuerKeys) == 0 {
		return nil, settings.RefuseKey("issuer_keys", "must hold 1 to 8 keys, and there is none: the locker learns them when it is enrolled (lockhouse-agent enrol)")
	}
	keys := make([][]byte, len(c.IssuerKeys))
	for i, text := range c.IssuerKeys {
		key, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, settings.RefuseKey(fmt.Sprintf("issuer_keys[%d]", i), "is not base64url")
		}
		keys[i] = key
	}
	issuers, err := credential.NewIssuers(keys...)
	if err != nil {
		return nil, settings.RefuseKey("issuer_keys", "must hold 1 to 8 different P-256 points of 65 bytes each: %v", err)
	}
	return issuers, nil
}
