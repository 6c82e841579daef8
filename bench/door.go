package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/bench/cpu"
	"lockhouse/edge/agent"
	"lockhouse/sim/cabinet"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

const (
	doorBoxes   = 16 // one board's
	greetLimitS = 30
)

// air is how a radio and a lock are set for one series of taps.
type air struct {
	Name     string        `json:"name"`
	Interval time.Duration `json:"connection_interval_ns"` // a crossing waits for the next connection event: evenly spread, up to this
	SpringMS int           `json:"spring_ms"`              // from the lock's pulse to the open door
	Baud     int           `json:"baud"`                   // of the line to the lock board; 0 is no time
}

// airs are the series: what software alone takes, and what people meet. 30 ms is the connection interval that phones
// choose when nobody asks for another; 19200 baud is the CU16's.
func airs() []air {
	return []air{{Name: "no air, no spring"}, {Name: "30 ms intervals, 50 ms spring", Interval: 30 * time.Millisecond, SpringMS: 50, Baud: 19_200}}
}

// doorway is a locker on the air, exactly as the agent's binary assembles it (journal on disk, lock board on a serial line,
// Latch over BlueZ's D-Bus API), with the radio and the steel simulated.
type doorway struct {
	radio    *radio.Radio
	cabinet  *cabinet.Cabinet
	line     *cabinet.Line
	locker   *locker.Locker
	identity locker.Identity
	issuer   *ecdsa.PrivateKey
	key      *ecdsa.PrivateKey // the phone's
	phone    *central.Phone
	records  atomic.Int64 // kept so far
	stop     context.CancelFunc
	ended    chan error
}

// openDoorway switches everything on and waits until a phone can find the locker.
func openDoorway(ctx context.Context, dir string, a air) (d *doorway, err error) {
	d = &doorway{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.radio, err = radio.Start(ctx, radio.Options{Jitter: a.Interval, Seed: 1}); err != nil {
		return d, err
	}
	if d.issuer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return d, err
	}
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return d, err
	}
	if d.identity, err = locker.MakeIdentity(filepath.Join(dir, "locker"), rand.Reader); err != nil {
		return d, err
	}
	if err := d.build(filepath.Join(dir, "locker"), a); err != nil {
		return d, err
	}
	if err := d.tellTime(); err != nil {
		return d, err
	}
	if err := d.looked(ctx); err != nil {
		return d, err
	}
	d.phone, err = central.Open(ctx, d.radio.Address())
	return d, err
}

// looked waits until the locker has seen every door shut; before that it gives none of them away.
func (d *doorway) looked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, greetLimitS*time.Second)
	defer cancel()
	news, stop := d.locker.Agent().Watch()
	defer stop()
	for {
		shut := 0
		for _, door := range d.locker.Agent().Health().Doors {
			if door == lockhouse.DoorShut {
				shut++
			}
		}
		if shut == doorBoxes {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d doors are said to be shut: %w", shut, doorBoxes, ctx.Err())
		}
	}
}

// build makes the steel and starts the locker that drives it.
func (d *doorway) build(dir string, a air) (err error) {
	boxes := make([]lockhouse.Compartment, doorBoxes)
	for i := range boxes {
		boxes[i] = lockhouse.Compartment{Locker: d.identity.ID, Number: i + 1, Size: "M", Rank: 2, Column: 1, Row: i + 1, Channel: i}
	}
	if d.cabinet, err = cabinet.New(boxes, cabinet.Settings{SpringMS: a.SpringMS, Baud: a.Baud, Seed: 1}); err != nil {
		return err
	}
	if d.line, err = d.cabinet.Plug(); err != nil {
		return err
	}
	public, err := credential.PublicKey(d.issuer)
	if err != nil {
		return err
	}
	config := locker.Config{StateDir: dir, SerialPort: d.line.Path(), BoardDialect: "cu16", Bluetooth: true, DBusAddress: d.radio.Address(),
		IssuerKeys: []string{base64.RawURLEncoding.EncodeToString(public)}}
	d.locker, err = locker.Open(config, locker.Parts{Identity: d.identity, Compartments: boxes, Now: time.Now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler), Version: "bench", Journal: func(j agent.Journal) agent.Journal { return counted{j, &d.records} }})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	d.stop, d.ended = stop, make(chan error, 1)
	go func() { d.ended <- d.locker.Run(ctx) }() // close waits for it
	return nil
}

// counted is a journal whose records are counted.
type counted struct {
	agent.Journal
	records *atomic.Int64
}

func (c counted) Append(record []byte) error {
	c.records.Add(1)
	return c.Journal.Append(record)
}

// written gives what the locker has kept so far. What this process writes to disk meanwhile is the journal's alone.
func (d *doorway) written() (kept, error) {
	disk, err := cpu.Written(os.Getpid())
	return kept{int(d.records.Load()), d.locker.Condition().JournalBytes, disk}, err
}

// tellTime sets the locker's clock, as its line to the network would: a courier's grant asks for a clock that is sure.
func (d *doorway) tellTime() error {
	nonce, err := d.locker.Agent().TimeNonce()
	if err != nil {
		return err
	}
	statement, err := credential.SignTime(d.authority(), credential.Time{Locker: d.identity.ID, At: time.Now(), Nonce: nonce})
	if err != nil {
		return err
	}
	return d.locker.Agent().SetTime(statement)
}

func (d *doorway) authority() credential.Authority {
	return credential.Authority{Issuer: d.issuer, Shared: d.identity.Advert}
}

// grant signs what opens one door for this phone.
func (d *doorway) grant(t lockhouse.Target) ([]byte, error) {
	public, err := credential.PublicKey(d.key)
	if err != nil {
		return nil, err
	}
	g := lockhouse.Grant{Locker: d.identity.ID, PhoneKey: public, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour), Targets: []lockhouse.Target{t}}
	_, _ = rand.Read(g.ID[:]) // never fails
	return credential.SignGrant(d.authority(), g)
}

// connect finds the locker by its name of the day and connects.
func (d *doorway) connect(ctx context.Context) (*central.Link, error) {
	ctx, cancel := context.WithTimeout(ctx, greetLimitS*time.Second)
	defer cancel()
	raw, err := d.identity.ID.Bytes()
	if err != nil {
		return nil, err
	}
	return d.phone.Dial(ctx, wire.AdvertName(d.identity.Advert, raw, lockhouse.DayOf(time.Now().UTC())))
}

// whom says what the phone knows of the locker beside the grant.
func (d *doorway) whom() (phone.Locker, error) {
	noun, err := d.identity.Noun()
	return phone.Locker{ID: noun.ID, StaticKey: noun.StaticKey, ReceiptKey: noun.ReceiptKey}, err
}

func (d *doorway) close() error {
	var errs []error
	if d.phone != nil {
		d.phone.Close()
	}
	if d.stop != nil {
		d.stop()
		errs = append(errs, <-d.ended, d.locker.Close())
	}
	if d.line != nil {
		errs = append(errs, d.line.Close())
	}
	if d.radio != nil {
		d.radio.Close()
	}
	return errors.Join(errs...)
}
