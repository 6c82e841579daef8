package person_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/person"
)

func newSeal(t *testing.T, fill byte) *person.Seal {
	t.Helper()
	s, err := person.NewSeal(bytes.Repeat([]byte{fill}, person.MasterKeyBytes), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var ada = person.Contact{Name: "Ada Lovelace", Email: "ada@example.org", Phone: "+12025550100", Language: "en"}

func TestSealOpens(t *testing.T) {
	s := newSeal(t, 1)
	z, err := s.Close("per_1", ada)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{z.Key, z.Contact, z.Mail} {
		for _, secret := range []string{"Ada", "ada@", "2025550100"} {
			if bytes.Contains(part, []byte(secret)) {
				t.Errorf("%q can be read in the seal", secret)
			}
		}
	}
	got, err := s.Open("per_1", z)
	if err != nil || got != ada {
		t.Fatalf("got %+v, %v", got, err)
	}
	again, err := s.Close("per_1", ada)
	if err != nil || bytes.Equal(again.Contact, z.Contact) || bytes.Equal(again.Key, z.Key) {
		t.Errorf("the same contact is sealed to the same bytes: %v", err)
	}
}

// TestSealHolds: another person's, another master key's, half of two records, or one bit changed: none opens, and no
// error quotes what was inside.
func TestSealHolds(t *testing.T) {
	s := newSeal(t, 1)
	z, err := s.Close("per_1", ada)
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Close("per_2", ada)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (person.Contact, error){
		"another person's id": func() (person.Contact, error) { return s.Open("per_2", z) },
		"another master key":  func() (person.Contact, error) { return newSeal(t, 2).Open("per_1", z) },
		"another person's key": func() (person.Contact, error) {
			return s.Open("per_1", person.Sealed{Key: other.Key, Contact: z.Contact})
		},
		"no key":  func() (person.Contact, error) { return s.Open("per_1", person.Sealed{Contact: z.Contact}) },
		"nothing": func() (person.Contact, error) { return s.Open("per_1", person.Sealed{Key: z.Key}) },
	} {
		if c, err := open(); err == nil || c != (person.Contact{}) || strings.Contains(err.Error(), "Ada") {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		spoilt := person.Sealed{Key: bytes.Clone(z.Key), Contact: bytes.Clone(z.Contact)}
		part := rapid.SampledFrom([][]byte{spoilt.Key, spoilt.Contact}).Draw(t, "part")
		part[rapid.IntRange(0, len(part)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if c, err := s.Open("per_1", spoilt); err == nil {
			t.Fatalf("opened with a bit changed: %+v", c)
		}
	})
}

func TestMailIndex(t *testing.T) {
	s := newSeal(t, 1)
	if !bytes.Equal(s.Mail("Ada@Example.org "), s.Mail("ada@example.org")) {
		t.Error("capitals make another address")
	}
	if bytes.Equal(s.Mail("ada@example.org"), s.Mail("eve@example.org")) || bytes.Equal(s.Mail("ada@example.org"), newSeal(t, 2).Mail("ada@example.org")) {
		t.Error("two addresses, or two keys, give one index")
	}
}

// TestLengthSaysLittle: names of usual lengths are sealed to records of one length.
func TestLengthSaysLittle(t *testing.T) {
	s := newSeal(t, 1)
	short, err := s.Close("per_1", person.Contact{Name: "Li", Email: "l@x.org"})
	if err != nil {
		t.Fatal(err)
	}
	long, err := s.Close("per_1", person.Contact{Name: "Wolfeschlegelsteinhausen", Email: "wolfe@example.org"})
	if err != nil || len(short.Contact) != len(long.Contact) {
		t.Errorf("%d and %d bytes, %v", len(short.Contact), len(long.Contact), err)
	}
}

func TestMasterKey(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := person.NewSeal(make([]byte, n), rand.Reader); err == nil {
			t.Errorf("a master key of %d bytes was taken", n)
		}
	}
}

func TestContactCheck(t *testing.T) {
	for name, spoil := range map[string]func(*person.Contact){
		"no name":              func(c *person.Contact) { c.Name = " " },
		"a long name":          func(c *person.Contact) { c.Name = strings.Repeat("a", 121) },
		"no mail":              func(c *person.Contact) { c.Email = "" },
		"a name with the mail": func(c *person.Contact) { c.Email = "Ada <ada@example.org>" },
		"a second line":        func(c *person.Contact) { c.Email = "ada@example.org\r\nBcc: eve@example.org" },
		"a local number":       func(c *person.Contact) { c.Phone = "2025550100" },
		"no number at all":     func(c *person.Contact) { c.Phone = "+<b>now</b>" },
		"a name of two lines":  func(c *person.Contact) { c.Name = "Ada\n\nYour parcel is at https://evil.example" },
		"a name of two parts":  func(c *person.Contact) { c.Name = "Ada\u2028Lovelace" },
	} {
		c := ada
		spoil(&c)
		err := c.Check()
		if lockhouse.CodeOf(err) != lockhouse.CodeMalformed || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{ada.Name, "Zoë O'Brien-Ng", "श\u094dय\u093eम", "क\u094d\u200dष"} {
		c := ada
		c.Name = name
		if err := c.Check(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
