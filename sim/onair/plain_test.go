package onair

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/ble"
	"lockhouse/sim/radio/central"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// Phones that agree to a small MTU, the smallest as old ones do, take their parcels in frames that fit. bluetoothd does not come
// up with an ExchangeMTU of 23, so these phones have none: each is a socket of the kernel's, and speaks ATT itself.
func TestPlainPhone(t *testing.T) {
	if !onRealBlueZ() {
		t.Skip("speaks ATT to a kernel; TestVisits has the MTU of 23 on the simulated air")
	}
	s := newStand(t, settings{mtuBytes: 517})
	sizes := []int{23, 64, 185}
	stored := s.courier(517, len(sizes))
	for i, mtuBytes := range sizes {
		s.plainPickup(mtuBytes, stored[i])
	}
}

func (s *stand) plainPickup(mtuBytes int, one phone.News) {
	s.t.Helper()
	p := s.comes(lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
	link := p.dialPlain(mtuBytes)
	v, _, err := p.begin(link, 0)
	must(s.t, err)
	p.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	s.takeAndShut(one.Compartment)
	p.hears(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	if got := int(v.Info().MTU); got != mtuBytes || max(link.mostWrote, link.mostHeard) > wire.FrameBytes(mtuBytes) {
		s.t.Errorf("the locker sees an MTU of %d, and the largest frames have %d and %d bytes", got, link.mostWrote, link.mostHeard)
	}
	link.Close()
	eventually(s.t, "the link is gone, which the kernel keeps for two seconds", func() bool {
		c, err := locker.AskCondition(limit(s.t), s.state)
		return err == nil && c.Agent.Sessions == 0
	})
	s.t.Logf("MTU %d: %d frames to the locker, none larger than %d bytes", mtuBytes, link.wrote, link.mostWrote)
}

// dialPlain finds the locker by its name of the day, and connects without bluetoothd.
func (p *person) dialPlain(mtuBytes int) *plainLink {
	p.t.Helper()
	locker, err := p.look(limit(p.t), p.today())
	must(p.t, err)
	return dialPlain(p.t, mtuBytes, p.phone.Address(), locker)
}

// dialAlone is dial without a bluetoothd of the phone's, where there is a kernel to speak to: what the locker's does is then its own doing.
func (p *person) dialAlone(mtuBytes int) *watched {
	if _, simulated := p.air.(simulatedAir); simulated {
		return p.dial()
	}
	link := p.dialPlain(mtuBytes)
	return watch(link, func() error { link.Close(); return nil })
}

// ATT, as in Bluetooth Core, vol 3 part F.
const (
	smallestMTU = 23
	attCID      = 4
	lePublic    = 1
	leRandom    = 2
	attError    = 0x01
	attMTU      = 0x02
	attReadType = 0x08
	attRead     = 0x0a
	attReadBlob = 0x0c
	attWrite    = 0x12
	attNotify   = 0x1b
	attIndicate = 0x1d
	attConfirm  = 0x1e
	attNotFound = 0x0a
	declaration = 0x2803 // declaration of a characteristic
)

// plainLink is a link of a phone that does no more than it must.
type plainLink struct {
	fd, mtu      int
	info, rx, tx uint16 // handles
	answers      chan []byte
	frames       chan []byte
	ended        chan struct{} // closed when nothing comes any more
	Close        func()
	one          sync.Mutex // one request at a time
	wrote        int        // frames
	mostWrote    int        // bytes of the largest
	mostHeard    int
}

func dialPlain(t *testing.T, mtuBytes int, own string, to central.Device) *plainLink {
	t.Helper()
	fd, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, unix.BTPROTO_L2CAP)
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrL2{CID: attCID, Addr: bytesOf(own), AddrType: lePublic}))
	address, kind := to.Address()
	end := &unix.SockaddrL2{CID: attCID, Addr: bytesOf(address), AddrType: leRandom}
	if kind == "public" {
		end.AddrType = lePublic
	}
	must(t, unix.Connect(fd, end))
	must(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}))
	l := &plainLink{fd: fd, mtu: mtuBytes, answers: make(chan []byte, 1), frames: make(chan []byte, 256), ended: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	go l.hear(ctx)
	l.Close = sync.OnceFunc(func() { stop(); <-l.ended; _ = unix.Close(fd) })
	t.Cleanup(l.Close)
	if mtuBytes > smallestMTU {
		_, err := l.ask(limit(t), attMTU, le16(uint16(mtuBytes)))
		must(t, err)
	}
	must(t, l.discover(limit(t)))
	_, err = l.ask(limit(t), attWrite, le16(l.tx+1), []byte{1, 0}) // what subscribes stands behind the value
	must(t, err)
	return l
}

// hear takes what comes: answers, frames, and what the other side wants to know, which is told to be nothing.
func (l *plainLink) hear(ctx context.Context) {
	defer close(l.ended)
	defer close(l.frames)
	for packet := make([]byte, 1024); ctx.Err() == nil; {
		n, err := unix.Read(l.fd, packet)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		switch said := bytes.Clone(packet[:n]); {
		case said[0] == attNotify:
			l.mostHeard = max(l.mostHeard, n-3)
			l.frames <- said[3:]
		case said[0] == attMTU:
			_, _ = unix.Write(l.fd, append([]byte{attMTU + 1}, le16(uint16(l.mtu))...))
		case said[0] == attIndicate:
			_, _ = unix.Write(l.fd, []byte{attConfirm})
		case said[0]%2 == 0: // a request
			_, _ = unix.Write(l.fd, append([]byte{attError, said[0]}, said[1], said[2], attNotFound))
		default:
			l.answers <- said
		}
	}
}

// ask sends a request and gives what its answer holds.
func (l *plainLink) ask(ctx context.Context, request byte, parts ...[]byte) ([]byte, error) {
	l.one.Lock()
	defer l.one.Unlock()
	if _, err := unix.Write(l.fd, append([]byte{request}, bytes.Join(parts, nil)...)); err != nil {
		return nil, err
	}
	select {
	case answer := <-l.answers:
		if answer[0] == attError {
			return nil, central.ATTError{Code: answer[len(answer)-1]}
		}
		return answer[1:], nil
	case <-l.ended:
		return nil, unix.ENOTCONN
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// discover finds the three characteristics.
func (l *plainLink) discover(ctx context.Context) error {
	for from := uint16(1); ; {
		list, err := l.ask(ctx, attReadType, le16(from), le16(0xffff), le16(declaration))
		if errors.Is(err, central.ATTError{Code: attNotFound}) {
			break
		}
		if err != nil {
			return err
		}
		for size, rest := int(list[0]), list[1:]; len(rest) >= size; rest = rest[size:] {
			from = binary.LittleEndian.Uint16(rest) + 1
			switch value := binary.LittleEndian.Uint16(rest[3:]); uuidOf(rest[5:size]) {
			case ble.InfoUUID:
				l.info = value
			case ble.RXUUID:
				l.rx = value
			case ble.TXUUID:
				l.tx = value
			}
		}
	}
	if l.info == 0 || l.rx == 0 || l.tx == 0 {
		return fmt.Errorf("characteristics are missing: %+v", l)
	}
	return nil
}

// Info reads in pieces until one is not full.
func (l *plainLink) Info(ctx context.Context) ([]byte, error) {
	info, err := l.ask(ctx, attRead, le16(l.info))
	for piece := info; err == nil && len(piece) == l.mtu-1; info = append(info, piece...) {
		piece, err = l.ask(ctx, attReadBlob, le16(l.info), le16(uint16(len(info))))
	}
	return info, err
}

func (l *plainLink) Write(ctx context.Context, frame []byte) error {
	l.wrote, l.mostWrote = l.wrote+1, max(l.mostWrote, len(frame))
	_, err := l.ask(ctx, attWrite, le16(l.rx), frame)
	return err
}

// writeTwice asks for the second before the first is answered, which ATT forbids: who hears that ends the link.
func (l *plainLink) writeTwice(frame []byte) error {
	request := append(append([]byte{attWrite}, le16(l.rx)...), frame...)
	_, first := unix.Write(l.fd, request)
	_, second := unix.Write(l.fd, request)
	return errors.Join(first, second)
}

func (l *plainLink) Frames() <-chan []byte { return l.frames }

func le16(n uint16) []byte { return binary.LittleEndian.AppendUint16(nil, n) }

func bytesOf(address string) (raw [6]byte) {
	b, _ := hex.DecodeString(strings.ReplaceAll(address, ":", "")) // BlueZ writes it so
	copy(raw[:], b)
	return raw
}
