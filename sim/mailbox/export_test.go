package mailbox

// ReadForTest lets the fuzzer reach the reader without a socket.
func ReadForTest(raw []byte) (Message, error) { return read(raw) }
