package settings

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"lockhouse"
)

type sample struct {
	Name  string   `toml:"name" doc:"What it is called."`
	Many  []string `toml:"many" doc:"Several of them."`
	Rate  float64  `toml:"rate" doc:"How often."`
	Inner inner    `toml:"inner" doc:"A table of its own."`
}

type inner struct {
	On bool `toml:"on" doc:"Whether it is on, with a sentence long enough that it has to be wrapped somewhere before its end comes, or so we hope."`
}

func TestWhatIsExplainedCanBeRead(t *testing.T) {
	want := sample{Name: `a "b"`, Many: []string{"x", `y"`}, Rate: 1.5, Inner: inner{On: true}}
	var out bytes.Buffer
	if err := Explain(&out, want); err != nil {
		t.Fatal(err)
	}
	var got sample
	if err := Read(&out, &got, "x config"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v is not %+v", err, got, want)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		text, says string
		code       lockhouse.Code
	}{
		{"nmae = 1", `Line 1 of the config: there is no key "nmae". ` + "`x config`", lockhouse.CodeMalformed},
		{"\n[inner]\nno = 1", `Line 3 of the config: there is no key "inner.no"`, lockhouse.CodeMalformed},
		{"name = 7", "Line 1, column", lockhouse.CodeMalformed},
		{"name = = ", "Line 1, column", lockhouse.CodeMalformed},
		{"# " + strings.Repeat("x", MaxBytes), "more than", lockhouse.CodeBodyTooLarge},
	} {
		err := Read(strings.NewReader(c.text), &sample{}, "x config")
		if err == nil || !strings.Contains(err.Error(), c.says) || lockhouse.CodeOf(err) != c.code {
			t.Errorf("%.20q: %v", c.text, err)
		}
	}
}
