package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxAnswerBytes = 1 << 20 // bounds what a server can make us read
	callLimitS     = 30
)

// caller is one client's connection to a server, kept open as shops' servers do. It writes HTTP/1.1 by hand, since clients
// share the machine with the servers that are measured: an http.Client uses more of it than some of what it asks for.
// One goroutine uses it at a time.
type caller struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	answer  bytes.Buffer
	cookie  string // sent along, unless empty
	given   string // the last cookie that an answer set
}

func newCallers(n int, address string) []*caller {
	callers := make([]*caller, n)
	for i := range callers {
		callers[i] = &caller{address: address}
	}
	return callers
}

// call sends JSON and reads the answer into out, unless that is nil. Whatever is not 2xx is an error with the answer in it.
func (c *caller) call(ctx context.Context, method, path, key string, body []byte, out any) error {
	if c.conn == nil {
		if err := c.dial(ctx); err != nil {
			return err
		}
	}
	status, err := c.exchange(method, path, key, body)
	if err != nil {
		c.close()
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if status/100 != 2 {
		return fmt.Errorf("%s %s: %d: %s", method, path, status, bytes.TrimSpace(c.answer.Bytes()))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(c.answer.Bytes(), out)
}

func (c *caller) dial(ctx context.Context) (err error) {
	c.conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", c.address)
	if err == nil {
		c.in = bufio.NewReader(c.conn)
	}
	return err
}

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *caller) exchange(method, path, key string, body []byte) (status int, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(callLimitS * time.Second)); err != nil {
		return 0, err
	}
	c.out = fmt.Appendf(c.out[:0], "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", method, path, c.address, len(body))
	if key != "" {
		c.out = fmt.Appendf(c.out, "Authorization: Bearer %s\r\n", key)
	}
	if c.cookie != "" {
		c.out = fmt.Appendf(c.out, "Cookie: %s\r\n", c.cookie)
	}
	c.out = append(append(c.out, "\r\n"...), body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if set := resp.Header.Get("Set-Cookie"); set != "" {
		c.given, _, _ = strings.Cut(set, ";")
	}
	c.answer.Reset()
	_, err = c.answer.ReadFrom(io.LimitReader(resp.Body, maxAnswerBytes))
	return resp.StatusCode, err
}

// asJSON encodes what a client says; nothing of it can fail to be encoded.
func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
