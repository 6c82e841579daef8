package cuts

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/internal/longtest"
	"lockhouse/internal/process"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
	"lockhouse/wire"
)

// killable is the agent as a process of its own, on the air and on the line to its boards.
type killable struct {
	*stand
	program, config, dir string
	identity             locker.Identity
	air                  *radio.Radio
	running              *process.Process
	round, kills         int
}

// kill -9, again and again, while recipients stand before the locker: as soon as they tap, or while the lock is driven, or with
// the door open. Started again, the agent lets each have their parcel, drives no other lock, and has a receipt for each pulse.
func TestAgentKilled(t *testing.T) {
	k := installed(t)
	parcels := 4
	random := rand.New(rand.NewPCG(4, 2))
	for k.round = range longtest.Or(1, 8) {
		k.fill(parcels)
		k.start()
		for i := range parcels {
			number, before := i+1, k.pulses()
			k.collect(number, time.Duration(random.IntN(150))*time.Millisecond, random.IntN(2) == 0)
			for other, pulses := range k.pulses() {
				if other != number && pulses != before[other] {
					t.Errorf("round %d: the parcel lay in %d, and the lock of %d was driven", k.round, number, other)
				}
			}
		}
		k.running.Stop()
		k.eachPulseIsSaid()
	}
	if k.kills == 0 {
		t.Error("the agent was never killed in time")
	}
	t.Logf("killed %d times", k.kills)
}

// installed sets a locker up as a technician does.
func installed(t *testing.T) *killable {
	dir := t.TempDir()
	program, err := process.Build(t.Context(), dir, "lockhouse/cmd/lockhouse-agent")
	must(t, err)
	state := filepath.Join(dir, "state")
	k := &killable{stand: plugged(t, dialects()[0], state), program: program, dir: dir, config: filepath.Join(dir, "agent.toml")}
	k.air, err = radio.Start(t.Context(), radio.Options{})
	must(t, err)
	t.Cleanup(k.air.Close)
	table := "number,size,rank,column,row,floor_mm,board,channel\n"
	for _, c := range k.boxes {
		table += fmt.Sprintf("%d,%s,%d,%d,%d,%d,%d,%d\n", c.Number, c.Size, c.Rank, c.Column, c.Row, c.FloorMM, c.Board, c.Channel)
	}
	boxes := filepath.Join(dir, "compartments.csv")
	must(t, os.WriteFile(boxes, []byte(table), 0o600))
	out, err := exec.CommandContext(t.Context(), program, "init", "--state-dir", state, "--compartments", boxes).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	must(t, os.WriteFile(k.config, fmt.Appendf(nil, "state_dir = %q\ncompartments = %q\nserial_port = %q\ndbus_address = %q\nissuer_keys = [%q]\n",
		state, boxes, k.line.Path(), k.air.Address(), base64.RawURLEncoding.EncodeToString(public(t, "issuer"))), 0o600))
	k.identity, err = locker.LoadIdentity(state)
	must(t, err)
	k.id, k.keys, k.now = k.identity.ID, keys{k.identity.Static, k.identity.Receipt, k.identity.Advert}, time.Now()
	for i := range k.boxes {
		k.boxes[i].Locker = k.id
	}
	return k
}

// fill has a courier come while the network's time can be had: each small compartment takes a parcel, the larger ones the rest.
func (k *killable) fill(parcels int) {
	k.t.Helper()
	k.now = time.Now()
	k.on()
	k.setTime()
	for i := range parcels {
		p := &person{stand: k.stand, parcel: k.parcelIn(i + 1), task: tasks[2]}
		if p.try(); !p.done || p.at != i+1 {
			k.t.Fatalf("parcel %d was to be stored and is in %d", i+1, p.at)
		}
	}
	k.off()
}

func (k *killable) start() {
	k.t.Helper()
	running, err := process.Start(process.Plan{Program: k.program, Args: []string{"run", "--config", k.config}, Dir: k.dir, Log: filepath.Join(k.dir, "log")})
	must(k.t, err)
	k.t.Cleanup(func() { running.Stop() })
	k.running = running
}

// parcelIn names the parcel that this round puts into a compartment, where each takes one a round.
func (k *killable) parcelIn(number int) lockhouse.ParcelRef {
	return lockhouse.ParcelRef{byte(number), byte(k.round + 1)}
}

func (k *killable) runs() bool {
	select {
	case <-k.running.Exited():
		return false
	default:
		return true
	}
}

// collect is a recipient who taps, is interrupted once by a kill some time after a tap that was taken, and comes again until
// the parcel is theirs.
func (k *killable) collect(number int, after time.Duration, actsInTheDark bool) {
	k.t.Helper()
	handset, err := central.Open(k.t.Context(), k.air.Address())
	must(k.t, err)
	defer handset.Close()
	for until := time.Now().Add(collectS * time.Second); k.inside(number) != ""; {
		if time.Now().After(until) {
			k.t.Fatalf("the parcel in %d is locked in; %s", number, k.running.Log())
		}
		if !k.tap(handset, number, &after) {
			k.takeAndShut(number) // whose door sprang open before anybody could say so sees it, and is told to shut it
			time.Sleep(betweenTaps)
		}
		if !k.runs() {
			if actsInTheDark {
				k.takeAndShut(number)
			}
			k.start()
		}
	}
}

// betweenTaps is a wait after a tap that led to no door: while the agent starts it is not there, and then it has not read all doors.
const betweenTaps = 100 * time.Millisecond

// collectS is what a recipient's patience has, in seconds: several starts of the agent.
const collectS = 120

// tap shows the grant and waits for what the door does. The agent is killed a while after, unless that was done.
func (k *killable) tap(handset *central.Phone, number int, after *time.Duration) (taken bool) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), 15*time.Second)
	defer cancel()
	link, err := k.dial(ctx, handset)
	if err != nil {
		return false // it was killed before
	}
	defer link.Close()
	if running := k.running; *after >= 0 {
		kill := time.AfterFunc(*after, func() { _ = running.Kill() })
		defer func() {
			if kill.Stop() {
				return
			}
			<-running.Exited()
			k.kills++
			*after = -1
		}()
	}
	k.now = time.Now()
	v, _, err := k.begin(ctx, link, "recipient", lockhouse.Target{Ref: k.parcelIn(number), Verb: lockhouse.VerbCollect, Compartment: number, Generation: uint32(k.round + 1)})
	if err != nil {
		return false
	}
	for {
		n, err := v.Next(ctx)
		if err != nil || n.Event == wire.DoorClosed || n.Event == wire.DoorTimeout {
			return true
		}
		if n.Event == wire.DoorOpened {
			k.takeAndShut(number)
		}
	}
}

func (k *killable) dial(ctx context.Context, handset *central.Phone) (*central.Link, error) {
	raw, err := k.id.Bytes()
	must(k.t, err)
	return handset.Dial(ctx, wire.AdvertName(k.identity.Advert, raw, lockhouse.DayOf(time.Now().UTC())))
}

// takeAndShut is what the recipient does at an open door.
func (k *killable) takeAndShut(number int) {
	k.t.Helper()
	if !k.open()[number] {
		return
	}
	if k.inside(number) != "" {
		_, err := k.steel.Take(number)
		must(k.t, err)
	}
	must(k.t, k.steel.Shut(number))
}

// eachPulseIsSaid holds the locks' coils against the receipts: each was driven once for one that says that the door opened, or
// that nobody can tell.
func (k *killable) eachPulseIsSaid() {
	k.t.Helper()
	k.now = time.Now()
	k.on()
	for number, pulses := range k.pulses() {
		if said := k.told(number, lockhouse.ReceiptOpened, lockhouse.ReceiptNotOpened); pulses > said {
			k.t.Errorf("the lock of %d was driven %d times, and %d receipts say so: %v", number, pulses, said, k.kinds(number))
		}
	}
	if forced := k.told(0, lockhouse.ReceiptForced); forced != 0 {
		k.t.Errorf("%d doors count as forced", forced)
	}
	k.off()
}
