package onair

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/internal/longtest"
)

// The programs in the packages of the other architectures open doors too: emulated, on the simulated air, a courier stores a parcel
// and its recipient takes it. That those packages can be installed, cmd/lockhouse-agent has.
func TestPackagesOfOtherArchitectures(t *testing.T) {
	longtest.Only(t)
	if onRealBlueZ() {
		t.Skip("nothing can be built here")
	}
	for arch, emulator := range map[string]string{"arm64": "qemu-aarch64-static", "armhf": "qemu-arm-static"} {
		t.Run(arch, func(t *testing.T) {
			if _, err := exec.LookPath(emulator); err != nil {
				t.Skipf("%s is not there (package qemu-user-static): the program was not run", emulator)
			}
			s := newStand(t, settings{mtuBytes: 517, program: emulated(t, arch, emulator)})
			one := s.courier(517, 1)[0]
			s.recipient(517, lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
		})
	}
}

// emulated builds a package, and gives a program that runs the package's.
func emulated(t *testing.T, arch, emulator string) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("../../scripts/package", arch)
	build.Env = append(os.Environ(), "OUT="+dir, "VERSION=v1.0.0")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deb := filepath.Join(dir, "lockhouse-agent_1.0.0_"+arch+".deb")
	if out, err := exec.Command("dpkg-deb", "-x", deb, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := filepath.Join(dir, "run")
	must(t, os.WriteFile(program, fmt.Appendf(nil, "#!/bin/sh\nexec %s %s/usr/bin/lockhouse-agent \"$@\"\n", emulator, dir), 0o755))
	return program
}
