package street

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// heartbeatS keeps proxies and browsers from taking a quiet street for a dead one.
const heartbeatS = 15

// watchDoors sends the doors now and at each change, as server-sent events.
func (s *Street) watchDoors(w http.ResponseWriter, r *http.Request, stand Stand) {
	flush, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "this connection can't stream", http.StatusNotImplemented)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	beat := time.NewTicker(heartbeatS * time.Second)
	defer beat.Stop()
	for {
		changed := stand.Cabinet.Changed()
		if !sendDoors(w, stand.Cabinet.Doors()) {
			return
		}
		flush.Flush()
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
		}
	}
}

func sendDoors(w http.ResponseWriter, doors []Door) bool {
	body, err := json.Marshal(map[string]any{"doors": doors})
	if err != nil {
		return false
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", body)
	return err == nil
}
