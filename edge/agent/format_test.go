package agent

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/fixedkeys"
	"lockhouse/internal/strictcbor"
	"lockhouse/trust/credential"
)

var update = flag.Bool("update", false, "write testdata/journal-N.json, for a format that was never released")

// golden is a journal of one format, as this code wrote it when the format was new, and what it says.
type golden struct {
	Form    string   `json:"form"`    // of a record
	Records []string `json:"records"` // in hexadecimal
	State   string   `json:"state"`   // after them, as the record that a journal begins with when it is written anew
}

func goldenFile(format int) string {
	return filepath.Join("testdata", fmt.Sprintf("journal-%d.json", format))
}

// lines is a journal in memory.
type lines [][]byte

func (l *lines) Append(record []byte) error  { *l = append(*l, slices.Clone(record)); return nil }
func (l *lines) Rewrite(anew [][]byte) error { *l = anew; return nil }
func (l *lines) Replay(each func([]byte) error) error {
	for _, record := range *l {
		if err := each(record); err != nil {
			return err
		}
	}
	return nil
}

// TestJournalFormats: what a format's first version wrote is read to the same end by this one; the format that is written has its form
// still; every kind is in the journal of its format; and nothing is written that the version before could not read.
func TestJournalFormats(t *testing.T) {
	if JournalWrites != JournalReads && JournalWrites != JournalReads-1 {
		t.Errorf("format %d is written, and %d is read: a format is read by one version, and written by the next", JournalWrites, JournalReads)
	}
	if *update {
		writeGolden(t)
	}
	for format := 1; format <= JournalReads; format++ {
		text, err := os.ReadFile(goldenFile(format))
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(text, &g); err != nil {
			t.Fatal(err)
		}
		if form := formOf(reflect.TypeFor[record]()); format == JournalWrites && form != g.Form {
			t.Errorf("format %d has another form now, which no version before reads; make it the next format:\n%s\n%s", format, g.Form, form)
		}
		state, kinds := replayed(t, g)
		if state != g.State {
			t.Errorf("format %d is read to another end:\n%s\n%s", format, g.State, state)
		}
		for kind, of := range kindFormats {
			if of <= format && !kinds[kind] {
				t.Errorf("kind %d is not in the journal of format %d", kind, format)
			}
		}
	}
}

// replayed reads a journal, and gives the state after it and the kinds that were in it.
func replayed(t *testing.T, g golden) (state string, kinds map[recordKind]bool) {
	t.Helper()
	kept, kinds := lines{}, map[recordKind]bool{}
	for _, text := range g.Records {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decodeRecord(raw)
		if err != nil {
			t.Fatal(err)
		}
		kinds[r.Kind], kept = true, append(kept, raw)
	}
	a := &Agent{Parts: Parts{Journal: &kept}}
	if err := a.replay(); err != nil {
		t.Fatal(err)
	}
	return a.asHex(t), kinds
}

func (a *Agent) asHex(t *testing.T) string {
	t.Helper()
	var text string
	for _, r := range append([]record{{Kind: recordState, State: &a.state}}, a.state.waitsAsRecords()...) {
		raw, err := strictcbor.Encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		text += hex.EncodeToString(raw)
	}
	return text
}

// formOf says what a type is made of, in its order.
func formOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "?" + formOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "many " + formOf(t.Elem())
	case reflect.Struct:
		form := "["
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				form += " " + f.Name + ":" + formOf(f.Type)
			}
		}
		return form + " ]"
	case reflect.Array:
		return fmt.Sprintf("%d %s", t.Len(), formOf(t.Elem()))
	}
	return t.Kind().String()
}

// all keeps what a journal that is written anew leaves out.
type all struct{ lines }

func (a *all) Rewrite(anew [][]byte) error { a.lines = append(a.lines, anew...); return nil }

// writeGolden writes a journal with every kind of record that there is.
func writeGolden(t *testing.T) {
	t.Helper()
	kept, now := all{}, time.Unix(1_764_000_000, 0)
	a := &Agent{Parts: Parts{Journal: &kept, Now: func() time.Time { now = now.Add(time.Second); return now }, Receipt: fixedkeys.Signer(t, "receipts")},
		config: Config{Locker: lockhouse.LockerIDOf([8]byte{1})}, doors: map[int]*door{}, wake: make(chan struct{}, 1)}
	a.clock.start(now, unixS(now))
	write := func(r record, says lockhouse.ReceiptKind) {
		var op *opening
		if c := a.state.at(int(r.Number)); r.Number != 0 && c.Opening != nil {
			op = c.Opening
		} else if r.Opening != nil {
			op = r.Opening
		}
		if says != 0 {
			raw, err := a.says(says, int(r.Number), op)
			if err != nil {
				t.Fatal(err)
			}
			r.Receipt = raw
		}
		if err := a.write(r); err != nil {
			t.Fatal(err)
		}
	}
	opens := func(number uint16, verb lockhouse.Verb, ref byte) {
		op := &opening{Stage: armed, Verb: verb, Ref: lockhouse.ParcelRef{ref}, Generation: 1, Grant: lockhouse.GrantID{ref}, ExpiresS: unixS(now) + 3_600, Phone: [8]byte{ref}}
		write(record{Kind: recordArmed, Number: number, Opening: op}, lockhouse.ReceiptAuthorised)
	}
	write(record{Kind: recordStarted}, lockhouse.ReceiptStarted)
	opens(1, lockhouse.VerbStore, 1)
	write(record{Kind: recordPulsed, Number: 1}, 0)
	write(record{Kind: recordOpened, Number: 1}, lockhouse.ReceiptOpened)
	write(record{Kind: recordLeftOpen, Number: 1}, lockhouse.ReceiptLeftOpen)
	write(record{Kind: recordClosed, Number: 1}, lockhouse.ReceiptStored)
	opens(2, lockhouse.VerbStore, 2)
	write(record{Kind: recordPulsed, Number: 2}, 0)
	write(record{Kind: recordOpened, Number: 2}, lockhouse.ReceiptOpened)
	write(record{Kind: recordMisfit, Number: 2}, 0)
	write(record{Kind: recordClosed, Number: 2}, lockhouse.ReceiptMisfit)
	opens(3, lockhouse.VerbStore, 3)
	write(record{Kind: recordPulsed, Number: 3}, 0)
	write(record{Kind: recordNotOpened, Number: 3, Unsure: true}, 0)
	write(record{Kind: recordGivenUp, Number: 3}, 0)
	write(record{Kind: recordReleased, Number: 3}, 0)
	opens(4, lockhouse.VerbStore, 4)
	write(record{Kind: recordGivenUp, Number: 4, Unsure: true}, 0)
	write(record{Kind: recordForced, Number: 5}, lockhouse.ReceiptForced)
	write(record{Kind: recordShut, Number: 5}, lockhouse.ReceiptShut)
	write(record{Kind: recordForced, Number: 6}, lockhouse.ReceiptForced)
	write(record{Kind: recordBoardFault, Board: 1}, 0)
	write(record{Kind: recordBoardHeals, Board: 1}, 0)
	write(record{Kind: recordBoardFault, Board: 2}, 0)
	for range 5 {
		write(record{Kind: recordWrongPIN, Number: 1}, 0)
	}
	write(record{Kind: recordWrongPIN, Number: atLine | 1}, 0)
	if err := a.rewrite(); err != nil {
		t.Fatal(err)
	}
	opens(1, lockhouse.VerbCollect, 1)
	write(record{Kind: recordPulsed, Number: 1}, 0)
	write(record{Kind: recordOpened, Number: 1}, lockhouse.ReceiptOpened)
	write(record{Kind: recordCorrected}, 0)
	write(record{Kind: recordTime}, 0)
	g := golden{Form: formOf(reflect.TypeFor[record]()), State: a.asHex(t)}
	for _, raw := range kept.lines {
		g.Records = append(g.Records, hex.EncodeToString(raw))
	}
	text, err := json.MarshalIndent(g, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile(JournalWrites), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNewerJournal: an agent begins on no journal of which it can't read every record, and writes nothing into it.
func TestNewerJournal(t *testing.T) {
	known, err := strictcbor.Encode(&record{Kind: recordTime, AtS: 5})
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := strictcbor.Encode(&record{Kind: 200, AtS: 6})
	if err != nil {
		t.Fatal(err)
	}
	longer := append(append([]byte{known[0] + 1}, known[1:]...), 0) // a record with one more part
	for name, record := range map[string][]byte{"another kind": unknown, "another form": longer} {
		kept := lines{known, record}
		public := fixedkeys.Public(t, "issuer")
		issuers, err := credential.NewIssuers(public)
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(Config{Locker: lockhouse.LockerIDOf([8]byte{1}), Trusted: credential.Trusted{Issuers: issuers, Shared: make([]byte, credential.SharedKeyBytes)},
			Compartments: []lockhouse.Compartment{{Number: 1, Size: "M", Rank: 1, Column: 1, Row: 1}}},
			Parts{Static: fixedkeys.Exchange(t, "static"), Receipt: fixedkeys.Signer(t, "receipts"), Journal: &kept, Now: time.Now})
		if lockhouse.CodeOf(err) != CodeJournalNewer || len(kept) != 2 {
			t.Errorf("%s: %v, %d records", name, err, len(kept))
		}
	}
}
