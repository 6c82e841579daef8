package agent

import "lockhouse"

// The form of what the agent writes into its journal has a number. A version reads a format one release before any writes it, so that there
// is a way back from each to the one before: JournalWrites is JournalReads, or one less. What is written stays as testdata/journal-N.json has
// it: a record of another shape, or a kind of record that was not there, is another format.
const (
	JournalReads  = 1 // the newest format that this version reads, with all before it
	JournalWrites = 1 // the newest that it writes
)

// kindFormats says with which format each kind of record came.
var kindFormats = map[recordKind]int{
	recordState: 1, recordReceipt: 1, recordStarted: 1, recordArmed: 1, recordPulsed: 1, recordNotOpened: 1, recordOpened: 1, recordClosed: 1,
	recordGivenUp: 1, recordMisfit: 1, recordLeftOpen: 1, recordForced: 1, recordShut: 1, recordBoardFault: 1, recordBoardHeals: 1, recordTime: 1,
	recordCorrected: 1, recordWrongPIN: 1, recordWaits: 1, recordReleased: 1,
}

// CodeJournalNewer refuses a journal that a newer version has written into. Its records are whole (the journal sees to that) and can't be
// read, so there is nothing wrong with the disk, and another version of the agent can go on with it.
const CodeJournalNewer lockhouse.Code = "journal_newer"

func newer(cause error) error {
	return lockhouse.Refuse(CodeJournalNewer, "A newer version of the agent has written into this locker's journal what this one can't read (it reads format %d). "+
		"Nothing was changed. Install that version, or a later one.", JournalReads).Because(cause)
}
