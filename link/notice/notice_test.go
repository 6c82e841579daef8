package notice

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/auth"
	"lockhouse/trust/person"
)

// post is a real SMTP server that can misbehave.
type post struct {
	server *smtp.Server
	mu     sync.Mutex
	mails  []string
	refuse *smtp.SMTPError // said to RCPT
	silent bool            // takes the mail and hangs up instead of saying yes
	lines  int             // connections so far
	open   []net.Conn      // of them, and those that are closed by now
	most   int             // mails that it takes on one connection; 0: any number
}

func openPost(t *testing.T) (*post, int) {
	t.Helper()
	p := &post{}
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lines++
		p.open = append(p.open, c.Conn())
		return &talk{p: p, conn: c}, nil
	}))
	p.server.Domain, p.server.ErrorLog = "post.test", quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = p.server.Serve(l) })
	t.Cleanup(func() { p.server.Close(); l.Close(); serving.Wait() })
	return p, l.Addr().(*net.TCPAddr).Port
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type talk struct {
	p     *post
	conn  *smtp.Conn
	mails int
}

func (t *talk) Mail(string, *smtp.MailOptions) error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	if t.mails++; t.p.most > 0 && t.mails > t.p.most {
		return &smtp.SMTPError{Code: 554, Message: "too many mails on this connection"}
	}
	return nil
}

func (t *talk) Rcpt(string, *smtp.RcptOptions) error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	if t.p.refuse != nil {
		return t.p.refuse
	}
	return nil
}

func (t *talk) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.mails = append(t.p.mails, string(text))
	if t.p.silent {
		t.conn.Conn().Close()
	}
	return err
}

func (t *talk) Reset()        {}
func (t *talk) Logout() error { return nil }

func (p *post) behave(refuse *smtp.SMTPError, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse, p.silent = refuse, silent
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mails
}

// bench is a sender on a real store with one parcel in a locker.
type bench struct {
	*Sender
	t      *testing.T
	store  store.Store
	desk   *auth.Desk
	log    *bytes.Buffer
	at     time.Time
	parcel lockhouse.Parcel
	site   lockhouse.Site
	events int64 // that were made up
}

func open(t *testing.T, port int, language string) *bench {
	t.Helper()
	b := &bench{t: t, store: sqlitetest.Open(t), at: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	now := func() time.Time { return b.at }
	seal, err := person.NewSeal(make([]byte, person.MasterKeyBytes), rand.Reader)
	b.must(err)
	book := sqlite.NewBook(seal)
	b.desk = &auth.Desk{Store: b.store, Now: now, Random: rand.Reader}
	b.Sender = New(b.store, book, b.desk, Options{Host: "127.0.0.1", Port: port, TLS: "none", From: "parcels@net.example", Network: "Parcels", BaseURL: "https://net.example"},
		now, rand.Reader, slog.New(slog.NewTextHandler(b.log, nil)))
	b.site = lockhouse.Site{ID: "site_1", Name: "Third District Station", Alias: "Pickup Point V", Host: "Metropolitan Police", Kind: lockhouse.HostPolice, Street: "1620 V Street NW",
		City: "Washington", Postal: "20009", Region: "DC", Country: "US", Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	b.parcel = lockhouse.Parcel{ID: "par_1", Ref: lockhouse.ParcelRef{1}, Shop: "shop_secretshop", Reference: "order-1", Tracking: "LX1041", Person: "per_1", Site: "site_1", Hold: "hold_1",
		Size: "M", Rank: 2, State: lockhouse.ParcelDroppedOff, DroppedOffAt: b.at, AnnouncedAt: b.at, CollectBy: time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)}
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
		_, err := book.Keep(tx, "per_1", person.Contact{Name: "Ada Lovelace", Email: "ada@example.org", Language: language}, b.at)
		return errors.Join(err, tx.PutSite(b.site), tx.InsertShop("shop_secretshop", "Secret Shop"), tx.InsertParcel(b.parcel))
	}))
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) queue(kind lockhouse.NoticeKind) {
	b.t.Helper()
	b.must(b.store.Update(b.t.Context(), func(tx store.Tx) error {
		return tx.InsertNotice(lockhouse.Notice{Event: int64(len(kind)), Kind: kind, Person: "per_1", Parcel: b.parcel.ID, At: b.at, Attempts: lockhouse.Attempts{NextAt: b.at}})
	}))
}

func (b *bench) swept() lockhouse.Notice {
	b.t.Helper()
	b.must(b.sweep(b.t.Context()))
	var all []lockhouse.Notice
	b.must(b.store.View(b.t.Context(), func(tx store.Tx) (err error) {
		all, err = tx.NoticesOf(b.parcel.ID)
		return err
	}))
	for _, private := range []string{"ada@", "Ada", "Lovelace"} {
		if strings.Contains(b.log.String(), private) || strings.Contains(all[0].LastError, private) {
			b.t.Fatalf("%q stands in the log or the queue: %s %+v", private, b.log, all[0])
		}
	}
	return all[0]
}

// parts reads a mail as a mail program does.
func parts(t *testing.T, raw string) (header mail.Header, plain, html string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, plain, html
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = string(text)
		} else {
			plain = string(text)
		}
	}
}

var linkIn = regexp.MustCompile(`https://net\.example/collect#([A-Za-z0-9_-]{43})`)

// TestLetters: each kind in each language is discreet, and its link signs its person in, once.
func TestLetters(t *testing.T) {
	states := map[lockhouse.NoticeKind]lockhouse.ParcelState{
		lockhouse.NoticeAnnounced: lockhouse.ParcelAnnounced, lockhouse.NoticeReady: lockhouse.ParcelDroppedOff, lockhouse.NoticeOverdue: lockhouse.ParcelOverdue,
		lockhouse.NoticeCollected: lockhouse.ParcelCollected, lockhouse.NoticeService: lockhouse.ParcelDroppedOff, lockhouse.NoticeSignIn: lockhouse.ParcelDroppedOff,
	}
	for language, says := range map[string]string{"en": "parcel", "es-MX": "paquete", "hi": "पार्सल", "": "parcel", "fr": "parcel"} {
		for kind, state := range states {
			t.Run(language+" "+string(kind), func(t *testing.T) {
				p, port := openPost(t)
				b := open(t, port, language)
				b.parcel.State = state
				b.must(b.store.Update(t.Context(), func(tx store.Tx) error { return tx.UpdateParcel(b.parcel) }))
				b.queue(kind)
				if n := b.swept(); n.DoneAt.IsZero() || n.Count != 1 {
					t.Fatalf("%+v", n)
				}
				checkLetter(t, b, p.got()[0], kind, says)
			})
		}
	}
}

func checkLetter(t *testing.T, b *bench, raw string, kind lockhouse.NoticeKind, says string) {
	header, plain, html := parts(t, raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	b.must(err)
	for _, secret := range []string{"Police", "District", "Secret Shop", "shop_secret", "order-1"} {
		if strings.Contains(subject+plain+html, secret) {
			t.Errorf("%q stands in the mail: %s", secret, plain)
		}
	}
	if strings.Contains(subject, b.site.Alias) || strings.Contains(subject+plain, "{") || subject == "" {
		t.Errorf("subject %q, text %s", subject, plain)
	}
	if kind != lockhouse.NoticeSignIn && !strings.Contains(strings.ToLower(plain), says) {
		t.Errorf("not in its language: %s", plain)
	}
	if !strings.Contains(plain, "Pickup Point V") || !strings.Contains(html, "Pickup Point V") {
		t.Errorf("the place is missing: %s", plain)
	}
	checkMarkup(t, html)
	link := linkIn.FindStringSubmatch(plain)
	if kind == lockhouse.NoticeCollected {
		if link != nil {
			t.Error("a receipt carries a link")
		}
		return
	}
	if link == nil || !strings.Contains(html, link[0]) {
		t.Fatalf("no link in %s", plain)
	}
	if _, session, err := b.desk.SignIn(t.Context(), link[1], phone(t)); err != nil || session.Person != "per_1" {
		t.Fatalf("%v %+v", err, session)
	}
	if _, _, err := b.desk.SignIn(t.Context(), link[1], phone(t)); lockhouse.CodeOf(err) != lockhouse.CodeUsed {
		t.Fatalf("a second time: %v", err)
	}
}

func checkMarkup(t *testing.T, html string) {
	t.Helper()
	_, after, ok := strings.Cut(html, `<script type="application/ld+json">`)
	text, _, ok2 := strings.Cut(after, "</script>")
	var d delivery
	if err := json.Unmarshal([]byte(text), &d); !ok || !ok2 || err != nil {
		t.Fatalf("no markup: %v %s", err, html)
	}
	if d.Type != "ParcelDelivery" || d.Carrier.Name != "Parcels" || d.PartOfOrder.Merchant.Name != "Parcels" || d.DeliveryAddress.Name != "Pickup Point V" || d.TrackingNumber != "LX1041" {
		t.Errorf("%+v", d)
	}
}

// onePIN is the PIN of every parcel.
type onePIN string

func (p onePIN) PIN(_ store.Tx, l lockhouse.Locker, _ lockhouse.Parcel) (string, error) {
	if l.Name != "A" {
		return "", errors.New("another locker")
	}
	return string(p), nil
}

// TestPINByMail: the PIN stands in the mail of who asked for it, and in nobody else's, and not in the subject.
func TestPINByMail(t *testing.T) {
	for language, locker := range map[string]string{"en": "locker A", "es": "armario A", "hi": "लॉकर A"} {
		for _, asked := range []bool{true, false} {
			p, port := openPost(t)
			b := open(t, port, language)
			b.options.PINs = onePIN("12345678")
			b.parcel.Locker, b.parcel.Compartment, b.parcel.Generation = "lkr_0102030405060708", 12, 4
			boxes := []lockhouse.Compartment{{Locker: b.parcel.Locker, Number: 12, Size: "M", Rank: 2, Column: 1, Row: 1}}
			b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
				_, err := b.book.Keep(tx, "per_1", person.Contact{Name: "Ada Lovelace", Email: "ada@example.org", Language: language, PINByMail: asked}, b.at)
				return errors.Join(err, tx.UpdateParcel(b.parcel), tx.InsertLocker(lockhouse.Locker{ID: b.parcel.Locker, Site: b.site.ID, Name: "A", StaticKey: []byte{4}}, boxes))
			}))
			b.queue(lockhouse.NoticeReady)
			b.swept()
			header, plain, html := parts(t, p.got()[0])
			subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
			b.must(err)
			for _, part := range []string{plain, html} {
				if has := strings.Contains(part, "1234 5678") && strings.Contains(part, locker); has != asked || strings.Contains(subject, "1234") {
					t.Errorf("%s, asked %v: %s", language, asked, part)
				}
			}
		}
	}
}

// TestNoPINWithoutKeys: a locker that says that nothing can be typed there gets nobody a PIN by mail; who chose against it gets none
// either, whatever the shop was told.
func TestNoPINWithoutKeys(t *testing.T) {
	for name, c := range map[string]struct {
		panel lockhouse.Panel
		own   person.Choice
		has   bool
	}{
		"keys":           {lockhouse.PanelOf([]string{"keys"}, 0), person.Unchosen, true},
		"a scanner":      {lockhouse.PanelOf([]string{"scanner"}, 0), person.Unchosen, false},
		"chosen against": {lockhouse.PanelOf([]string{"keys"}, 0), person.NoPIN, false},
	} {
		p, port := openPost(t)
		b := open(t, port, "en")
		b.options.PINs = onePIN("12345678")
		b.parcel.Locker, b.parcel.Compartment, b.parcel.Generation = "lkr_0102030405060708", 12, 4
		boxes := []lockhouse.Compartment{{Locker: b.parcel.Locker, Number: 12, Size: "M", Rank: 2, Column: 1, Row: 1}}
		b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
			_, err := b.book.Keep(tx, "per_1", person.Contact{Name: "Ada Lovelace", Email: "ada@example.org", Language: "en", PINByMail: true, OwnPIN: c.own}, b.at)
			return errors.Join(err, tx.UpdateParcel(b.parcel), tx.InsertLocker(lockhouse.Locker{ID: b.parcel.Locker, Site: b.site.ID, Name: "A", StaticKey: []byte{4}}, boxes), tx.SetPanel(b.parcel.Locker, c.panel))
		}))
		b.queue(lockhouse.NoticeReady)
		b.swept()
		if _, plain, _ := parts(t, p.got()[0]); strings.Contains(plain, "1234 5678") != c.has {
			t.Errorf("%s: %s", name, plain)
		}
	}
}

// TestRetries breaks the sending in each way, and mends it.
func TestRetries(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	b.queue(lockhouse.NoticeReady)

	p.behave(&smtp.SMTPError{Code: 451, Message: "greylisted ada@example.org"}, false)
	n := b.swept()
	if !n.DoneAt.IsZero() || n.NextAt.Before(b.at.Add(Waits[0])) || !strings.Contains(n.LastError, "451") {
		t.Fatalf("%+v", n)
	}
	if again := b.swept(); again.Count != 1 {
		t.Fatalf("tried again before its time: %+v", again)
	}
	p.behave(nil, true) // taken, but we are not told
	b.at = n.NextAt
	if n = b.swept(); !n.DoneAt.IsZero() || n.Count != 2 || n.NextAt.Before(b.at.Add(Waits[1])) {
		t.Fatalf("%+v", n)
	}
	p.behave(nil, false)
	b.at = n.NextAt
	if n = b.swept(); n.DoneAt.IsZero() || n.LastError != "" || !n.NextAt.IsZero() {
		t.Fatalf("%+v", n)
	}
	mails := p.got()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	first, plain1, _ := parts(t, mails[0])
	second, plain2, _ := parts(t, mails[1])
	if first.Get("Message-Id") == "" || first.Get("Message-Id") != second.Get("Message-Id") {
		t.Errorf("Message-ID %q and %q", first.Get("Message-Id"), second.Get("Message-Id"))
	}
	link1, link2 := linkIn.FindStringSubmatch(plain1), linkIn.FindStringSubmatch(plain2)
	if link1[1] == link2[1] {
		t.Error("a retry must draw a link of its own")
	}
	for _, link := range [][]string{link1, link2} {
		if _, _, err := b.desk.SignIn(t.Context(), link[1], phone(t)); err != nil {
			t.Errorf("one of the two mails is dead: %v", err)
		}
	}
}

// TestServerDown: nothing is lost, and the waits grow until they end.
func TestServerDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close() // nobody is there now
	b := open(t, port, "en")
	b.queue(lockhouse.NoticeReady)
	last := time.Duration(0)
	for try := 1; try <= len(Waits); try++ {
		n := b.swept()
		wait := n.NextAt.Sub(b.at)
		if n.Count != try || wait < last || n.LastError == "" {
			t.Fatalf("try %d: %+v", try, n)
		}
		last, b.at = Waits[try-1], n.NextAt
	}
	if n := b.swept(); !n.NextAt.IsZero() || !n.DoneAt.IsZero() || b.said() != lockhouse.EventNoticeFailed {
		t.Fatalf("%+v, said %s", n, b.said())
	}
}

func (b *bench) said() (kind lockhouse.EventKind) {
	b.must(b.store.View(b.t.Context(), func(tx store.Tx) error {
		events, err := tx.Recent(1)
		if len(events) > 0 {
			kind = events[0].Kind
		}
		return err
	}))
	return kind
}

// TestPermanent: a 5xx to this very mail is the end; a 5xx to our sign-in is not.
func TestPermanent(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	p.behave(&smtp.SMTPError{Code: 550, Message: "no such user ada@example.org"}, false)
	b.queue(lockhouse.NoticeReady)
	if n := b.swept(); !n.NextAt.IsZero() || !n.DoneAt.IsZero() || b.said() != lockhouse.EventNoticeFailed {
		t.Fatalf("%+v, said %s", n, b.said())
	}
	b = open(t, port, "en")
	b.options.Username, b.options.Password = "x", "wrong"
	b.queue(lockhouse.NoticeReady)
	if n := b.swept(); n.NextAt.IsZero() {
		t.Fatalf("a wrong password of ours gave up a person's mail: %+v", n)
	}
}

// TestNoLongerNeeded: nobody is called to an empty compartment.
func TestNoLongerNeeded(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	b.queue(lockhouse.NoticeReady)
	b.parcel.State = lockhouse.ParcelCollected
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error { return tx.UpdateParcel(b.parcel) }))
	if n := b.swept(); len(p.got()) != 0 || !n.NextAt.IsZero() || n.LastError != "no longer needed" {
		t.Fatalf("%d mails, %+v", len(p.got()), n)
	}
}

// TestTooOld: a mail that could not be sent for days is not sent.
func TestTooOld(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	b.queue(lockhouse.NoticeReady)
	b.at = b.at.Add(MaxAge + time.Second)
	if n := b.swept(); len(p.got()) != 0 || !n.NextAt.IsZero() || n.LastError != "too old" {
		t.Fatalf("%d mails, %+v", len(p.got()), n)
	}
}

// TestManyNotices: each that is needed is sent once, the others are settled, in one sweep.
func TestManyNotices(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	const notices = 300
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
		var errs []error
		for n := range notices {
			kind := lockhouse.NoticeAnnounced // the parcel lies in a locker by now
			if n%100 == 99 {
				kind = lockhouse.NoticeReady
			}
			errs = append(errs, tx.InsertNotice(lockhouse.Notice{Event: int64(n + 1), Kind: kind, Person: "per_1", Parcel: b.parcel.ID, At: b.at,
				Attempts: lockhouse.Attempts{NextAt: b.at.Add(time.Duration(n-notices) * time.Second)}}))
		}
		return errors.Join(errs...)
	}))
	for b.nudge.Ring(); len(b.nudge) > 0; {
		<-b.nudge
		b.must(b.sweep(t.Context()))
	}
	b.must(b.store.View(t.Context(), func(tx store.Tx) error {
		all, err := tx.NoticesOf(b.parcel.ID)
		for n, notice := range all {
			if sent := !notice.DoneAt.IsZero(); sent != (n%100 == 99) || notice.Count != 1 || !notice.NextAt.IsZero() {
				t.Fatalf("%d: %+v", n, notice)
			}
		}
		return err
	}))
	if len(p.got()) != notices/100 {
		t.Fatalf("%d mails", len(p.got()))
	}
}

// TestLines: mails share connections, up to so many on each, also with a server that takes fewer than we would send.
func TestLines(t *testing.T) {
	const many, few = maxLines*maxMailsOnLine + 2, 90
	for _, c := range []struct{ most, mails, lines int }{{0, many, many/maxMailsOnLine + maxLines}, {3, few, few/3 + maxLines}, {1, few, few}} {
		t.Run(fmt.Sprint(c.most), func(t *testing.T) {
			p, port := openPost(t)
			p.most = c.most
			b := open(t, port, "en")
			b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
				var errs []error
				for n := range c.mails {
					errs = append(errs, tx.InsertNotice(lockhouse.Notice{Event: int64(n + 1), Kind: lockhouse.NoticeReady, Person: "per_1",
						Parcel: b.parcel.ID, At: b.at, Attempts: lockhouse.Attempts{NextAt: b.at}}))
				}
				return errors.Join(errs...)
			}))
			if n := b.swept(); n.DoneAt.IsZero() || len(p.got()) != c.mails || p.lines > c.lines {
				t.Fatalf("%d mails on %d connections, not %d on %d at most: %+v", len(p.got()), p.lines, c.mails, c.lines, n)
			}
		})
	}
}

// TestKeptLine: a connection is kept from sweep to sweep for some seconds, and a mail for which it turns out to be dead goes
// by another at once.
func TestKeptLine(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	defer b.hangUp(func(*line) bool { return true })
	const each = maxMailsOnLine * 2 / 5 // twice as many don't fill a line
	sent := func(times, lines int) {
		t.Helper()
		b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
			var errs []error
			for range each {
				b.events++
				errs = append(errs, tx.InsertNotice(lockhouse.Notice{Event: b.events, Kind: lockhouse.NoticeReady, Person: "per_1",
					Parcel: b.parcel.ID, At: b.at, Attempts: lockhouse.Attempts{NextAt: b.at}}))
			}
			return errors.Join(errs...)
		}))
		if n := b.swept(); n.Count != 1 || len(p.got()) != times*each || p.lines > lines*maxLines {
			t.Fatalf("%d mails on %d connections: %+v", len(p.got()), p.lines, n)
		}
	}
	sent(1, 1)
	sent(2, 1)
	for _, conn := range p.open {
		conn.Close()
	}
	sent(3, 2)
	b.at = b.at.Add((maxIdleLineS + 1) * time.Second)
	b.must(b.sweep(t.Context()))
	for i := range b.lines {
		if b.lines[i].conn != nil {
			t.Fatal("a connection is kept although nothing is sent")
		}
	}
	sent(4, 3)
}

// TestUnwritten: a letter that can't be written stands in nobody's way, and is tried again.
func TestUnwritten(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	nowhere, lost := b.site, b.parcel
	nowhere.ID, nowhere.Zone = "site_2", "Nowhere/Land"
	lost.ID, lost.Ref, lost.Reference, lost.Tracking, lost.Site = "par_2", lockhouse.ParcelRef{2}, "order-2", "LX1042", nowhere.ID
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.PutSite(nowhere), tx.InsertParcel(lost), tx.InsertNotice(lockhouse.Notice{Event: 99, Kind: lockhouse.NoticeReady,
			Person: "per_1", Parcel: lost.ID, At: b.at, Attempts: lockhouse.Attempts{NextAt: b.at}}))
	}))
	b.queue(lockhouse.NoticeReady)
	b.swept()
	b.must(b.store.View(t.Context(), func(tx store.Tx) error {
		stuck, err := tx.NoticesOf(lost.ID)
		if err != nil || stuck[0].Count != 1 || !stuck[0].NextAt.After(b.at) || stuck[0].LastError != unwritten.Error() {
			t.Errorf("%+v, %v", stuck, err)
		}
		return nil
	}))
	if len(p.got()) != 1 || !strings.Contains(b.log.String(), "Nowhere/Land") {
		t.Fatalf("%d mails; the log says %s", len(p.got()), b.log)
	}
}

// TestSentBeforeTheStoreFails: when it can't be written down at once that mails were sent, it is written down all the
// same, and they are not sent again.
func TestSentBeforeTheStoreFails(t *testing.T) {
	p, port := openPost(t)
	b := open(t, port, "en")
	b.queue(lockhouse.NoticeReady)
	faulty := &storetest.Faulty{Store: b.store}
	b.Sender.store = faulty
	b.options.Tried = func(Tried) { faulty.Next = storetest.NotDone }
	if err := b.sweep(t.Context()); err == nil {
		t.Fatal("nobody was told of the failure")
	}
	if n := b.swept(); n.DoneAt.IsZero() || len(p.got()) != 1 || b.said() != lockhouse.EventNoticeSent {
		t.Fatalf("%d mails, %+v", len(p.got()), n)
	}
}

// TestNoServer: without one notices wait.
func TestNoServer(t *testing.T) {
	b := open(t, 25, "en")
	b.options.Host = ""
	b.queue(lockhouse.NoticeReady)
	if n := b.swept(); n.Count != 0 || n.NextAt.IsZero() {
		t.Fatalf("%+v", n)
	}
}
