package bus

import (
	"fmt"

	"lockhouse/wire"
)

// The accounts of the server: nodes and lockers share one, in which a locker sees nothing but its own subjects; the
// system's is nobody's, and lends the nodes one verb.
const (
	Account       = "LOCKHOUSE"
	systemAccount = "LOCKHOUSE_SYS"
)

// Limits of a connection and of the server.
const (
	maxSubscriptions   = 64       // a locker has two, a node about ten
	maxPendingBytes    = 16 << 20 // for one who does not read: beyond it, they are hung up on
	writeDeadlineS     = 10
	serverPingS        = 30
	serverPingsLost    = 2
	MaxConnections     = 65_536
	authTimeoutS       = 10
	maxControlBytes    = 4_096
	streamMemoryBytes  = 64 << 20
	streamHeaderMargin = 1_024 // the greatest message of the line, and what NATS puts around it
)

// Stanza gives what a NATS server has to be told about a network, in the language of nats-server.conf: who the nodes are,
// and that they say who the lockers are and what each may do (auth callout). It holds public keys only. The server in this
// process is told the same.
func Stanza(c Credentials) string {
	return fmt.Sprintf(`max_payload: %d
max_subscriptions: %d
max_pending: %d
max_connections: %d
max_control_line: %d
write_deadline: "%ds"
ping_interval: "%ds"
ping_max: %d

accounts {
  %[9]s {
    jetstream: enabled
    users: [{nkey: %[10]s}]
    imports: [{service: {account: %[11]s, subject: "$SYS.REQ.SERVER.*.KICK"}}]
  }
  %[11]s {
    exports: [{service: "$SYS.REQ.SERVER.*.KICK", accounts: [%[9]s]}]
  }
}
system_account: %[11]s

authorization {
  timeout: %[12]d
  auth_callout {
    issuer: %[13]s
    account: %[9]s
    auth_users: [%[10]s]
  }
}
`, wire.MaxUplinkBytes+streamHeaderMargin, maxSubscriptions, maxPendingBytes, MaxConnections, maxControlBytes, writeDeadlineS, serverPingS,
		serverPingsLost, Account, c.NodeKey(), systemAccount, authTimeoutS, c.IssuerKey())
}
