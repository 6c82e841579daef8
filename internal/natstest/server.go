package natstest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"lockhouse/internal/process"
)

// Server is one of them.
type Server struct {
	program, dir  string
	client, route string // addresses
	monitor       string
	process       *process.Process
}

// Hosts gives where the servers of a cluster listen, for their certificate. Only Linux gives every machine all of 127/8.
func Hosts() (hosts []string) {
	for i := range Size {
		if runtime.GOOS == "linux" {
			hosts = append(hosts, fmt.Sprintf("127.0.0.%d", 31+i))
		} else {
			hosts = append(hosts, "127.0.0.1")
		}
	}
	return hosts
}

// prepare chooses a server's addresses.
func prepare(program, dir string, i int) (*Server, error) {
	host := Hosts()[i]
	s := &Server{program: program, dir: dir}
	for _, address := range []*string{&s.client, &s.route, &s.monitor} {
		var err error
		if *address, err = process.FreeAddress(host); err != nil {
			return nil, err
		}
	}
	return s, os.Mkdir(dir, 0o700)
}

func (s *Server) config() string { return filepath.Join(s.dir, "nats-server.conf") }

func (s *Server) start() (err error) {
	s.process, err = process.Start(process.Plan{Program: s.program, Args: []string{"-c", s.config()}, Dir: s.dir, Log: filepath.Join(s.dir, "log")})
	return err
}

// ready waits until the server has found its neighbours and knows who leads.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimitS*time.Second)
	defer cancel()
	return s.process.Await(ctx, process.Ready("http://"+s.monitor+"/healthz"))
}

// Address is where clients reach it: host and port.
func (s *Server) Address() string { return s.client }

// Host is the loopback address on which it listens.
func (s *Server) Host() string {
	host, _, _ := net.SplitHostPort(s.client) // which we made
	return host
}

// Kill ends it as a power cut would. What it kept in files stays, for Restart.
func (s *Server) Kill() error { return s.process.Kill() }

// Restart starts it again on what it had, and waits until it follows the others.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.process.Kill(); err != nil {
		return err
	}
	if err := s.start(); err != nil {
		return err
	}
	return s.ready(ctx)
}

// Tail gives the end of its log.
func (s *Server) Tail() string { return s.process.Tail() }
