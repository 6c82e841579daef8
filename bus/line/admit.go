package line

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

const (
	admitS       = 5
	answersToUs  = 1  // of a locker to what came down with an address to answer at
	answerSpareS = 30 // in which it may
)

// errNoLocker is all that a caller without a good proof learns; the server says it in a word of its own.
var errNoLocker = errors.New("not a locker of this network")

// admit answers a server's question who a caller is, and what they may (auth callout). A caller is the locker that it says
// to be if its receipt key has signed this connection's nonce, for the host that is ours, and is that of its certificate. An unknown locker, a wrong proof
// and nonsense are refused alike.
func (d *Desk) admit(ctx context.Context, m *nats.Msg) {
	request, err := jwt.DecodeAuthorizationRequestClaims(string(m.Data))
	if err != nil {
		d.Log.Warn("line: a NATS server asks nonsense", slog.Any("error", err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, admitS*time.Second)
	defer cancel()
	locker, err := d.proven(ctx, request)
	answer := jwt.NewAuthorizationResponseClaims(request.UserNkey)
	answer.Audience = request.Server.ID
	if err == nil {
		answer.Jwt, err = d.permit(ctx, request.UserNkey, locker)
	}
	if err != nil {
		answer.Error = errNoLocker.Error()
		d.Log.Info("line: a caller was refused", slog.Any("error", err))
	}
	text, err := answer.Encode(d.Bus.Credentials.Issuer())
	if err == nil && answer.Error == "" { // before it is let in: it may call anew at once, and its last seat is the one that stays
		d.announce(seat{Locker: locker, Server: request.Server.ID, Client: request.ClientInformation.ID})
	}
	if err == nil {
		err = m.Respond([]byte(text))
	}
	if err != nil {
		d.Log.Warn("line: a caller could not be answered", slog.Any("error", err))
	}
}

// proven gives the locker that a caller has proved to be.
func (d *Desk) proven(ctx context.Context, r *jwt.AuthorizationRequestClaims) (lockhouse.LockerID, error) {
	o := r.ConnectOptions
	locker := lockhouse.LockerID(o.Nkey)
	if _, err := locker.Bytes(); err != nil {
		return "", errNoLocker
	}
	if !d.ours(o.Token) {
		return "", errors.Join(errNoLocker, errors.New("it dialled another host"))
	}
	proof, err := base64.RawURLEncoding.DecodeString(o.SignedNonce)
	if err != nil {
		return "", errNoLocker
	}
	call := credential.Call{Nonce: r.ClientInformation.Nonce, Locker: locker, Host: o.Token}
	keys, err := d.freshKeys(ctx, locker) // a former key lets nobody in, from the moment at which the next was used
	if err != nil {
		return "", errors.Join(errNoLocker, err)
	}
	key, err := keys.caller(call, proof)
	if err != nil {
		return "", err
	}
	if err := d.certified(r, key); err != nil {
		d.Log.Warn("line: a locker's proof came in a connection that is not shown to be its own; somebody may sit between", slog.String("locker", string(locker)), slog.Any("why", err))
		return "", errors.Join(errNoLocker, err)
	}
	if d.peers.out(locker) {
		return "", errors.Join(errNoLocker, errors.New("it said far too much a moment ago"))
	}
	return locker, nil
}

// caller gives the key that a call was signed with: the present receipt key, or that of the next keyset, which the locker may use as soon
// as it is known.
func (k peerKeys) caller(c credential.Call, proof []byte) (key []byte, err error) {
	for _, key = range k.calls {
		if err = credential.CheckCall(key, c, proof); err == nil {
			return key, nil
		}
	}
	return nil, err
}

// ours tells whether a host is one that a locker of ours dials. Only callers on this machine may name another than the
// configured one: elsewhere, whoever passes a nonce on could name itself.
func (d *Desk) ours(host string) bool {
	return strings.EqualFold(host, d.Host) || onThisMachine(host)
}

// permit signs what a locker may do: say its own, hear its own, and answer once what it was asked. One that is leaving may say hello; one
// in others' hands may nothing.
func (d *Desk) permit(ctx context.Context, user string, locker lockhouse.LockerID) (string, error) {
	leaving, err := d.Fleet.Leaving(ctx, locker)
	if err != nil {
		return "", err
	}
	says := jwt.StringList{wire.UpSubject(locker, "*"), wire.RelayPattern(locker)}
	if leaving {
		says = jwt.StringList{wire.UpSubject(locker, wire.KindHello)}
	}
	claims := jwt.NewUserClaims(user)
	claims.Name, claims.Audience = string(locker), bus.Account
	claims.AllowedConnectionTypes.Add(jwt.ConnectionTypeStandard)
	claims.Permissions = jwt.Permissions{
		Pub:  jwt.Permission{Allow: says},
		Sub:  jwt.Permission{Allow: jwt.StringList{wire.DownSubject(locker, "*"), wire.InboxPrefix(locker) + ".>"}},
		Resp: &jwt.ResponsePermission{MaxMsgs: answersToUs, Expires: answerSpareS * time.Second},
	}
	return claims.Encode(d.Bus.Credentials.Issuer())
}
