package street

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// Latch is what a locker offers to a phone, over whatever radio.
type Latch interface {
	Connect(peer string, mtu int, send func(frame []byte) error) (Session, error)
}

// Session is one phone's talk with the locker.
type Session interface {
	Info() []byte
	Write(frame []byte) error
	Close()
}

// The demo radio's messages: one byte that says what follows.
const (
	radioInfo   = 0 // to the phone: INFO
	radioWrite  = 1 // from the phone: a frame
	radioStatus = 2 // to the phone: how the last write went, an ATT application error or 0
	radioNotify = 3 // to the phone: a frame
)

// Limits of one demo radio connection.
const (
	maxFrameBytes  = 512
	idleS          = 120
	sendPatienceS  = 5
	defaultMTU     = 247
	minMTU, maxMTU = 23, 517
)

// radio carries Latch frames over a WebSocket, as a stand-in for the air.
func (s *Street) radio(w http.ResponseWriter, r *http.Request, stand Stand, allowed []string) {
	mtu, err := mtuOf(r.URL.Query().Get("mtu"))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: allowed})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrameBytes + 1)

	send := func(kind byte, body []byte) error {
		ctx, cancel := context.WithTimeout(r.Context(), sendPatienceS*time.Second)
		defer cancel()
		return conn.Write(ctx, websocket.MessageBinary, append([]byte{kind}, body...))
	}
	session, err := stand.Latch.Connect(r.RemoteAddr, mtu, func(frame []byte) error { return send(radioNotify, frame) })
	if err != nil {
		conn.Close(websocket.StatusTryAgainLater, "the locker is busy")
		return
	}
	defer session.Close()
	if send(radioInfo, session.Info()) != nil {
		return
	}
	for {
		frame, err := receive(r.Context(), conn)
		if err != nil {
			conn.Close(websocket.StatusNormalClosure, "")
			return
		}
		if send(radioStatus, []byte{attStatus(session.Write(frame))}) != nil {
			return
		}
	}
}

func receive(ctx context.Context, conn *websocket.Conn) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, idleS*time.Second)
	defer cancel()
	_, message, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if len(message) < 2 || message[0] != radioWrite {
		return nil, errors.New("not a write")
	}
	return message[1:], nil
}

// attStatus gives what a phone would see of an error over the air: the application's own code, or 0x80.
func attStatus(err error) byte {
	if err == nil {
		return 0
	}
	var refused interface{ ATT() byte }
	if errors.As(err, &refused) {
		return refused.ATT()
	}
	return 0x80
}

func mtuOf(text string) (int, error) {
	if text == "" {
		return defaultMTU, nil
	}
	mtu, err := strconv.Atoi(text)
	if err != nil || mtu < minMTU || mtu > maxMTU {
		return 0, errors.New("mtu must be a number from 23 to 517")
	}
	return mtu, nil
}
