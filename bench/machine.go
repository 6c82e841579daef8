package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"lockhouse/bench/load"
)

// machine is where it was measured.
type machine struct {
	Processor  string       `json:"processor"`
	Cores      int          `json:"cores"`
	Kernel     string       `json:"kernel"`
	FileSystem string       `json:"file_system"`
	Sync       load.Latency `json:"sync"` // of 4 kB written and synced, on the same disk
	Go         string       `json:"go"`
	Postgres   string       `json:"postgres,omitempty"` // the baseline's
}

func describe(dir string) (machine, error) {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Processor: processor()}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = string(bytes.TrimSpace(kernel))
	}
	var err error
	if m.FileSystem, err = fileSystem(dir); err != nil {
		return machine{}, err
	}
	m.Sync, err = timeSync(dir)
	return m, err
}

func (m machine) String() string {
	line := fmt.Sprintf("%d × %s, Linux %s, %s; 4 kB written and synced in %s (p50), %s (p99); %s",
		m.Cores, m.Processor, m.Kernel, m.FileSystem, short(m.Sync.P50), short(m.Sync.P99), m.Go)
	if m.Postgres != "" {
		line += ", PostgreSQL " + m.Postgres
	}
	return line
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// fileSystem names the kind of disk, and refuses one that lies in memory: there is no fsync to be honest about.
func fileSystem(dir string) (string, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "", err
	}
	names := map[int64]string{0xEF53: "ext4", 0x58465342: "xfs", 0x9123683E: "btrfs", 0x794C7630: "overlayfs", 0x01021994: "tmpfs"}
	name, ok := names[int64(s.Type)]
	if !ok {
		name = fmt.Sprintf("file system %#x", s.Type)
	}
	if name == "tmpfs" {
		return "", fmt.Errorf("%s lies in memory, where a sync costs nothing; name a directory on a disk by -dir", dir)
	}
	return name, nil
}

// timeSync writes and syncs a file as a database's log does.
func timeSync(dir string) (load.Latency, error) {
	const times = 200
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return load.Latency{}, err
	}
	defer f.Close()
	took := make([]time.Duration, times)
	page := make([]byte, 4096)
	for i := range took {
		begin := time.Now()
		if _, err := f.Write(page); err != nil {
			return load.Latency{}, err
		}
		if err := f.Sync(); err != nil {
			return load.Latency{}, err
		}
		took[i] = time.Since(begin)
	}
	return load.LatencyOf(took), nil
}
