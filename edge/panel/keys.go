package panel

// key is one that a panel has: a digit as its character, or what is done with the digits.
type key byte

const (
	keyEnter key = '\n' // the line is whole: OK, #
	keyClear key = 'c'  // all of it away: *
	keyBack  key = 'b'  // the last digit away
	keyOther key = '?'  // one that a keypad need not have
)

func (k key) digit() bool { return k >= '0' && k <= '9' }

// keyNamed reads a key as the page names it.
func keyNamed(name string) (key, bool) {
	switch name {
	case "enter":
		return keyEnter, true
	case "clear":
		return keyClear, true
	case "back":
		return keyBack, true
	}
	if len(name) == 1 && key(name[0]).digit() {
		return key(name[0]), true
	}
	return 0, false
}

// keyOfCode gives the key of a code of linux/input-event-codes.h, and false for one that says nothing by itself (shift,
// Num Lock).
func keyOfCode(code uint16) (key, bool) {
	if k, ok := keysByCode[code]; ok {
		return k, true
	}
	return keyOther, !silentCodes[code]
}

var keysByCode = map[uint16]key{
	2: '1', 3: '2', 4: '3', 5: '4', 6: '5', 7: '6', 8: '7', 9: '8', 10: '9', 11: '0', // KEY_1 to KEY_0
	79: '1', 80: '2', 81: '3', 75: '4', 76: '5', 77: '6', 71: '7', 72: '8', 73: '9', 82: '0', // KEY_KP1 to KEY_KP0
	0x200: '0', 0x201: '1', 0x202: '2', 0x203: '3', 0x204: '4', 0x205: '5', 0x206: '6', 0x207: '7', 0x208: '8', 0x209: '9', // KEY_NUMERIC_0 to _9
	28: keyEnter, 96: keyEnter, 0x20b: keyEnter, 0x160: keyEnter, // KEY_ENTER, KEY_KPENTER, KEY_NUMERIC_POUND, KEY_OK
	14: keyBack, 74: keyBack, // KEY_BACKSPACE, KEY_KPMINUS
	1: keyClear, 55: keyClear, 83: keyClear, 111: keyClear, 0x20a: keyClear, 0x163: keyClear, // KEY_ESC, KEY_KPASTERISK, KEY_KPDOT, KEY_DELETE, KEY_NUMERIC_STAR, KEY_CLEAR
}

var silentCodes = map[uint16]bool{42: true, 54: true, 29: true, 97: true, 56: true, 100: true, 58: true, 69: true} // shifts, controls, alts, Caps Lock, Num Lock
