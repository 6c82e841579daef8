package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"
)

// profileLimitS is how long a profile is taken at most.
const profileLimitS = 60

// profiled has profiles taken of the server and of the clients while work is done, and leaves them in dir: server.pprof and
// clients.pprof. Without a dir it only does the work.
func profiled(ctx context.Context, dir, server string, during time.Duration, work func()) (err error) {
	if dir == "" {
		work()
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seconds := int(min(during.Seconds(), profileLimitS))
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", server, max(1, seconds))
	fetched := make(chan error, 1)
	go func() { fetched <- fetch(ctx, url, filepath.Join(dir, "server.pprof")) }() // waited for below
	clients, err := os.Create(filepath.Join(dir, "clients.pprof"))
	if err == nil {
		err = pprof.StartCPUProfile(clients)
	}
	if err == nil {
		work()
		pprof.StopCPUProfile()
		err = clients.Close()
	} else {
		cancel()
	}
	return errors.Join(err, <-fetched)
}

// fetch keeps what a URL gives in a file.
func fetch(ctx context.Context, url, file string) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, resp.Body)
	return errors.Join(err, out.Close())
}
