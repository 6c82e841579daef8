package locker

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"lockhouse"
)

// compartmentColumns is the header of the compartments' file, in this order.
var compartmentColumns = []string{"number", "size", "rank", "column", "row", "floor_mm", "board", "channel"}

// ReadCompartments reads the wiring of a locker. It refuses a file that would let two compartments share a number, a
// lock or a place, since then one parcel's grant would open another's door.
func ReadCompartments(r io.Reader, locker lockhouse.LockerID) ([]lockhouse.Compartment, error) {
	rows := csv.NewReader(afterMark(r))
	rows.FieldsPerRecord = len(compartmentColumns)
	header, err := rows.Read()
	if err != nil || !slices.Equal(header, compartmentColumns) {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The compartments' file must begin with the line number,size,rank,column,row,floor_mm,board,channel.").Because(err)
	}
	var all []lockhouse.Compartment
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The compartments' file can't be read: %v.", err)
		}
		line, _ := rows.FieldPos(0)
		c, err := compartmentOf(row, locker)
		if err != nil {
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "Line %d of the compartments' file: %v.", line, err)
		}
		if all = append(all, c); len(all) > lockhouse.MaxCompartments {
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The compartments' file names more than %d.", lockhouse.MaxCompartments)
		}
	}
	return all, lockhouse.CheckCompartments(all)
}

// byteOrderMark is what spreadsheets begin a file of UTF-8 with. Nobody sees it.
const byteOrderMark = "\ufeff"

func afterMark(r io.Reader) io.Reader {
	text := bufio.NewReader(r)
	if begin, _ := text.Peek(len(byteOrderMark)); string(begin) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // it was peeked at, so it is there
	}
	return text
}

// WriteCompartments writes what ReadCompartments reads.
func WriteCompartments(w io.Writer, all []lockhouse.Compartment) error {
	rows := csv.NewWriter(w)
	lines := [][]string{compartmentColumns}
	for _, c := range all {
		line := []string{strconv.Itoa(c.Number), c.Size}
		for _, n := range []int{c.Rank, c.Column, c.Row, c.FloorMM, c.Board, c.Channel} {
			line = append(line, strconv.Itoa(n))
		}
		lines = append(lines, line)
	}
	return rows.WriteAll(lines)
}

func compartmentOf(row []string, locker lockhouse.LockerID) (lockhouse.Compartment, error) {
	c := lockhouse.Compartment{Locker: locker, Size: row[1]}
	for i, into := range map[int]*int{0: &c.Number, 2: &c.Rank, 3: &c.Column, 4: &c.Row, 5: &c.FloorMM, 6: &c.Board, 7: &c.Channel} {
		n, err := strconv.Atoi(row[i])
		if err != nil || n < 0 {
			return c, fmt.Errorf("%s is %q, not a whole number", compartmentColumns[i], row[i])
		}
		*into = n
	}
	return c, nil
}
