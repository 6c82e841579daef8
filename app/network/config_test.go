package network

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/internal/settings"
)

func TestExplainCanBeReadAgain(t *testing.T) {
	want := Defaults()
	want.Name, want.Mail.Host, want.Limits.KeyPerS = `Parcels "R" Us`, "mail.example", 12.5
	want.Watch.TraceShare = 0.015
	var out bytes.Buffer
	if err := settings.Explain(&out, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(&out)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\n%+v\nis not\n%+v", err, got, want)
	}
}

func TestEveryKeyIsExplained(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Tag.Get("toml") == "" || len(f.Tag.Get("doc")) < 10 {
				t.Errorf("%s.%s has no toml or doc tag", typ, f.Name)
			}
			if f.Type.Kind() == reflect.Struct {
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"an unknown key", "listne = \"x\"", `no key "listne"`},
		{"an unknown key in a table", "[mail]\nhots = \"x\"", `no key "mail.hots"`},
		{"nonsense", "listen = = 3", "Line 1, column"},
		{"a wrong type", "listen = 7080", "Line 1, column"},
		{"the world without TLS", "listen = \"0.0.0.0:7080\"", "without TLS"},
		{"every address without TLS", "listen = \":7080\"", "without TLS"},
		{"half of TLS", "tls_cert = \"c.pem\"", "go together"},
		{"no port", "listen = \"127.0.0.1\"", "listen is not an address"},
		{"plain http for people", "base_url = \"http://parcels.example\"", "base_url must begin with https"},
		{"a slash", "base_url = \"https://parcels.example/\"", "without a slash"},
		{"a store that is none", "[store]\nurl = \"mysql://localhost/x\"", "postgres://"},
		{"two stores", "[store]\nurl = \"postgres://localhost/x\"\nurl_file = \"x\"", "keep one"},
		{"a password for all to read", "[store]\nurl = \"postgres://u:s3cret@localhost/x\"", "store.url_file"},
		{"the same further on", "[store]\nurl = \"postgres://localhost/x?password=s3cret\"", "store.url_file"},
		{"a store in the open", "[store]\nurl = \"postgres://db.example/x\"", "sslmode=verify-full"},
		{"a store in the open if need be", "[store]\nurl = \"postgres://localhost,db.example/x?sslmode=prefer\"", "sslmode=verify-full"},
		{"no connections", "[store]\nconnections = 1", "store.connections"},
		{"a radio that is none", "demo_radio_url = \"http://x\"", "demo_radio_url"},
		{"a line in the open", "[bus]\nline_url = \"nats://parcels.example:7422\"", "bus.line_url must begin with tls://"},
		{"a line without a port", "[bus]\nline_url = \"tls://parcels.example\"", "bus.line_url must look like"},
		{"lines from the world without TLS", "[bus]\nlisten = \"0.0.0.0:7422\"", "bus.listen 0.0.0.0:7422 can be reached"},
		{"lines from nowhere", "[bus]\nlisten = \"7422\"", "bus.listen is not an address"},
		{"a cluster in the open", "[bus]\nurls = [\"nats://nats.example:4222\"]", "bus.urls must begin with tls://"},
		{"certificates when one likes", "[bus]\ncertificates = \"maybe\"", "bus.certificates must be needed or asked"},
		{"a cluster without keys", "[bus]\nurls = [\"tls://nats.example:4222\"]", "bus.credentials_file"},
		{"mail in the open", "[mail]\nhost = \"mail.example\"\ntls = \"none\"", "travel in the open"},
		{"another word for TLS", "[mail]\ntls = \"maybe\"", "mail.tls"},
		{"a name without a password", "[mail]\nusername = \"x\"", "mail.password_file"},
		{"a sender that is none", "[mail]\nfrom = \"Parcels\"", "mail.from"},
		{"nobody remembered", "forget_after_days = 0", "1 to 3650"},
		{"no limit", "[limits]\nkey_per_s = 0.0", "no way to switch them off"},
		{"a private port for all", "[watch]\nlisten = \":7090\"", "dangerously_public"},
		{"a private port that is none", "[watch]\nlisten = \"7090\"", "watch.listen"},
		{"a collector that is none", "[watch]\notlp_url = \"collector:4318\"", "watch.otlp_url"},
		{"no share", "[watch]\ntrace_share = 0.0", "watch.trace_share"},
		{"more than all", "[watch]\ntrace_share = 1.5", "watch.trace_share"},
		{"a share that is no number", "[watch]\ntrace_share = nan", "watch.trace_share"},
		{"no floor", "[watch]\ndisk_floor_mb = 0", "watch.disk_floor_mb"},
		{"endless grace", "[watch]\ndrain_grace_s = 301", "watch.drain_grace_s"},
		{"nobody at work", "[limits]\nmax_at_work = 7", "limits.max_at_work"},
		{"too few clients", "[limits]\nmax_clients = 1", "max_clients"},
		{"nothing kept", "[retention]\nhot_days = 0", "hot_days"},
		{"no past", "[retention]\npast_months = 0", "past_months"},
		{"no name", "name = \"\"", "name must have"},
		{"too much", "# " + strings.Repeat("x", settings.MaxBytes), "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadConfig(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("says %v, not %q", err, c.says)
			}
			if code := lockhouse.CodeOf(err); code != lockhouse.CodeMalformed && code != lockhouse.CodeBodyTooLarge {
				t.Fatalf("code %s", code)
			}
		})
	}
}

func TestConfigAllowsTheWorldWithTLS(t *testing.T) {
	for _, text := range []string{
		"listen = \":443\"\ntls_cert = \"c\"\ntls_key = \"k\"\nbase_url = \"https://parcels.example\"",
		"listen = \":7080\"\nbehind_proxy = true",
		"listen = \"[::1]:7080\"",
	} {
		if _, err := ReadConfig(strings.NewReader(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("listen = \"127.0.0.1:1\"\n[mail]\nport = 25\n")
	f.Add("listen = [")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ReadConfig(strings.NewReader(text)); err == nil && c.Check() != nil {
			t.Fatal("read, but not good")
		}
	})
}
