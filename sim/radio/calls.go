package radio

import (
	"sync"

	"github.com/godbus/dbus/v5"
)

// call is one method call of a client. It is answered by us and not by godbus, whose answer leaves some time after the
// handler has returned: a link that breaks must fail what is pending before it tells that it is gone, or the browser
// waits for ever.
type call struct {
	conn     *dbus.Conn
	msg      *dbus.Message
	client   string // unique name of the caller
	path     dbus.ObjectPath
	method   string // interface.Member
	unheard  bool   // the caller wants no answer
	answered sync.Once
}

// answer sends the result.
func (c *call) answer(values ...any) {
	c.reply(&dbus.Message{Type: dbus.TypeMethodReply, Body: values, Headers: map[dbus.HeaderField]dbus.Variant{}})
}

// fail sends an error.
func (c *call) fail(err *dbus.Error) {
	c.reply(&dbus.Message{Type: dbus.TypeError, Body: err.Body, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldErrorName: dbus.MakeVariant(err.Name),
	}})
}

// finish sends the result or the error.
func (c *call) finish(err *dbus.Error, values ...any) {
	if err != nil {
		c.fail(err)
	} else {
		c.answer(values...)
	}
}

func (c *call) reply(msg *dbus.Message) {
	if c.unheard {
		return
	}
	c.answered.Do(func() {
		msg.Headers[dbus.FieldDestination] = dbus.MakeVariant(c.client)
		msg.Headers[dbus.FieldReplySerial] = dbus.MakeVariant(c.msg.Serial())
		if len(msg.Body) > 0 {
			msg.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(msg.Body...))
		}
		c.conn.Send(msg, nil)
	})
}

// arguments reads the call's arguments into places; a call with others is malformed.
func (c *call) arguments(places ...any) bool {
	return len(c.msg.Body) == len(places) && dbus.Store(c.msg.Body, places...) == nil
}

// tell sends a signal to one client alone.
func (r *Radio) tell(client string, path dbus.ObjectPath, iface, member string, values ...any) {
	r.conn.Send(&dbus.Message{Type: dbus.TypeSignal, Body: values, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant(client),
		dbus.FieldPath:        dbus.MakeVariant(path),
		dbus.FieldInterface:   dbus.MakeVariant(iface),
		dbus.FieldMember:      dbus.MakeVariant(member),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(values...)),
	}}, nil)
}

func (r *Radio) tellChanged(client string, path dbus.ObjectPath, iface string, changed map[string]any) {
	r.tell(client, path, properties, "PropertiesChanged", iface, variants(changed), []string{})
}

func (r *Radio) tellAdded(client string, path dbus.ObjectPath, added interfaces) {
	r.tell(client, "/", objectManager, "InterfacesAdded", path, added)
}

func (r *Radio) tellRemoved(client string, path dbus.ObjectPath, removed ...string) {
	r.tell(client, "/", objectManager, "InterfacesRemoved", path, removed)
}

// switchboard gives every call on our connection to Radio.handle. godbus wants an object, an interface and a method for
// it; this is all three.
type switchboard struct{ radio *Radio }

// LookupObject implements dbus.Handler.
func (s switchboard) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) { return s, true }

// LookupInterface implements dbus.ServerObject.
func (s switchboard) LookupInterface(string) (dbus.Interface, bool) { return s, true }

// LookupMethod implements dbus.Interface.
func (s switchboard) LookupMethod(string) (dbus.Method, bool) { return s, true }

// DecodeArguments implements dbus.ArgumentDecoder: the arguments stay as they are, and godbus is not to answer.
func (s switchboard) DecodeArguments(conn *dbus.Conn, sender string, msg *dbus.Message, _ []any) ([]any, error) {
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	iface, _ := msg.Headers[dbus.FieldInterface].Value().(string)
	member, _ := msg.Headers[dbus.FieldMember].Value().(string)
	unheard := msg.Flags&dbus.FlagNoReplyExpected != 0
	msg.Flags |= dbus.FlagNoReplyExpected
	return []any{&call{conn: conn, msg: msg, client: sender, path: path, method: iface + "." + member, unheard: unheard}}, nil
}

// Call implements dbus.Method.
func (s switchboard) Call(args ...any) ([]any, error) {
	s.radio.handle(args[0].(*call))
	return nil, nil
}

// NumArguments implements dbus.Method; DecodeArguments makes it unused, as the three below.
func (switchboard) NumArguments() int     { return 1 }
func (switchboard) NumReturns() int       { return 0 }
func (switchboard) ArgumentValue(int) any { return nil }
func (switchboard) ReturnValue(int) any   { return nil }
