package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/enrol"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// steel is a locker that nobody knows yet, and its way to the network, by TLS, on which things can go wrong.
type steel struct {
	w       *world
	config  locker.Config
	network enrol.Network
	between func(w http.ResponseWriter, r *http.Request, serve http.Handler)
}

func newSteel(w *world) *steel {
	w.t.Helper()
	s := &steel{w: w, config: locker.Defaults(), between: func(rw http.ResponseWriter, r *http.Request, serve http.Handler) { serve.ServeHTTP(rw, r) }}
	dir := w.t.TempDir()
	s.config.StateDir, s.config.Compartments = filepath.Join(dir, "state"), filepath.Join(dir, "compartments.csv")
	w.must(os.WriteFile(s.config.Compartments, []byte("number,size,rank,column,row,floor_mm,board,channel\n1,M,2,1,1,150,0,0\n2,S,1,1,2,580,0,1\n"), 0o600))
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { s.between(rw, r, w.Handler()) }))
	w.t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s.network = enrol.Network{URL: server.URL, Roots: roots, Random: rand.Reader}
	return s
}

func (s *steel) enrol(code string) (wire.EnrolAnswer, error) {
	s.w.t.Helper()
	read, err := credential.ParseEnrolCode(code)
	s.w.must(err)
	ctx, cancel := context.WithTimeout(s.w.t.Context(), 20*time.Second)
	defer cancel()
	return locker.Enrol(ctx, s.config, s.network, read)
}

// lockers counts those at the site.
func (w *world) lockers() int {
	w.t.Helper()
	all, err := w.Fleet().StandingsAt(w.t.Context(), w.site)
	w.must(err)
	return len(all)
}

func (w *world) invite(name string) string {
	w.t.Helper()
	return w.call("POST", "/v1/operator/enrolments", w.secrets[lockhouse.ScopeOperator], map[string]any{"site_id": string(w.site), "name": name}).is(201).at("code").(string)
}

// TestEnrolment: a code makes one locker known, whose settings are complete then; to the same locker the answer is given
// again, and to no other.
func TestEnrolment(t *testing.T) {
	w := open(t, 1, nil)
	s := newSteel(w)
	if _, err := s.config.Issuers(); err == nil {
		t.Fatal("it knows issuers before it is enrolled")
	}
	code := w.invite("B")
	first, err := s.enrol(strings.ToLower(code))
	w.must(err)
	if first.Site != "Police station" || first.Name != "B" || first.Network != "Lockhouse" || w.lockers() != 2 {
		t.Fatalf("%+v, %d lockers", first, w.lockers())
	}
	text := "state_dir = '" + s.config.StateDir + "'\ncompartments = '" + s.config.Compartments + "'\n"
	config, err := locker.ReadConfig(strings.NewReader(text))
	w.must(err)
	about := w.call("GET", "/v1/about", "", nil).is(200)
	if config.LineURL != about.at("line_url") || len(config.IssuerKeys) != 1 || config.IssuerKeys[0] != about.at("issuer_key") {
		t.Errorf("learned %+v", config)
	}
	set, err := locker.ReadConfig(strings.NewReader(text + "line_url = 'tls://other.example:1'\n"))
	if w.must(err); set.LineURL != "tls://other.example:1" {
		t.Errorf("what the technician set became %q", set.LineURL)
	}
	if silent, err := locker.ReadConfig(strings.NewReader(text + "line_url = 'none'\n")); err != nil || silent.LineURL != "" {
		t.Errorf("a locker without a line calls %q, %v", silent.LineURL, err)
	}
	identity, err := locker.LoadIdentity(s.config.StateDir)
	w.must(err)
	if again, err := s.enrol(code); err != nil || again.Locker != first.Locker || again.Locker != identity.ID || w.lockers() != 2 {
		t.Errorf("once more: %+v, %v", again, err)
	}
	if again, err := s.enrol(w.invite("B")); err != nil || again.Locker != first.Locker || w.lockers() != 2 {
		t.Errorf("the same place by another code: %+v, %v", again, err)
	}
	if _, err := s.enrol(w.invite("C")); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("another place: %v", err)
	}
	if _, err := newSteel(w).enrol(code); lockhouse.CodeOf(err) != lockhouse.CodeUsed || w.lockers() != 2 {
		t.Errorf("another locker with the same code: %v", err)
	}
}

// TestCodesAreListed: operators see which codes there are and who came by them, and withdraw one, which then lets nobody in.
func TestCodesAreListed(t *testing.T) {
	w := open(t, 1, nil)
	operator, s := w.secrets[lockhouse.ScopeOperator], newSteel(w)
	codes := func() (all []map[string]any) {
		for _, one := range w.call("GET", "/v1/operator/sites/"+string(w.site)+"/enrolments", operator, nil).is(200).at("codes").([]any) {
			all = append(all, one.(map[string]any))
		}
		return all
	}
	if len(codes()) != 0 {
		t.Fatal("there are codes before any was made")
	}
	code := w.invite("B")
	path := "/v1/operator/enrolments/" + codes()[0]["id"].(string)
	w.call("DELETE", path, operator, nil).is(204)
	w.call("DELETE", path, operator, nil).refused(404, lockhouse.CodeNotFound)
	if _, err := s.enrol(code); lockhouse.CodeOf(err) != lockhouse.CodeNotFound || w.lockers() != 1 {
		t.Errorf("a withdrawn code: %v, %d lockers", err, w.lockers())
	}
	code = w.invite("B")
	if is := codes()[0]; is["name"] != "B" || is["used_at"] != nil || is["locker_id"] != nil {
		t.Errorf("before it came: %v", is)
	}
	came, err := s.enrol(code)
	w.must(err)
	is := codes()[0]
	if is["used_at"] == nil || is["locker_id"] != string(came.Locker) {
		t.Errorf("when it has come: %v", is)
	}
	w.call("DELETE", "/v1/operator/enrolments/"+is["id"].(string), operator, nil).refused(410, lockhouse.CodeUsed)
}

// TestEnrolmentIsOver after a day, and a code that nobody made is not known.
func TestEnrolmentIsOver(t *testing.T) {
	w := open(t, 1, nil)
	s := newSteel(w)
	code := w.invite("B")
	w.clock.advance(24 * time.Hour)
	if _, err := s.enrol(code); lockhouse.CodeOf(err) != lockhouse.CodeLapsed {
		t.Errorf("after a day: %v", err)
	}
	none, err := credential.NewEnrolCode(rand.Reader)
	w.must(err)
	if _, err := s.enrol(none.String()); lockhouse.CodeOf(err) != lockhouse.CodeNotFound || w.lockers() != 1 {
		t.Errorf("nobody's code: %v", err)
	}
	if _, err := locker.LoadIdentity(s.config.StateDir); err != nil {
		t.Errorf("the keys that were made are gone: %v", err)
	}
	if _, err := s.config.Learned(); err != nil {
		t.Error(err)
	}
}

// TestEnrolmentFails at each of its two words, not done or done without an answer; the same code then works, and there is one
// locker with the keys that it made at first.
func TestEnrolmentFails(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		for how, done := range map[string]bool{"not done": false, "done, not told": true} {
			t.Run(method+" "+how, func(t *testing.T) {
				w := open(t, 1, nil)
				s := newSteel(w)
				code, through := w.invite("B"), s.between
				s.between = func(rw http.ResponseWriter, r *http.Request, serve http.Handler) {
					if r.Method != method {
						through(rw, r, serve)
						return
					}
					if done {
						serve.ServeHTTP(httptest.NewRecorder(), r)
					}
					panic(http.ErrAbortHandler)
				}
				if _, err := s.enrol(code); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
					t.Fatalf("%v", err)
				}
				if learned, err := s.config.Learned(); err != nil || len(learned.IssuerKeys) != 0 {
					t.Fatalf("it learned %v from nobody: %v", learned.IssuerKeys, err)
				}
				made, err := locker.LoadIdentity(s.config.StateDir)
				w.must(err)
				s.between = through
				answer, err := s.enrol(code)
				if err != nil || answer.Locker != made.ID || w.lockers() != 2 {
					t.Errorf("%+v, %v; %d lockers", answer, err, w.lockers())
				}
			})
		}
	}
}

// TestEnrolmentBetween: a man in the middle of TLS who puts an issuer key of his own in learns nothing, registers nothing and is
// not believed; nor is what he changes elsewhere.
func TestEnrolmentBetween(t *testing.T) {
	own := b64(public(t, newPhone(t)))
	for name, change := range map[string]func(string) string{
		"another issuer key": func(text string) string {
			at := strings.Index(text, `"issuer_key":"`)
			if at < 0 {
				return text
			}
			return text[:at+14] + own + text[at+14+len(own):]
		},
		"another answer": func(text string) string { return strings.Replace(text, `"sealed":"`, `"sealed":"AAAA`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, 1, nil)
			s := newSteel(w)
			s.between = func(rw http.ResponseWriter, r *http.Request, serve http.Handler) {
				rec := httptest.NewRecorder()
				serve.ServeHTTP(rec, r)
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(rec.Code)
				_, _ = io.Copy(rw, bytes.NewReader([]byte(change(rec.Body.String()))))
			}
			if _, err := s.enrol(w.invite("B")); lockhouse.CodeOf(err) != lockhouse.CodeForbidden {
				t.Errorf("%v", err)
			}
			if learned, err := s.config.Learned(); err != nil || len(learned.IssuerKeys) != 0 {
				t.Errorf("it learned %v: %v", learned.IssuerKeys, err)
			}
			if name == "another issuer key" && w.lockers() != 1 {
				t.Error("a locker was registered")
			}
		})
	}
}

// TestEnrolmentIsSlow for who tries codes, and asks for TLS.
func TestEnrolmentIsSlow(t *testing.T) {
	w := open(t, 1, nil)
	path := "/v1/enrolments/" + b64(make([]byte, 16))
	for range 12 {
		w.call("GET", path, "", nil).refused(404, lockhouse.CodeNotFound)
	}
	w.call("GET", path, "", nil).refused(429, lockhouse.CodeTooMany)
	w.clock.advance(time.Minute)
	w.call("GET", path, "", nil).refused(404, lockhouse.CodeNotFound)
	s := newSteel(w)
	for _, open := range []string{"http://parcels.example", "parcels.example", "ftp://localhost", "https://"} {
		s.network.URL = open
		if _, err := s.enrol(w.invite("B")); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", open, err)
		}
	}
	s.network = enrol.Network{URL: "https://127.0.0.1:1", Random: rand.Reader}
	if _, err := s.enrol(w.invite("B")); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("nobody there: %v", err)
	}
}
