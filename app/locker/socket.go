package locker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"lockhouse"
)

// A running locker tells its condition to whoever may read its state directory: each connection to the socket there gets
// one JSON document. Nothing is listened to, so nobody can make it do anything.
const (
	socketFile        = "agent.sock"
	tellS             = 2 // what one listener may take
	maxConditionBytes = 64 << 10
)

// tellCondition answers on the socket until ctx ends, one at a time.
func (l *Locker) tellCondition(ctx context.Context) error {
	path := filepath.Join(l.config.StateDir, socketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // the journal's lock says that nobody else is on it
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		c, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.SetDeadline(time.Now().Add(tellS * time.Second)); err == nil {
			_ = json.NewEncoder(c).Encode(l.Condition()) // who does not listen goes without
		}
		_ = c.Close()
	}
}

// AskCondition asks the locker that runs on a state directory how it is. CodeNotFound says that none runs there.
func AskCondition(ctx context.Context, stateDir string) (Condition, error) {
	ctx, cancel := context.WithTimeout(ctx, tellS*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(stateDir, socketFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return Condition{}, lockhouse.Refuse(lockhouse.CodeNotFound, "No agent runs on %s.", stateDir).Because(err)
	}
	if err != nil {
		return Condition{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var c Condition
	if err := json.NewDecoder(io.LimitReader(conn, maxConditionBytes)).Decode(&c); err != nil {
		return Condition{}, fmt.Errorf("the agent does not say how it is: %w", err)
	}
	return c, nil
}
