package lockhouse

// The codes with which a locker refuses somebody at its doors. They travel as one byte (package wire keeps the numbers),
// and the network uses the same ones when it can tell beforehand.
const (
	CodeGrantInvalid Code = "grant_invalid" // not signed by an issuer that this locker knows, or not readable
	CodeWrongLocker  Code = "wrong_locker"  // good, but for another locker
	CodeWrongPhone   Code = "wrong_phone"   // good, but bound to another phone's key
	CodeSuperseded   Code = "superseded"    // the compartment was given to another parcel since
	CodeNotHere      Code = "not_here"      // that parcel does not lie in that compartment
	CodeAlreadyHere  Code = "already_here"  // that parcel lies in this locker already
	CodeBusy         Code = "busy"          // a door is being opened, or this phone has one open
	CodeClockUnsure  Code = "clock_unsure"  // couriers need a clock that the network has set since the start
	CodeBoardSilent  Code = "board_silent"  // the lock board does not answer
	CodeNotKept      Code = "not_kept"      // the disk did not take a record, and surely kept nothing of it

	// Over the locker's line alone.
	CodeWrongPresence Code = "wrong_presence" // it is not what can be read at the locker now
	CodeWaitPresence  Code = "wait_presence"  // too many were wrong: none is tried for a while
	CodeStale         Code = "stale"          // it was under way for too long, and does nothing any more

	// At the panel alone.
	CodeNoPIN    Code = "no_pin"        // not 8 digits, nor a door's number and 8 digits
	CodeNoDoor   Code = "no_door"       // no such door in this locker
	CodeWrongPIN Code = "wrong_pin"     // nothing here opens with it
	CodeWaitPIN  Code = "wait_pin"      // too many were wrong; wait_s says for how long
	CodeNameDoor Code = "name_the_door" // two parcels have it: the door's number decides
)

// doorSentences tell a person at the locker what to do next.
var doorSentences = map[Code]string{
	CodeMalformed:     "The locker could not read that. Load the page again, and then try once more.",
	CodeGrantInvalid:  "The locker does not accept this grant. Load the page again with a connection, to get a new one.",
	CodeWrongLocker:   "This grant is for another locker. Go to the one that the page names.",
	CodeWrongPhone:    "This grant belongs to another phone. Sign in on this phone with the link in the mail.",
	CodeLapsed:        "This grant has ended. Load the page again with a connection, to get a new one.",
	CodeUsed:          "This was opened and shut already. If something was left inside, call the operator.",
	CodeSuperseded:    "This compartment holds another parcel now. Load the page again, to see where yours is.",
	CodeNotHere:       "The parcel does not lie in that compartment. Load the page again, to see where it is.",
	CodeAlreadyHere:   "This parcel lies in this locker already. Go on with the next one.",
	CodeBusy:          "Another door is being opened. Shut yours, if one is open, and try again in a few seconds.",
	CodeFull:          "No compartment of that size is free. Take the parcel to the next site.",
	CodeTooMany:       "That was tried too often. Wait a quarter of an hour, or call the operator.",
	CodeClockUnsure:   "The locker does not know how late it is since it was started, so it takes no couriers. Try again where your phone has a network, or call the operator.",
	CodeBoardSilent:   "The locker can't reach its locks just now. Nothing was opened; try again in a minute.",
	CodeConflict:      "That can't be done now. Look at the door, and load the page again.",
	CodeUnavailable:   "The locker can't write down what happens, so it opens nothing. Call the operator.",
	CodeWrongPresence: "That is not the code at the locker. Read it off the locker's screen, or beside its name, and type it again.",
	CodeWaitPresence:  "Too many codes were wrong at this locker. Wait a quarter of an hour, or use the PIN at its panel.",
	CodeStale:         "That was under way for too long, so the locker did not do it. Tap again.",
	CodeNoPIN:         "A PIN has 8 digits. The number of the door may stand in front of it.",
	CodeNoDoor:        "This locker has no door of that number.",
	CodeWrongPIN:      "Nothing here opens with that PIN. Look at the name of the locker and at the digits.",
	CodeWaitPIN:       "Too many PINs were wrong. Wait, or type the number of your door in front of the PIN.",
	CodeNameDoor:      "Type the number of your door in front of the PIN.",
	CodeClosed:        "The locker takes no parcels just now. Take the parcel to the next site.",
}

// RefuseAtDoor makes the refusal of a locker: a code, and the sentence that the person in front of it gets.
func RefuseAtDoor(code Code) *Error {
	sentence, ok := doorSentences[code]
	if !ok {
		sentence = "The locker refused, and gave no reason that is known here. Load the page again."
	}
	return &Error{Code: code, Sentence: sentence}
}
