package cabinet

import "lockhouse"

const maxThingRunes = 80 // what a thing's name may have

// Put lays a thing into an open, empty compartment.
func (c *Cabinet) Put(number int, thing string) error {
	if n := len([]rune(thing)); n < 1 || n > maxThingRunes {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A thing has a name of 1 to %d characters, not %d.", maxThingRunes, n)
	}
	return c.reach(number, func(d *door) error {
		if d.inside != "" {
			return lockhouse.Refuse(lockhouse.CodeConflict, "Something lies in compartment %d already.", number)
		}
		d.inside = thing
		return nil
	})
}

// Take takes out what lies in an open compartment.
func (c *Cabinet) Take(number int) (thing string, err error) {
	err = c.reach(number, func(d *door) error {
		if d.inside == "" {
			return lockhouse.Refuse(lockhouse.CodeConflict, "Compartment %d is empty.", number)
		}
		thing, d.inside = d.inside, ""
		return nil
	})
	return thing, err
}

// Shut pushes an open door until its hook catches.
func (c *Cabinet) Shut(number int) error {
	return c.reach(number, func(d *door) error {
		d.open = false
		return nil
	})
}

// Force tears a door open without a pulse.
func (c *Cabinet) Force(number int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := c.at(number)
	if err != nil {
		return err
	}
	d.open = true
	c.tell()
	return nil
}

// reach does something at an open door.
func (c *Cabinet) reach(number int, do func(*door) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := c.at(number)
	if err != nil {
		return err
	}
	if !d.open {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The door of compartment %d is shut.", number)
	}
	if err := do(d); err != nil {
		return err
	}
	c.tell()
	return nil
}
