package world

import (
	"context"
	"errors"
	"net"

	"lockhouse/app/network"
)

// house is the network, which can be stopped and started.
type house struct {
	config  network.Config
	parts   network.Parts
	network *network.Network
	cancel  context.CancelFunc
	served  chan error
}

func (h *house) start(ctx context.Context, listener net.Listener) error {
	n, err := network.Open(ctx, h.config, h.parts)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.network, h.cancel, h.served = n, cancel, make(chan error, 1)
	go func() { h.served <- n.Serve(serving, listener) }() // stop waits for it
	return nil
}

func (h *house) stop() error {
	if h.cancel == nil {
		return nil
	}
	h.cancel()
	h.cancel = nil
	return errors.Join(<-h.served, h.network.Close())
}
