package natstest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const patience = 30 * time.Second

// A stream that is kept by all three takes messages while one of them is dead, and that one has them when it is back.
func TestTheClusterOutlivesOneOfItsServers(t *testing.T) {
	c := ForTest(t, Options{})
	conn, err := nats.Connect(strings.Join(c.URLs(false), ","), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: Size})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, js, "before")
	dead := 0
	for i := range Size { // the one to which we are connected
		if c.Server(i).Address() == conn.ConnectedAddr() {
			dead = i
		}
	}
	if err := c.Server(dead).Kill(); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "meanwhile")
	if err := c.Server(dead).Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "after")
	info, err := stream.Info(t.Context())
	if err != nil || info.State.Msgs != 3 || len(info.Cluster.Replicas) != Size-1 {
		t.Errorf("%+v, %v", info, err)
	}
}

// publish says something until the cluster has it, once: each try has the same id.
func publish(t *testing.T, js jetstream.JetStream, words string) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err = js.Publish(ctx, "s", []byte(words), jetstream.WithMsgID(words))
		cancel()
		if err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", words, err)
}

func TestAStanzaIsObeyed(t *testing.T) {
	c := ForTest(t, Options{Stanza: "authorization { user: ours, password: secret }\n"})
	for i, url := range c.URLs(false) {
		if _, err := nats.Connect(url); err == nil {
			t.Errorf("%s lets anybody in", name(i))
		}
		conn, err := nats.Connect(url, nats.UserInfo("ours", "secret"))
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w\n%s", url, err, c.Server(i).Tail()))
		}
		conn.Close()
	}
}
