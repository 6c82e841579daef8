package radio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const maxBusStart = 10 * time.Second

// Bus is a private D-Bus message bus, a dbus-daemon of our own where every client may do everything.
type Bus struct {
	dir     string
	address string
	daemon  *exec.Cmd
	ended   sync.Once
}

// busConfig is complete: the machine's own configuration has no part in a rehearsal.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>lockhouse</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`

// StartBus starts a message bus that ends with ctx or Close. It fails, with what to do, when dbus-daemon is missing.
func StartBus(ctx context.Context) (*Bus, error) { return startBus(ctx, "") }

// busService is what the bus runs when somebody asks for a bluetoothd that is not there.
const busService = "[D-BUS Service]\nName=" + bluez + "\nExec=%s\n"

func startBus(ctx context.Context, onDemand string) (*Bus, error) {
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		return nil, errors.New("radio: dbus-daemon is not installed; on Debian: apt-get install dbus-daemon")
	}
	dir, err := os.MkdirTemp("", "lockhouse-radio-")
	if err != nil {
		return nil, fmt.Errorf("radio: no place for the bus: %w", err)
	}
	b := &Bus{dir: dir}
	config := filepath.Join(dir, "bus.conf")
	err = os.WriteFile(config, fmt.Appendf(nil, busConfig, filepath.Join(dir, "bus.sock"), dir), 0o600)
	if err == nil && onDemand != "" {
		err = os.WriteFile(filepath.Join(dir, bluez+".service"), fmt.Appendf(nil, busService, onDemand), 0o600)
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("radio: no place for the bus: %w", err)
	}
	b.daemon = exec.CommandContext(ctx, program, "--nofork", "--nopidfile", "--nosyslog", "--print-address=1", "--config-file="+config)
	b.daemon.Cancel = func() error { return b.daemon.Process.Signal(syscall.SIGTERM) }
	b.daemon.WaitDelay = time.Second
	if err := b.run(); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// run starts the daemon and waits until it says where it listens.
func (b *Bus) run() error {
	var complaint strings.Builder
	b.daemon.Stderr = &complaint
	out, err := b.daemon.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.daemon.Start(); err != nil {
		return fmt.Errorf("radio: dbus-daemon does not start: %w", err)
	}
	late := time.AfterFunc(maxBusStart, func() { _ = b.daemon.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if !late.Stop() || err != nil {
		_ = b.daemon.Wait()
		return fmt.Errorf("radio: dbus-daemon gave up: %s", strings.TrimSpace(complaint.String()))
	}
	b.address = strings.TrimSpace(line)
	return nil
}

// Address is what clients connect to, "unix:path=...".
func (b *Bus) Address() string { return b.address }

// Close ends the bus and waits for it.
func (b *Bus) Close() {
	b.ended.Do(func() {
		if b.daemon != nil && b.daemon.Process != nil {
			_ = b.daemon.Process.Signal(syscall.SIGTERM)
			_ = b.daemon.Wait()
		}
		os.RemoveAll(b.dir)
	})
}
