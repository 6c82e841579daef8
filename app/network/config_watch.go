package network

import (
	"net"
	"net/url"

	"lockhouse/internal/settings"
)

// Watch says what an operator sees a network by.
type Watch struct {
	Listen            string  `toml:"listen" doc:"Private port for metrics, health, readiness and pprof, such as 127.0.0.1:7090. Empty: none."`
	DangerouslyPublic bool    `toml:"dangerously_public" doc:"Let that port be reached from other machines. Whoever reaches it reads how much there is of everything, and looks into the process."`
	OTLPURL           string  `toml:"otlp_url" doc:"Where an OpenTelemetry collector takes traces, such as http://127.0.0.1:4318/v1/traces. Empty: there are none, at no cost."`
	TraceShare        float64 `toml:"trace_share" doc:"Share of journeys that are traced, above 0 and at most 1. A journey is traced whole or not at all."`
	DiskFloorMB       int     `toml:"disk_floor_mb" doc:"With less room than that on the data directory's disk, the network says that it is not ready; with less than twice that, that it is degraded. 1 to 1000000."`
	DrainGraceS       int     `toml:"drain_grace_s" doc:"At a shutdown: how long to go on serving after /readyz says no, so that load balancers see it first. 0 to 300."`
}

func defaultWatch() Watch { return Watch{TraceShare: 1, DiskFloorMB: 256} }

// checkWatch refuses a private port that is none, unless the operator insists.
func (c Config) checkWatch() error {
	w := c.Watch
	if err := w.checkListen(); err != nil {
		return err
	}
	if w.OTLPURL != "" {
		if u, err := url.Parse(w.OTLPURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return settings.RefuseKey("watch.otlp_url", "must look like http://127.0.0.1:4318/v1/traces")
		}
	}
	if !(w.TraceShare > 0 && w.TraceShare <= 1) {
		return settings.RefuseKey("watch.trace_share", "must be above 0 and at most 1; an empty otlp_url switches traces off")
	}
	if w.DiskFloorMB < 1 || w.DiskFloorMB > 1_000_000 {
		return settings.RefuseKey("watch.disk_floor_mb", "must be 1 to 1000000")
	}
	if w.DrainGraceS < 0 || w.DrainGraceS > 300 {
		return settings.RefuseKey("watch.drain_grace_s", "must be 0 to 300")
	}
	return nil
}

func (w Watch) checkListen() error {
	if w.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(w.Listen)
	if err != nil {
		return settings.RefuseKey("watch.listen", "is not an address such as 127.0.0.1:7090")
	}
	if !settings.ThisMachine(host) && !w.DangerouslyPublic {
		return settings.RefuseKey("watch.listen", "%s can be reached from outside, and shows the inside of the process; listen on 127.0.0.1, or set watch.dangerously_public", w.Listen)
	}
	return nil
}
