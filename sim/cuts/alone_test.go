package cuts

import (
	"context"
	"crypto/rand"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/sim/cabinet"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// month is a locker whose line is down. Couriers and recipients come with what they were granted where there was a network, bring the
// network's word as mail, and carry receipts away, many of which are lost on the way.
type month struct {
	*stand
	far    *far
	random *mathrand.Rand
	inside map[string]bool // of each parcel that was dropped off, whether it is still there
	pocket [][]byte        // receipts on the phone that is here
	phones [][][]byte      // and on those that left
	away   [][]byte        // on those that come to no network for a while
	lined  bool            // the line is up again

	byPIN, stuck int // how often
}

func alone(t *testing.T) *month {
	s := plugged(t, dialects()[0], t.TempDir())
	m := &month{stand: s, far: registered(t, s), random: mathrand.New(mathrand.NewPCG(1, 0)), inside: map[string]bool{}}
	s.on()
	return m
}

// A locker is alone for 30 days, with three power cuts, a compartment taken out of service, a phone that is lost, a door that sticks, and
// people who come with a PIN. Phones carry the network's word there, and a part of the receipts back. Then its line comes back, by TLS and
// NATS: network and locker agree on every parcel, compartment and generation, and on how late it is; nothing was applied twice.
func TestAloneFor30Days(t *testing.T) {
	m, lost := alone(t), false
	for day := 1; day <= 30; day++ {
		m.now = noon.AddDate(0, 0, day)
		m.pass(2 * time.Second)
		if day%10 == 5 { // a power cut: from here on the locker does not know how late it is
			m.off()
			m.on()
		}
		if day == 12 {
			m.takesOut(2, true)
		}
		m.far.announce(reference(day, 0), m.now)
		m.far.announce(reference(day, 1), m.now)
		m.courierComes()
		m.someCollect()
		if !lost && day >= 8 {
			lost = m.losesPhone()
		}
		m.carryHome(0.15)
	}
	if len(m.inside) < 20 || !lost || m.byPIN < 2 || m.stuck < 2 {
		t.Fatalf("in 30 days %d parcels were dropped off, %d doors opened by a PIN and %d stuck, and a phone was lost: %t", len(m.inside), m.byPIN, m.stuck, lost)
	}
	m.takesOut(2, false) // and no phone comes any more
	if by := m.far.applied(m.id); by == 0 || by == m.lastReceipt() || !m.outOfService(2) {
		t.Errorf("phones have brought %d receipts of %d; the network's word of the first weeks is there: %t", by, m.lastReceipt(), m.outOfService(2))
	}
	m.lineComesBack()
	if m.outOfService(2) {
		t.Error("the network's word did not come down the line")
	}
	m.agree()
}

// A day on which everything is down: a courier drops off and a recipient collects with grants from the morning; in the evening the line, the
// courier's phone and the recipient's bring the receipts, in any order and some of them twice.
func TestOfflineDay(t *testing.T) {
	for order := range 6 {
		m := alone(t)
		m.far.announce("morning", m.now)
		m.courierComes() // its phone asks for the time on the spot: on the day of the set-up
		m.carryHome(0)
		for n := range 3 {
			m.far.announce(reference(1, n), m.now)
		}
		sheet, grants := m.drawSheet(), m.grantOf("morning")
		m.far.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		m.now = m.now.Add(5 * time.Hour)
		m.deliver(sheet, sheet.mailOnly(t))
		couriers := m.takePhones()
		m.collect("morning", grants)
		recipients := m.takePhones()
		m.far.server.Config.Handler = m.far.Handler()
		ways := []func(){m.lineComesBack, func() { m.post(couriers) }, func() { m.post(recipients) }}
		for i := range ways {
			ways[(order/2+i*(1+order%2))%3]()
		}
		m.lineComesBack()
		m.agree()
		if len(m.inside) != 4 || m.inside["morning"] {
			t.Errorf("order %d: %v", order, m.inside)
		}
	}
}

// sheet is what a courier gets for the locker.
type sheet struct {
	Grant   *string `json:"grant"`
	Mail    *string `json:"mail"`
	Targets []struct {
		Ref      lockhouse.ParcelRef `json:"ref"`
		Tracking string              `json:"tracking_number"`
	} `json:"targets"`
}

func (s sheet) mailOnly(t testing.TB) func(wire.Info) []byte {
	return func(wire.Info) []byte {
		if s.Mail == nil {
			return nil
		}
		return raw64(t, *s.Mail)
	}
}

func (m *month) drawSheet() (s sheet) {
	m.t.Helper()
	m.far.call(http.MethodPost, "/v1/courier/manifest", m.far.courier, nil, map[string]any{"locker_id": m.id, "phone_key": text64(public(m.t, "courier"))}, &s)
	return s
}

// courierComes with what is on the sheet, and asks the network on the spot where the locker does not know how late it is.
func (m *month) courierComes() {
	m.t.Helper()
	s := m.drawSheet()
	if s.Grant == nil {
		return
	}
	m.deliver(s, func(i wire.Info) []byte {
		if i.Quality == lockhouse.TimeFloor {
			return m.askedOnTheSpot(i)
		}
		return s.mailOnly(m.t)(i)
	})
}

func (m *month) askedOnTheSpot(i wire.Info) []byte {
	m.t.Helper()
	var answer struct {
		Mail string `json:"mail"`
	}
	m.far.call(http.MethodPost, "/v1/lockers/"+string(m.id)+"/mail", "", nil, map[string]any{"nonce": text64(i.Nonce[:])}, &answer)
	return raw64(m.t, answer.Mail)
}

// deliver puts in whatever the locker takes.
func (m *month) deliver(s sheet, mail func(wire.Info) []byte) {
	m.t.Helper()
	v, err := m.show("courier", raw64(m.t, *s.Grant), mail)
	must(m.t, err)
	for i, target := range s.Targets {
		n, err := v.Open(m.soon(), i, 0)
		if code := lockhouse.CodeOf(err); code == lockhouse.CodeAlreadyHere || code == lockhouse.CodeFull || code == lockhouse.CodeUsed {
			continue // the network does not know yet that it was there
		}
		must(m.t, err)
		m.through(v, n, func() {
			must(m.t, m.steel.Put(n.Compartment, name(target.Ref)))
			m.inside[target.Tracking[len("T-"):]] = true
		})
	}
	m.leave(v)
}

// mine is one of a recipient's parcels as their page has it.
type mineView struct {
	Ref   lockhouse.ParcelRef `json:"ref"`
	Grant *string             `json:"grant"`
	Mail  *string             `json:"mail"`
	PIN   *string             `json:"pin"`
}

func (m *month) parcelsOn(cookie *http.Cookie) mineView {
	m.t.Helper()
	var answer struct {
		Parcels []mineView `json:"parcels"`
	}
	m.far.call(http.MethodGet, "/v1/recipient/parcels", "", cookie, nil, &answer)
	return answer.Parcels[0]
}

func (m *month) grantOf(reference string) mineView {
	m.t.Helper()
	p, _ := m.far.parcel(reference)
	return m.parcelsOn(m.far.signIn(p.Person, "recipient"))
}

// someCollect lets recipients come whose parcels the network knows to be there.
func (m *month) someCollect() {
	m.t.Helper()
	for _, reference := range m.there() {
		switch come := m.random.IntN(10) < 6; {
		case come && m.lastWeek(): // nobody carries those receipts, and what comes after them has no effect
			m.collectByPIN(reference, m.grantOf(reference))
		case come:
			m.collect(reference, m.grantOf(reference))
		}
	}
}

func (m *month) lastWeek() bool { return m.now.Sub(noon) > 23*24*time.Hour }

// collectByPIN lets somebody come who has no phone with them, and first types what is no PIN. Nobody carries those receipts home, unless
// another's phone does.
func (m *month) collectByPIN(reference string, mine mineView) {
	m.t.Helper()
	if mine.PIN == nil {
		return
	}
	if err := m.agent.EnterPIN("00000000"); lockhouse.CodeOf(err) != lockhouse.CodeWrongPIN {
		m.t.Errorf("what is no PIN: %v", err)
	}
	must(m.t, m.agent.EnterPIN(*mine.PIN))
	door := m.agent.AtPanel().Door
	m.until("the door opens by a PIN", func() bool { return m.open()[door] })
	m.takes(reference, mine, door)
	must(m.t, m.steel.Shut(door))
	m.until("the door is shut", func() bool { return m.agent.AtPanel().Event == wire.DoorClosed })
	m.byPIN++
}

// takes has a person take what lies behind a door, which is theirs.
func (m *month) takes(reference string, mine mineView, door int) {
	m.t.Helper()
	thing, err := m.steel.Take(door)
	must(m.t, err)
	if thing != name(mine.Ref) {
		m.t.Errorf("%s came, and took %s", reference, thing)
	}
	m.inside[reference] = false
}

// until lets time pass until something holds.
func (m *month) until(what string, holds func() bool) {
	m.t.Helper()
	for range 300 {
		if holds() {
			return
		}
		m.pass(100 * time.Millisecond)
	}
	m.t.Fatalf("waited in vain: %s", what)
}

// there lists the parcels inside, in an order that is the same each time.
func (m *month) there() (all []string) {
	for reference, inside := range m.inside {
		if inside {
			all = append(all, reference)
		}
	}
	slices.Sort(all)
	return all
}

func (m *month) collect(reference string, mine mineView) {
	m.t.Helper()
	if mine.Grant == nil {
		return
	}
	v, err := m.show("recipient", raw64(m.t, *mine.Grant), sheet{Mail: mine.Mail}.mailOnly(m.t))
	must(m.t, err)
	n, err := v.Open(m.soon(), 0, 0)
	if lockhouse.CodeOf(err) == lockhouse.CodeUsed || lockhouse.CodeOf(err) == lockhouse.CodeSuperseded {
		m.t.Fatalf("%s lies there, and %v", reference, err)
	}
	must(m.t, err)
	if m.now.Day()%4 == 0 {
		n = m.sticks(v, n)
	}
	m.through(v, n, func() { m.takes(reference, mine, n.Compartment) })
	m.leave(v)
}

// sticks keeps a door from opening, until its owner has leant against it and asks again.
func (m *month) sticks(v *phone.Visit, n phone.News) phone.News {
	m.t.Helper()
	must(m.t, m.steel.FaultDoor(n.Compartment, cabinet.DoorSticks))
	m.pocket = append(m.pocket, n.Raw)
	news := m.newsOf(v)
	if news.Event != wire.DoorTimeout {
		m.t.Fatalf("event %d of a door that sticks", news.Event)
	}
	m.pocket = append(m.pocket, news.Raw)
	must(m.t, m.steel.FaultDoor(n.Compartment, cabinet.DoorSound))
	m.stuck++
	again, err := v.Open(m.soon(), 0, 0)
	must(m.t, err)
	return again
}

// losesPhone: somebody's phone is lost, with a grant on it, and they say so from another. Its locker hears of it from the next phone. It
// takes a parcel that the network knows to be there.
func (m *month) losesPhone() (lost bool) {
	m.t.Helper()
	for _, reference := range m.there() {
		p, _ := m.far.parcel(reference)
		gone := m.parcelsOn(m.far.signIn(p.Person, "lost"))
		if gone.Grant == nil {
			continue
		}
		cookie := m.far.signIn(p.Person, "recipient")
		m.far.call(http.MethodPost, "/v1/recipient/sign-out-others", "", cookie, nil, nil)
		mine := m.parcelsOn(cookie)
		v, err := m.show("recipient", raw64(m.t, *mine.Grant), sheet{Mail: mine.Mail}.mailOnly(m.t))
		must(m.t, err)
		m.leave(v)
		if _, err := m.show("lost", raw64(m.t, *gone.Grant), nil); lockhouse.CodeOf(err) != lockhouse.CodeLapsed {
			m.t.Errorf("the lost phone: %v", err)
		}
		m.collect(reference, mine)
		return true
	}
	return false
}

// show begins a visit without asking for a door.
func (m *month) show(who string, grant []byte, mail func(wire.Info) []byte) (*phone.Visit, error) {
	m.t.Helper()
	var err error
	m.link, err = phone.Within(func(send func([]byte) error) (phone.Session, error) { return m.agent.Connect(who, 247, send) })
	must(m.t, err)
	v, _, err := phone.Begin(m.soon(), m.link, phone.Phone{Key: signer(m.t, who), Random: rand.Reader, Mail: mail}, m.known(), grant, -1)
	return v, err
}

func (m *month) soon() context.Context {
	ctx, cancel := context.WithTimeout(m.t.Context(), 20*time.Second)
	m.t.Cleanup(cancel)
	return ctx
}

// through waits until the door is open, does something, shuts it and waits for the locker's word. Receipts go into the pocket.
func (m *month) through(v *phone.Visit, n phone.News, do func()) {
	m.t.Helper()
	m.pocket = append(m.pocket, n.Raw)
	for _, event := range []wire.DoorEvent{wire.DoorOpened, wire.DoorClosed} {
		news := m.newsOf(v)
		if news.Event != event {
			m.t.Fatalf("event %d of the door of %d, want %d", news.Event, n.Compartment, event)
		}
		m.pocket = append(m.pocket, news.Raw)
		if event == wire.DoorOpened {
			do()
			must(m.t, m.steel.Shut(n.Compartment))
		}
	}
}

func (m *month) newsOf(v *phone.Visit) phone.News {
	m.t.Helper()
	m.until("there is news of the door", func() bool { return len(m.link.Frames()) > 0 })
	n, err := v.Next(m.soon())
	must(m.t, err)
	return n
}

// leave takes the tail along.
func (m *month) leave(v *phone.Visit) {
	m.t.Helper()
	tail, err := v.Tail(m.soon(), wire.MaxTail)
	must(m.t, err)
	m.phones, m.pocket = append(m.phones, append(m.pocket, tail...)), nil
	must(m.t, v.Bye(m.soon()))
}

func (m *month) takePhones() (all [][]byte) {
	all = slices.Concat(m.phones...)
	m.phones = nil
	return all
}

// carryHome posts what the phones have, in any order. A share of them comes to no network before the next fifth day; in the last week,
// never.
func (m *month) carryHome(away float64) {
	m.t.Helper()
	m.phones = slices.DeleteFunc(m.phones, func(phone [][]byte) bool {
		gone := m.random.Float64() < away
		if gone {
			m.away = append(m.away, phone...)
		}
		return gone
	})
	all := m.takePhones()
	if m.now.Day()%5 == 0 && !m.lastWeek() {
		all, m.away = append(all, m.away...), nil
	}
	m.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	m.post(all)
}

func (m *month) post(receipts [][]byte) {
	m.t.Helper()
	var texts []string
	for _, raw := range receipts {
		if raw != nil {
			texts = append(texts, text64(raw))
		}
	}
	if len(texts) > 0 {
		m.far.call(http.MethodPost, "/v1/receipts", "", nil, map[string]any{"receipts": texts}, nil)
	}
}

// agree holds what the network believes against what the locker says, and both against what is.
func (m *month) agree() {
	m.t.Helper()
	occupied := map[int]bool{}
	for reference, inside := range m.inside {
		p, line := m.far.parcel(reference)
		if p.Inside() != inside || !inside && p.State != lockhouse.ParcelCollected {
			m.t.Errorf("%s is %s, and inside is %t", reference, p.State, inside)
		}
		if inside {
			occupied[p.Compartment] = true
			if got := m.stand.inside(p.Compartment); got != name(p.Ref) {
				m.t.Errorf("%s is said to lie in %d, and there lies %q", reference, p.Compartment, got)
			}
			m.opensWith(p)
		}
		m.onceEach(reference, line, inside)
	}
	for _, v := range m.agent.Doors() {
		if v.Occupied != occupied[v.Number] {
			m.t.Errorf("compartment %d: occupied is %t at the locker, %t at the network", v.Number, v.Occupied, occupied[v.Number])
		}
	}
	all := m.receipts()
	if last := all[len(all)-1].Seq; m.far.applied(m.id) != last {
		m.t.Errorf("%d receipts are applied, of %d", m.far.applied(m.id), last)
	}
	if off := m.agent.Floor().Sub(m.now).Seconds(); math.Abs(off) > 60 {
		m.t.Errorf("the locker's clock is %v s off", off)
	}
	standings, err := m.far.Fleet().StandingsAt(m.t.Context(), m.far.site)
	must(m.t, err)
	if s := standings[0]; s.Fault != "" || s.Desired != s.Actual {
		m.t.Errorf("fault %q, desired %d, actual %d", s.Fault, s.Desired, s.Actual)
	}
}

// opensWith holds the generation that the network believes in against the locker's last word on that parcel.
func (m *month) opensWith(p lockhouse.Parcel) {
	m.t.Helper()
	for _, r := range slices.Backward(m.receipts()) {
		if r.Ref == p.Ref && r.Kind == lockhouse.ReceiptStored {
			if r.Generation != p.Generation || r.Compartment != p.Compartment {
				m.t.Errorf("%s: compartment %d, generation %d at the locker; %d, %d at the network", p.Ref, r.Compartment, r.Generation, p.Compartment, p.Generation)
			}
			return
		}
	}
	m.t.Errorf("%s was never stored", p.Ref)
}

// onceEach holds that nothing was applied twice, and nothing refused.
func (m *month) onceEach(reference string, line []lockhouse.Event, inside bool) {
	m.t.Helper()
	count := map[lockhouse.EventKind]int{}
	for _, e := range line {
		count[e.Kind]++
	}
	collected := 1
	if inside {
		collected = 0
	}
	if count[lockhouse.EventParcelDroppedOff] != 1 || count[lockhouse.EventParcelCollected] != collected || count[lockhouse.EventReceiptRefused] != 0 {
		m.t.Errorf("%s, inside is %t: %v", reference, inside, count)
	}
}
