package cabinet

// wire is one lock's place at a board: two pairs of a plug, one to the coil and one to the contact.
type wire struct{ board, channel int }

// SwapContacts wires the contacts of two doors the wrong way round, as happens to technicians: each coil moves its own
// door, and the other's contact tells.
func (c *Cabinet) SwapContacts(one, other int) error {
	return c.rewire(one, other, func(a, b *door) { a.contact, b.contact = b.contact, a.contact })
}

// JoinCoils wires the coil of the other door to the lock of the first: a pulse opens both.
func (c *Cabinet) JoinCoils(one, other int) error {
	return c.rewire(one, other, func(a, b *door) { b.coil = a.coil })
}

func (c *Cabinet) rewire(one, other int, do func(a, b *door)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, err := c.at(one)
	if err != nil {
		return err
	}
	b, err := c.at(other)
	if err != nil {
		return err
	}
	do(a, b)
	return nil
}
