package api

import (
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockhouse"
	"lockhouse/flow/checkout"
)

// offersAnswer is the answer to a search. That its length is known beforehand saves a system call of three.
type offersAnswer struct {
	AllowOrigin string `header:"Access-Control-Allow-Origin"`
	Length      int    `header:"Content-Length"`
	Body        offersBody
}

// offersBody is an offersView that was written by hand: a shop's page asks at every key, and what is slow about an answer of ten
// sites is to look up by reflection what has been said a thousand times. A test reads it as the type that it stands for.
type offersBody struct{ text *[]byte }

// Schema says what it looks like.
func (offersBody) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[offersView](), true, "")
}

// buffers are for answers on their way out.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// writeJSON is called once.
func (o offersBody) writeJSON(w io.Writer) error {
	defer buffers.Put(o.text)
	_, err := w.Write(*o.text)
	return err
}

// writeOffers writes an answer, to be sent once.
func (a *API) writeOffers(found checkout.Answer) (*offersAnswer, error) {
	buffer := buffers.Get().(*[]byte)
	text, err := offers{found, &a.cards}.append((*buffer)[:0])
	*buffer = text
	return &offersAnswer{"*", len(text), offersBody{buffer}}, err
}

// offers are on their way to be written.
type offers struct {
	checkout.Answer
	cards *cards
}

func (o offers) append(b []byte) (_ []byte, err error) {
	b = append(append(b, `{"as_of":"`...), o.AsOf.Format(time.RFC3339Nano)...)
	b = strconv.AppendQuote(append(b, `","size":`...), o.Size.Name) // a catalogue's names are plain
	if b, err = o.appendNone(append(b, `,"none_because":`...)); err != nil {
		return b, err
	}
	b = append(b, `,"sites":[`...)
	var day dayText
	for i := range o.Sites {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = o.appendSite(b, &o.Sites[i], &day); err != nil {
			return b, err
		}
	}
	return append(b, "]}\n"...), nil
}

func (o offers) appendNone(b []byte) ([]byte, error) {
	if o.NoneBecause == nil {
		return append(b, "null"...), nil
	}
	text, err := json.Marshal(noneBecause{o.NoneBecause.Code, o.NoneBecause.Sentence, o.NoneBecause.Facts})
	return append(b, text...), err
}

func (o offers) appendSite(b []byte, f *checkout.Offer, day *dayText) ([]byte, error) {
	card, err := o.cards.of(f.Site)
	if err != nil {
		return b, err
	}
	b = append(append(b, '{'), card...)
	b = strconv.AppendBool(append(b, `,"open_now":`...), f.OpenNow)
	b = appendMoment(append(b, `,"next_opening":`...), f.NextOpening)
	b = strconv.AppendInt(append(b, `,"distance_m":`...), int64(f.DistanceM), 10)
	b = append(append(b, `,"from":"`...), day.of(f.From, 0)...)
	b = append(append(b, `","until":"`...), day.of(f.Until, 1)...)
	return append(b, `"}`...), nil
}

func appendMoment(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// dayText remembers the last of two days in words: in one answer they hardly differ.
type dayText struct {
	day  [2]lockhouse.Day
	text [2]string
}

func (d *dayText) of(day lockhouse.Day, which int) string {
	if d.text[which] == "" || d.day[which] != day {
		d.day[which], d.text[which] = day, day.String()
	}
	return d.text[which]
}

// maxCards bounds how many sites' cards are kept in each of two generations; a card has about a kilobyte.
const maxCards = 50_000

// cards keeps the members of sites' cards as JSON, for as long as they are asked for. A site that changed is another site here.
// When the young generation is full it becomes the old one, and what was not asked for since then is forgotten.
type cards struct {
	mu         sync.Mutex // of whoever changes generations
	young, old atomic.Pointer[generation]
}

type generation struct {
	texts sync.Map // of []byte by *lockhouse.Site
	count atomic.Int64
}

func (c *cards) of(site *lockhouse.Site) ([]byte, error) {
	young := c.young.Load()
	if young == nil || young.count.Load() >= maxCards {
		young = c.next(young)
	}
	if text, has := young.texts.Load(site); has {
		return text.([]byte), nil
	}
	text, err := c.write(site)
	if err != nil {
		return nil, err
	}
	if _, has := young.texts.LoadOrStore(site, text); !has {
		young.count.Add(1)
	}
	return text, nil
}

// write writes a card, unless the old generation has it.
func (c *cards) write(site *lockhouse.Site) ([]byte, error) {
	if old := c.old.Load(); old != nil {
		if text, has := old.texts.Load(site); has {
			return text.([]byte), nil
		}
	}
	text, err := json.Marshal(cardOf(site))
	if err != nil {
		return nil, err
	}
	return text[1 : len(text)-1], nil
}

// next begins a young generation, unless another has.
func (c *cards) next(full *generation) *generation {
	c.mu.Lock()
	defer c.mu.Unlock()
	if young := c.young.Load(); young != full {
		return young
	}
	young := &generation{}
	c.old.Store(full)
	c.young.Store(young)
	return young
}
