// Package enrol is the locker's side of its enrolment: it asks its new network, by HTTPS and with the code that a technician
// typed, and learns where to call and by which keys to know the network. estate/enrol is the other side.
//
// Whatever is said is sealed with keys that follow from the code, so a proxy that opens TLS on its way, a technician's
// laptop among them, sees no secret and can't put an issuer key of its own in.
package enrol

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/internal/settings"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Limits of one try.
const (
	patienceS      = 30
	maxAnswerBytes = 64 << 10
)

// Locker is who wants to be enrolled.
type Locker struct {
	Static  ecdh.KeyExchanger
	Receipt crypto.Signer
	Card    []byte // as wire.EncodeCard gives it
}

// Network is where it asks.
type Network struct {
	URL    string         // https://parcels.example; http only on this machine
	Roots  *x509.CertPool // nil for the machine's
	Random io.Reader
}

// Enrol has a locker enrolled with a code. It may be done again with the same code and the same locker for as long as the code
// is good: the answer is the same.
func Enrol(ctx context.Context, n Network, code credential.EnrolCode, l Locker) (wire.EnrolAnswer, error) {
	var none wire.EnrolAnswer
	c, err := newCaller(n, code)
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, patienceS*time.Second)
	defer cancel()
	meeting, err := c.offer(ctx)
	if err != nil {
		return none, err
	}
	keys, err := meeting.Agree(c.key, meeting.Issuer)
	if err != nil {
		return none, err
	}
	ask, err := l.ask(meeting, keys)
	if err != nil {
		return none, err
	}
	sealed, err := c.say(ctx, ask)
	if err != nil {
		return none, err
	}
	plain, err := keys.OpenAnswer(sealed, ask)
	if err != nil {
		return none, notTheNetwork().Because(err)
	}
	answer, err := wire.DecodeEnrolAnswer(plain)
	if err != nil {
		return none, err
	}
	return answer, checkAnswer(answer, meeting)
}

func notTheNetwork() *lockhouse.Error {
	return lockhouse.Refuse(lockhouse.CodeForbidden, "Whoever answered does not know this code, so it is not your network. Is something in between, a proxy or a laptop? Nothing was kept.")
}

// checkAnswer holds the network to the key that it met this locker with.
func checkAnswer(a wire.EnrolAnswer, m credential.Enrolment) error {
	raws := make([][]byte, len(a.IssuerKeys))
	met := false
	for i, key := range a.IssuerKeys {
		raws[i] = key
		met = met || bytes.Equal(key, m.Issuer)
	}
	if _, err := credential.NewIssuers(raws...); err != nil || !met {
		return notTheNetwork().Because(err)
	}
	return settings.CheckLine("line_url", a.LineURL)
}

func (l Locker) ask(m credential.Enrolment, keys credential.EnrolKeys) ([]byte, error) {
	proof, err := m.Prove(l.Static, l.Receipt, l.Card)
	if err != nil {
		return nil, err
	}
	plain, err := wire.EncodeEnrol(wire.EnrolAsk{Card: string(l.Card), ReceiptProof: proof.Receipt, StaticProof: proof.Static})
	if err != nil {
		return nil, err
	}
	if len(plain) > wire.MaxEnrolAskBytes {
		return nil, lockhouse.Refuse(lockhouse.CodeTooLarge, "This locker's card has too many compartments to be sent; register it with 'lockhouse import locker'.")
	}
	return keys.SealAsk(plain)
}

// caller asks one network about one code.
type caller struct {
	client http.Client
	at     *url.URL
	key    *ecdh.PrivateKey
}

func newCaller(n Network, code credential.EnrolCode) (*caller, error) {
	at, err := url.Parse(n.URL)
	if err != nil || at.Hostname() == "" || at.Scheme != "https" && !(at.Scheme == "http" && settings.ThisMachine(at.Hostname())) {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The network's address must look like https://parcels.example.").With("field", "network")
	}
	key, err := code.Key()
	if err != nil {
		return nil, err
	}
	id := credential.EnrolIDOf(key.PublicKey().Bytes())
	at = at.JoinPath("v1", "enrolments", base64.RawURLEncoding.EncodeToString(id[:]))
	c := &caller{at: at, key: key}
	c.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: n.Roots}, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

type offerView struct {
	Challenge wire.Bytes `json:"challenge"`
	IssuerKey wire.Bytes `json:"issuer_key"`
}

type sealedView struct {
	Sealed wire.Bytes `json:"sealed"`
}

func (c *caller) offer(ctx context.Context) (m credential.Enrolment, err error) {
	var v offerView
	if err := c.do(ctx, http.MethodGet, nil, &v); err != nil {
		return m, err
	}
	if len(v.Challenge) != credential.EnrolChallengeBytes {
		return m, notTheNetwork()
	}
	if _, err := credential.ParseKey(v.IssuerKey); err != nil {
		return m, notTheNetwork().Because(err)
	}
	return credential.Enrolment{Challenge: v.Challenge, Issuer: v.IssuerKey}, nil
}

func (c *caller) say(ctx context.Context, ask []byte) ([]byte, error) {
	body, err := json.Marshal(sealedView{ask})
	if err != nil {
		return nil, err
	}
	var v sealedView
	err = c.do(ctx, http.MethodPut, body, &v)
	return v.Sealed, err
}

// problem is what a network says of a refusal.
type problem struct {
	Code   lockhouse.Code `json:"code"`
	Detail string         `json:"detail"`
}

func (c *caller) do(ctx context.Context, method string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.at.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network does not answer. Look at the address and at the cable, and give the same code again: it is still good.").Because(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err != nil || len(text) > maxAnswerBytes {
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network's answer broke off. Give the same code again.").Because(err)
	}
	if response.StatusCode != http.StatusOK {
		return refusal(response.StatusCode, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "At this address there is no Lockhouse network of this version.").Because(err)
	}
	return nil
}

func refusal(status int, text []byte) error {
	var p problem
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" || p.Detail == "" {
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "At this address there is no Lockhouse network: it answers %s.", fmt.Sprint(status, " ", http.StatusText(status)))
	}
	return lockhouse.Refuse(p.Code, "%s", p.Detail)
}
