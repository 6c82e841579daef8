package board

// maxFrameBytes is more than any dialect's longest frame, which is WKLY's status of 48 locks.
const maxFrameBytes = 64

// parser finds a dialect's frames in a stream of bytes, however the bytes are split and whatever stands between them.
// It holds back at most one frame.
type parser struct {
	dialect Dialect
	held    [maxFrameBytes]byte
	n       int
	dropped int // bytes that belonged to no frame
}

// feed takes one byte and gives the frames that it made whole: mostly none, and more than one where what looked like a
// long frame turns out to be none.
func (p *parser) feed(b byte) []Frame {
	p.held[p.n] = b
	p.n++
	return p.find(false)
}

// end says that no more bytes will come, and gives what was held back.
func (p *parser) end() []Frame { return p.find(true) }

func (p *parser) find(last bool) (found []Frame) {
	for p.n > 0 {
		f, size := p.dialect.Judge(p.held[:p.n], last)
		switch {
		case size > 0:
			found = append(found, f)
			p.shift(size)
		case size == 0 && !last && p.n < maxFrameBytes:
			return found
		default:
			p.shift(1) // resynchronise: a frame may begin at any of the bytes behind
			p.dropped++
		}
	}
	return found
}

func (p *parser) shift(by int) {
	copy(p.held[:], p.held[by:p.n])
	p.n -= by
}

func sum(b []byte) (s byte) {
	for _, x := range b {
		s += x
	}
	return s
}

func xor(b []byte) (x byte) {
	for _, y := range b {
		x ^= y
	}
	return x
}
