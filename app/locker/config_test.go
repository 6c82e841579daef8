package locker

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"lockhouse"
)

func issuerKey(t *testing.T) string {
	t.Helper()
	id, err := MakeIdentity(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(id.Static.PublicKey().Bytes())
}

// A lock that no board of the dialect has is refused before anything is opened.
func TestLocksOfTheDialect(t *testing.T) {
	for dialect, c := range map[string]struct {
		board, channel int
		says           string
	}{
		"cu16": {16, 0, "Compartment 7: There is no lock board 16 on a line of the dialect cu16; give 0 to 15."}, "cu24": {0, 24, "no lock 24"},
		"8a": {0, 0, "no lock board 0"}, "winnsen": {5, 0, "no lock board 5"}, "wkly": {32, 0, "no lock board 32"}, "kerong": {0, 0, "no dialect"},
	} {
		_, err := Config{BoardDialect: dialect}.Boards([]lockhouse.Compartment{{Number: 7, Board: c.board, Channel: c.channel}})
		if lockhouse.CodeOf(err) != lockhouse.CodeMalformed || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", dialect, err)
		}
	}
	if _, err := (Config{BoardDialect: "wkly"}).Boards([]lockhouse.Compartment{{Number: 7, Board: 31, Channel: 47}}); err != nil {
		t.Error(err)
	}
}

func TestConfigOfALocker(t *testing.T) {
	key := issuerKey(t)
	keys := `issuer_keys = ["` + key + `"]` + "\n"
	if _, err := ReadConfig(strings.NewReader(keys)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(strings.NewReader(keys + "bluetooth = false\npanel_keypad = \"/dev/input/by-id/keys\"\n")); err != nil {
		t.Errorf("a panel is a way to reach a locker: %v", err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"no issuer":          {"", "issuer_keys must hold 1 to 8"},
		"not base64":         {`issuer_keys = ["?"]`, "issuer_keys[0] is not base64url"},
		"not a point":        {`issuer_keys = ["AAAA"]`, "issuer_keys must hold"},
		"the same key twice": {`issuer_keys = ["` + key + `", "` + key + `"]`, "issuer_keys must hold"},
		"in the open":        {keys + `line_url = "nats://parcels.example:7422"`, "line_url must begin with tls://"},
		"no address":         {keys + `line_url = "tls://parcels.example"`, "line_url must look like"},
		"unreachable":        {keys + "bluetooth = false", "nobody could reach"},
		"a short code":       {keys + `presence_code = "123456"`, "presence_code must have 8 digits"},
		"a keypad elsewhere": {keys + `panel_keypad = "/dev/ttyUSB7"`, "panel_keypad must be a file below /dev/input"},
		"a beeper elsewhere": {keys + `panel_beeper = "beep"`, "panel_beeper must be"},
		"one file for two":   {keys + "panel_keypad = \"/dev/input/x\"\npanel_scanner = \"/dev/input/x\"", "panel_scanner must be another file"},
		"the boards' line":   {keys + `panel_scanner = "/dev/ttyUSB0"`, "panel_scanner must be another line"},
		"a screen for all":   {keys + `panel_screen = "0.0.0.0:7480"`, "panel_screen must be an address of this machine alone"},
		"a screen by name":   {keys + `panel_screen = "localhost:7480"`, "panel_screen must be"},
		"no such language":   {keys + `panel_language = "xx"`, "panel_language must be one of en, es, hi"},
		"a dumb voice":       {keys + `panel_voice = ["espeak-ng"]`, "panel_voice must have {phrase}"},
		"no state":           {keys + `state_dir = ""`, "state_dir must"},
		"no port":            {keys + `serial_port = ""`, "serial_port must"},
		"an unknown board":   {keys + `board_dialect = "kerong"`, "board_dialect must be one of cu16, cu24"},
		"no such speed":      {keys + "serial_baud = 19201", "serial_baud must be one of"},
		"no compartments":    {keys + `compartments = ""`, "compartments must"},
		"an unknown key":     {"serialport = 1", `no key "serialport"`},
	} {
		_, err := ReadConfig(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigOfUpdates(t *testing.T) {
	keys := `issuer_keys = ["` + issuerKey(t) + `"]` + "\n[updates]\nurl = \"https://parcels.example/updates\"\n"
	if _, err := ReadConfig(strings.NewReader(keys)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"in the open":   {strings.Replace(keys, "https", "http", 1), "updates.url must begin with https"},
		"a path":        {keys + `channel = "../x"`, "updates.channel must"},
		"no channel":    {keys + `channel = ""`, "updates.channel must"},
		"too often":     {keys + "every_s = 0", "updates.every_s must"},
		"a short trial": {keys + "trial_s = 0", "updates.trial_s must"},
	} {
		_, err := ReadConfig(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
