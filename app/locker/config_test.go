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

func TestConfigOfALocker(t *testing.T) {
	key := issuerKey(t)
	keys := `issuer_keys = ["` + key + `"]` + "\n"
	if _, err := ReadConfig(strings.NewReader(keys)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"no issuer":          {"", "issuer_keys must hold 1 to 8"},
		"not base64":         {`issuer_keys = ["?"]`, "issuer_keys[0] is not base64url"},
		"not a point":        {`issuer_keys = ["AAAA"]`, "issuer_keys must hold"},
		"the same key twice": {`issuer_keys = ["` + key + `", "` + key + `"]`, "issuer_keys must hold"},
		"in the open":        {keys + `line_url = "nats://parcels.example:7422"`, "line_url must begin with tls://"},
		"no address":         {keys + `line_url = "tls://parcels.example"`, "line_url must look like"},
		"unreachable":        {keys + "bluetooth = false", "nobody could reach"},
		"no state":           {keys + `state_dir = ""`, "state_dir must"},
		"no port":            {keys + `serial_port = ""`, "serial_port must"},
		"no compartments":    {keys + `compartments = ""`, "compartments must"},
		"an unknown key":     {"serialport = 1", `no key "serialport"`},
	} {
		_, err := ReadConfig(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
