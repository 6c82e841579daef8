package locker

import (
	"reflect"
	"strings"
	"testing"

	"lockhouse"
)

func TestCompartments(t *testing.T) {
	want := []lockhouse.Compartment{
		{Locker: "lkr_0000000000000001", Number: 1, Size: "L", Rank: 3, Column: 1, Row: 1, FloorMM: 150, Board: 0, Channel: 0},
		{Locker: "lkr_0000000000000001", Number: 2, Size: "S", Rank: 1, Column: 1, Row: 2, FloorMM: 580, Board: 15, Channel: 15},
	}
	file := "number,size,rank,column,row,floor_mm,board,channel\n1,L,3,1,1,150,0,0\n2,S,1,1,2,580,15,15\n"
	got, err := ReadCompartments(strings.NewReader(file), "lkr_0000000000000001")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %+v", err, got)
	}
	if got, err := ReadCompartments(strings.NewReader("\ufeff"+strings.ReplaceAll(file, "\n", "\r\n")), "lkr_0000000000000001"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("as a spreadsheet writes it: %v %+v", err, got)
	}
	var written strings.Builder
	if err := WriteCompartments(&written, want); err != nil || written.String() != file {
		t.Errorf("written as %q, %v", written.String(), err)
	}
}

func TestCompartmentsRefused(t *testing.T) {
	const head = "number,size,rank,column,row,floor_mm,board,channel\n"
	for name, c := range map[string]struct{ file, says string }{
		"nothing":           {"", "must begin with"},
		"no header":         {"1,S,1,1,1,0,0,0\n", "must begin with"},
		"no rows":           {head, "1 to 256"},
		"a short row":       {head + "1,S,1\n", "can't be read"},
		"a word":            {head + "1,S,1,one,1,0,0,0\n", `Line 2 of the compartments' file: column is "one"`},
		"a negative":        {head + "1,S,1,1,1,0,-1,0\n", "board is"},
		"number twice":      {head + "1,S,1,1,1,0,0,0\n1,S,1,1,2,0,0,1\n", "Compartment 1 is there twice"},
		"lock twice":        {head + "1,S,1,1,1,0,0,0\n2,S,1,1,2,0,0,0\n", "share lock 0 of board 0"},
		"place twice":       {head + "1,S,1,1,1,0,0,0\n2,S,1,1,1,0,0,1\n", "share column 1, row 1"},
		"a board too far":   {head + "1,S,1,1,1,0,32,0\n", "board is 32"},
		"a lock too far":    {head + "1,S,1,1,1,0,0,48\n", "channel is 48"},
		"no size":           {head + "1,,1,1,1,0,0,0\n", "name of a size"},
		"more than we take": {head + strings.Repeat("1,S,1,1,1,0,0,0\n", 257), "more than 256"},
	} {
		_, err := ReadCompartments(strings.NewReader(c.file), "lkr_0000000000000001")
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadCompartments(f *testing.F) {
	f.Add("number,size,rank,column,row,floor_mm,board,channel\n1,S,1,1,1,0,0,0\n")
	f.Add("number,size,rank,column,row,floor_mm,board,channel\n\"a quote that nobody shuts")
	f.Fuzz(func(t *testing.T, file string) {
		all, err := ReadCompartments(strings.NewReader(file), "lkr_0000000000000001")
		if err == nil && lockhouse.CheckCompartments(all) != nil {
			t.Error("read, but not good")
		}
	})
}
