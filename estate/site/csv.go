package site

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"lockhouse"
)

// readCSV reads a header and rows (RFC 4180). A row with a wrong number of cells is a bad row; quotes that don't close
// end the reading, since nobody knows where the next row begins.
func readCSV(text []byte, defaults lockhouse.Site) (File, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return File{}, lockhouse.Refuse(lockhouse.CodeMalformed, "The file has no header line with the names of its columns.").Because(err)
	}
	names := append([]string(nil), header...)
	r := reading{defaults: defaults}
	if err := r.header(names); err != nil {
		return File{}, err
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return r.file, nil
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return File{}, lockhouse.Refuse(lockhouse.CodeMalformed, "The file can't be read as CSV: %v.", err)
		}
		line, _ := in.FieldPos(0)
		place := fmt.Sprint("line ", line)
		if err != nil {
			r.file.Bad = append(r.file.Bad, BadRow{Place: place,
				Err: lockhouse.Refuse(lockhouse.CodeMalformed, "The row has %d cells; the header has %d.", len(cells), len(names))})
			continue
		}
		if err := r.take(place, cellsOf(names, cells)); err != nil {
			return File{}, err
		}
	}
}

// header refuses a file without coordinates and notes the columns that mean nothing here.
func (r *reading) header(names []string) error {
	has := row{}
	for _, name := range names {
		if !has.set(name, "x") {
			r.ignore(name)
		}
	}
	if has["lat"] == "" || has["lon"] == "" || has["name"] == "" && has["address"] == "" {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "The header needs the columns lat and lon, and name or address; it has %d columns.", len(names))
	}
	return nil
}

func cellsOf(names, cells []string) row {
	r := row{}
	for i, cell := range cells {
		r.set(names[i], cell)
	}
	return r
}
