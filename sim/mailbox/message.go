package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of one message's structure.
const (
	maxPartDepth = 5
	maxParts     = 20
	maxLinks     = 20
)

// Message is one mail as it arrived.
type Message struct {
	ID      int // rising from 1 in the order of arrival
	At      time.Time
	From    string   // of the envelope
	To      []string // of the envelope
	Name    string   // its Message-ID
	Subject string
	Text    string // the text/plain part, decoded; empty if there is none
	HTML    string // the text/html part, decoded; empty if there is none
	Links   []string
}

// For tells whether the message was sent to an address; letters' case does not matter.
func (m Message) For(address string) bool {
	return slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// read takes a message apart. Mail that is not MIME is plain text.
func read(raw []byte) (Message, error) {
	in, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	subject := in.Header.Get("Subject")
	if plain, err := new(mime.WordDecoder).DecodeHeader(subject); err == nil {
		subject = plain
	}
	m := Message{Subject: subject, Name: in.Header.Get("Message-Id")}
	reader := partReader{into: &m, left: maxParts}
	if err := reader.read(textproto.MIMEHeader(in.Header), in.Body, maxPartDepth); err != nil {
		return Message{}, err
	}
	m.Links = linksIn(m)
	return m, nil
}

// partReader walks through a message's parts and keeps the first of each kind that it can show.
type partReader struct {
	into *Message
	left int // parts that may still be read
}

func (p *partReader) read(header textproto.MIMEHeader, body io.Reader, depth int) error {
	if p.left--; p.left < 0 || depth < 0 {
		return fmt.Errorf("it has more than %d parts or more than %d levels of them", maxParts, maxPartDepth)
	}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain" // RFC 2045, 5.2: what says nothing else
	}
	if strings.HasPrefix(kind, "multipart/") {
		return p.readMany(multipart.NewReader(body, params["boundary"]), depth)
	}
	content, err := io.ReadAll(decoded(header.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return fmt.Errorf("its %s part breaks off: %w", kind, err)
	}
	switch text := strings.ToValidUTF8(string(content), "\uFFFD"); {
	case kind == "text/plain" && p.into.Text == "":
		p.into.Text = text
	case kind == "text/html" && p.into.HTML == "":
		p.into.HTML = text
	}
	return nil
}

func (p *partReader) readMany(parts *multipart.Reader, depth int) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("its parts can't be told apart: %w", err)
		}
		if err := p.read(part.Header, part, depth-1); err != nil {
			return err
		}
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

var address = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// linksIn gives the addresses that the text names, or the HTML where there is no text, each once.
func linksIn(m Message) []string {
	from := m.Text
	if from == "" {
		from = m.HTML
	}
	var links []string
	for _, link := range address.FindAllString(from, maxLinks) {
		if !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	return links
}
